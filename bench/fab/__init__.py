"""A hand-written Flask-AppBuilder application over the benchmark's tables."""
