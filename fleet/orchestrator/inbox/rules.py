"""Stop conditions of an inbound mail: deterministic, before any model, most final first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a mail gets no draft, and which address must never be written to again."""

    reason: str
    suppress: str | None = None
    why: str = ""


def stop_for(mail: Mapping[str, Any], *, suppressed: bool, opted_out: bool) -> Stop | None:
    """Decide whether the mail stops here; None lets it through to scoring.

    Opt-out comes first: no other reading of the mail can outvote it.
    """
    sender = str(mail["from_address"])
    kind = mail["kind"]
    if kind == "bounce":
        lost = mail.get("bounced_address")
        if str(mail.get("bounce_status") or "").startswith("4"):
            return Stop("soft_bounce")  # a full mailbox or a busy host: a later mail may arrive
        return Stop("bounce", str(lost) if lost else None, "hard bounce")
    if opted_out or kind == "opt_out":
        return Stop("opt_out", sender, "asked not to be written to")
    if suppressed:
        return Stop("suppressed")
    if kind in ("auto_reply", "out_of_office"):
        return Stop(str(kind))
    if not str(mail.get("reply") or "").strip() and not str(mail.get("subject") or "").strip():
        return Stop("empty")
    return None
