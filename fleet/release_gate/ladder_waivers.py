"""Waivers: a named person stands, until a date, for what a HOLD still lacks; scored afterwards.

Decides which HOLD can be waived. Refuses safety, a rejected version, invalid evidence, an open
defect, and every reason that names no dimension.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fleet.domain.trust import GateOutcome
from fleet.errors import InputError
from fleet.release_gate.policy import NAMES

NEVER = ("safety",)
THIN = "INSUFFICIENT: "
NOTE = "set aside"  # how a note about the window ends: it says what was read, and blocks nothing


def blocking_of(result: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the dimensions that hold a decision back, and the reasons that are no dimension's."""
    dimensions, others = [], []
    for reason in result["reasons"]:
        name = reason.removeprefix(THIN).partition(":")[0]
        if name in NAMES:
            dimensions.append(name)
        elif not reason.endswith(NOTE):
            others.append(reason)
    return sorted(set(dimensions)), others


def make_waiver(
    result: Mapping[str, Any], dimensions: Sequence[str], *, by: str | None, reason: str,
    until: datetime | None, now: datetime, max_days: float,
) -> dict[str, Any]:  # fmt: skip
    """Return the waiver of a HOLD; raises InputError naming what stands against it."""
    if not by or not reason.strip():
        raise InputError("a waiver needs a named person and a reason: give --as NAME and --reason")
    if until is None or until <= now or until > now + timedelta(days=max_days):
        raise InputError(f"a waiver needs an end within {max_days:g} days: give --until")
    if result["decision"] != GateOutcome.HOLD:
        raise InputError(f"only a HOLD can be waived, and this is {result['decision']}")
    wanted = sorted(set(dimensions))
    bad = next((name for name in wanted if name not in NAMES or name in NEVER), None)
    if bad is not None:
        why = "is never waived" if bad in NEVER else f"is none of {', '.join(NAMES)}"
        raise InputError(f"{bad!r} {why}")
    held, others = blocking_of(result)
    if others:
        raise InputError(f"this cannot be waived: {others[0]}")
    rest = [name for name in held if name not in wanted]
    if rest:
        raise InputError(f"{', '.join(rest)} would still hold it back: it takes a waiver too")
    return {
        "by": by,
        "reason": reason,
        "until": until.isoformat(),
        "dimensions": wanted,
        "at": now.isoformat(),
    }


def holds(waiver: Mapping[str, Any] | None, now: datetime) -> bool:
    """Whether a waiver stands at this moment."""
    if not waiver:
        return False
    return datetime.fromisoformat(waiver["at"]) <= now < datetime.fromisoformat(waiver["until"])


def score_waiver(
    waiver: Mapping[str, Any], later: Sequence[tuple[GateOutcome, datetime]],
    fell_at: datetime | None, now: datetime,
) -> str:  # fmt: skip
    """Say what became of a waiver: FAILED, VINDICATED, OPEN or UNPROVED.

    `later` are the version's decisions without a waiver. A fall or a ROLLBACK after it is failure;
    a PROMOTE on evidence alone proves it right; its end without either proves nothing.
    """
    given = datetime.fromisoformat(waiver["at"])
    after = [outcome for outcome, at in later if at > given]
    if (fell_at is not None and fell_at > given) or GateOutcome.ROLLBACK in after:
        return "FAILED"
    if GateOutcome.PROMOTE in after:
        return "VINDICATED"
    return "OPEN" if holds(waiver, now) else "UNPROVED"
