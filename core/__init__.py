"""Tradeloom's core: floors that import downwards only (see ARCHITECTURE.md)."""
