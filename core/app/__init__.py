"""Floor 9: the composition root. Reads the settings, wires the ports, makes the application and the worker."""
