"""How each contestant is spoken to: its requests, and how its answers are read."""
