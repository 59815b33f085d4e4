"""Pages of sign-in, users, roles and passwords, at the addresses where Flask-AppBuilder has its own."""

from flask import Blueprint

TEMPLATES = Blueprint("accounts_pages", __name__, template_folder="templates")
"""Makes the templates of this folder known to the application."""
