"""What enters the queue: a draft with its claims, and the hash that an approval binds.

Decides nothing. Refuses nothing: checks are in `rules`.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from fleet.domain import Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """One factual statement of a draft: characters `start:end` of the body, and its rows."""

    text: str
    kind: str = "fact"
    start: int = 0
    end: int = 0
    supported: bool = False
    note: str | None = None
    evidence: tuple[dict[str, Any], ...] = ()
    nearest: tuple[dict[str, Any], ...] = ()
    attested_by: str | None = None

    @property
    def open(self) -> bool:
        """Whether nothing and nobody stands behind it."""
        return not self.supported and not self.attested_by


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDraft:
    """One message to be reviewed; `value` is the money at stake, `flags` name what to look at."""

    kind: str  # reply | first_touch | touch
    graph: str
    graph_version: str
    to_address: str
    subject: str
    body: str
    provenance: Provenance
    claims: tuple[ClaimRow, ...] = ()
    rung: str | None = None
    email_id: str | None = None
    contact_id: str | None = None
    company_id: str | None = None
    touch_id: str | None = None
    thread_id: str | None = None
    language: str | None = None
    value: float | None = None
    due_at: str | None = None
    flags: tuple[str, ...] = ()
    is_canary: bool = False
    key: str | None = None  # what makes it the same draft again; derived when absent

    @property
    def draft_id(self) -> str:
        """The id that the same mail, touch or text always gets, so that a rerun adds nothing."""
        source = self.key or self.email_id or self.touch_id or text_hash(self.subject, self.body)
        parts = ["canary" if self.is_canary else self.kind, self.graph, source, self.to_address]
        return "d" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def text_hash(subject: str, body: str) -> str:
    """Return the SHA-256 (hex) of a subject and body; no other pair has the same."""
    pair = json.dumps([subject, body], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(pair.encode()).hexdigest()
