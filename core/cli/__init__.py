"""Floor 10: the console script ``tradeloom``."""
