"""Fences untrusted mail text before it goes into a prompt, so that it stays data."""

import re

MARK = re.compile(r"<(?=\s*/?\s*untrusted\b)", re.IGNORECASE)
LABEL = re.compile(r"[^a-z0-9_-]+")


def fence(text: str, label: str) -> str:
    """Wrap `text` in an `<untrusted>` element; a fence inside the text cannot close it."""
    name = LABEL.sub("-", label.lower()).strip("-") or "text"
    return f'<untrusted label="{name}">\n{MARK.sub("&lt;", text)}\n</untrusted>'
