"""Floor 5: the worker loop and the long-running jobs."""
