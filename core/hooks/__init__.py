"""Floor 2: hook specifications, the plugin host and the ports that upper floors fill."""
