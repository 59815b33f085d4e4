"""Floor 10: the conformance suite that a plugin's tests inherit."""
