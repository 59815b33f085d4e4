"""A hand-written Django REST framework application over the benchmark's tables."""
