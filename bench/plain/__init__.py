"""The two hand-written floors: bare WSGI with a driver, and the limit (Flask, Core, orjson)."""
