"""The built-in plugins; each enters the platform through ``core.sdk`` only."""
