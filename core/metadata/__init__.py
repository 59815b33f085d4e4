"""Floor 1: YAML to immutable definitions; expressions; field types. Knows neither Flask nor SQLAlchemy."""
