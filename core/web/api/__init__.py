"""The HTTP API: one generic resource that serves every object of the live definitions."""

from flask import Blueprint, Flask

from core.web.api.bulk import register as bulk
from core.web.api.docs import register as docs
from core.web.api.meta import register as meta
from core.web.api.openapi import register as openapi
from core.web.api.records import register as records
from core.web.api.security import register as security
from core.web.api.upsert import register as upsert

BASE = "/api/v1"
"""Address of the API."""


def register(app: Flask) -> None:
    """Add the API to ``app``."""
    blueprint = Blueprint("api", __name__, url_prefix=BASE)
    for add in (security, meta, openapi, docs, records, bulk, upsert):
        add(blueprint)
    app.register_blueprint(blueprint)
