"""Field type ``user``: a reference to a user."""

from __future__ import annotations

from core.metadata.fields.reference import ReferenceType
from core.metadata.settings import ExpressionText

USER = ReferenceType(
    "user",
    storage="reference",
    widget="reference",
    settings={"where": ExpressionText()},
    can_be_unique=True,
    can_be_computed=False,
)
