"""Every floor's texts, named one by one so that none is forgotten silently."""

from core.app.messages import MESSAGES as APP
from core.db.messages import MESSAGES as DB
from core.hooks.messages import MESSAGES as HOOKS
from core.kernel.messages import Texts
from core.metadata.expressions.messages import MESSAGES as EXPRESSIONS
from core.metadata.messages import MESSAGES as METADATA
from core.records.messages import MESSAGES as RECORDS
from core.records.messages_read import MESSAGES as READING
from core.web.messages import MESSAGES as SCREENS
from core.web.messages_api import MESSAGES as API

FLOOR_TEXTS: tuple[Texts, ...] = (
    APP,
    DB,
    HOOKS,
    METADATA,
    EXPRESSIONS,
    RECORDS,
    READING,
    SCREENS,
    API,
)
