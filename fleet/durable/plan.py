"""A campaign's plan as data: when each touch is due and what it is about, never its text.

Decides nothing. Refuses a plan with text for a subject or body, too many touches, or days that do
not rise.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.durable.touch_times import CampaignPolicy
from fleet.errors import InputError

EMAIL = "email"
TEXT_KEYS = ("subject", "body", "text", "message")
CONSTANT = "fallback_default"  # the constant drip, which nobody deliberated
ANGLES = (  # each fits behind "one question:"; the first touch introduces itself instead
    None, "what matters to you this year", "who else should be involved",
    "what a first step could look like", "what stands in the way", "whether to close the file",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One step of the sequence; `evidence` names offer facts."""

    index: int
    day_offset: int
    channel: str = EMAIL
    angle: str | None = None
    goal: str | None = None
    evidence: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "index": self.index, "day_offset": self.day_offset, "channel": self.channel,
            "angle": self.angle, "goal": self.goal, "evidence": list(self.evidence),
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The touches in order of their days, and who made the plan."""

    source: str
    touches: tuple[Touch, ...]

    @property
    def offsets(self) -> list[int]:
        """Days from the start."""
        return [touch.day_offset for touch in self.touches]

    def as_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {"source": self.source, "touches": [touch.as_json() for touch in self.touches]}


def constant_plan(policy: CampaignPolicy) -> Plan:
    """Return the constant drip of the policy."""
    touches = tuple(
        Touch(
            index=n, day_offset=day, angle=ANGLES[(n - 1) % len(ANGLES)],
            goal="learn whether there is interest",
        )
        for n, day in enumerate(policy.offsets, start=1)
    )  # fmt: skip
    return Plan(source=CONSTANT, touches=touches)


def parse_plan(wire: Any, policy: CampaignPolicy) -> Plan:
    """Read `{source, touches: [...]}`; other keys of the panel's answer are left alone.

    Raises InputError saying which touch does not fit.
    """
    if not isinstance(wire, Mapping) or not isinstance(wire.get("touches"), Sequence):
        raise InputError("the plan has no list of touches: give {source, touches: [...]}")
    rows = wire["touches"]
    if not 1 <= len(rows) <= policy.max_touches:
        raise InputError(f"the plan has {len(rows)} touches: give 1 to {policy.max_touches}")
    touches = [_touch(row, n, policy) for n, row in enumerate(rows, start=1)]
    for before, after in itertools.pairwise(touches):
        if after.day_offset <= before.day_offset:
            raise InputError(
                f"touch {after.index} of the plan is on day {after.day_offset}, not after day "
                f"{before.day_offset}: days must rise"
            )
    return Plan(source=str(wire.get("source") or "unknown"), touches=tuple(touches))


def _touch(row: Any, number: int, policy: CampaignPolicy) -> Touch:
    where = f"touch {number} of the plan"
    if not isinstance(row, Mapping):
        raise InputError(f"{where} is no object: give {{index, day_offset, channel, angle, goal}}")
    written = next((key for key in TEXT_KEYS if row.get(key)), None)
    if written:
        raise InputError(f"{where} has a {written}: a plan holds angles, never text; remove it")
    return Touch(
        index=_whole(row.get("index", number), f"{where}: index"),
        day_offset=_whole(row.get("day_offset"), f"{where}: day_offset", policy.max_offset),
        channel=_text(row.get("channel") or EMAIL, f"{where}: channel", policy) or EMAIL,
        angle=_text(row.get("angle"), f"{where}: angle", policy),
        goal=_text(row.get("goal"), f"{where}: goal", policy),
        evidence=tuple(str(item) for item in row.get("evidence") or ()),
    )


def _whole(value: Any, where: str, most: int | None = None) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InputError(f"{where} is {value!r}: give a whole number from 0")
    if most is not None and value > most:
        raise InputError(f"{where} is {value}: at most {most}")
    return value


def _text(value: Any, where: str, policy: CampaignPolicy) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or "\0" in value:
        raise InputError(f"{where} is no text")
    clean = " ".join(value.split())
    if len(clean) > policy.max_text:
        raise InputError(f"{where} has {len(clean)} characters: at most {policy.max_text}")
    return clean or None
