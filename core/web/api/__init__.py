"""The HTTP API: one generic resource that serves every object of the live definitions."""

from flask import Blueprint, Flask

from core.web.api.bulk import register as add_bulk
from core.web.api.docs import register as add_docs
from core.web.api.meta import register as add_meta
from core.web.api.openapi import register as add_openapi
from core.web.api.records import register as add_records
from core.web.api.security import register as add_security
from core.web.api.upsert import register as add_upsert

BASE = "/api/v1"
"""Address of the API."""


def register(app: Flask) -> None:
    """Add the API to ``app``."""
    blueprint = Blueprint("api", __name__, url_prefix=BASE)
    for add in (add_security, add_meta, add_openapi, add_docs, add_records, add_bulk, add_upsert):
        add(blueprint)
    app.register_blueprint(blueprint)
