"""Floor 6: Flask and Flask-AppBuilder, and nowhere else: API, screens, sign-in."""
