"""Every message id that the floor uses has its texts."""

import re
from pathlib import Path

from core.metadata.messages import MESSAGES

SOURCES = sorted((Path(__file__).parents[3] / "core" / "metadata").glob("*.py"))
FIELDS = sorted((Path(__file__).parents[3] / "core" / "metadata" / "fields").glob("*.py"))
TOPICS = sorted({message_id.split(".")[0] for message_id in MESSAGES})


def test_used_ids_have_texts_and_texts_are_used():
    pattern = re.compile(rf'"((?:{"|".join(TOPICS)})\.[a-z_0-9]+)"')
    used = set()
    for path in [*SOURCES, *FIELDS]:
        if not path.name.startswith("messages"):
            used |= set(pattern.findall(path.read_text("utf-8")))
    used -= {"section.more", "section.details"}  # words of the glossary
    texts = {name.removesuffix(".near") for name in MESSAGES}
    assert (used - texts, texts - used) == (set(), {"definitions.broken"})
