"""A person's word to the panel, read into demands; what it cannot read it refuses."""

import re
from dataclasses import dataclass

from fleet.campaign_panel.record import PERSON
from fleet.campaign_panel.values import Brief, Claim, Demand, Note, Remedy, Stage
from fleet.errors import InputError

MAX_CHARS = 500
SPLIT = re.compile(r"\s*(?:[;\n]|\.(?=\s|$)|,\s*(?:and\s+)?|\band\b)\s*", re.IGNORECASE)
HELP = (
    "say 'at most 3 touches', 'at least 4 touches', '5 days apart', 'open with FACT', "
    "'leave out FACT', 'FACT not before touch 3', 'no CHANNEL' or 'at most 1 CHANNEL'"
)
PATTERNS: tuple[tuple[Remedy, re.Pattern[str]], ...] = tuple(
    (remedy, re.compile(pattern, re.IGNORECASE))
    for remedy, pattern in (
        (Remedy.FEWER, r"(?:at most|no more than|only)\s+(?P<number>\d{1,2})\s+touch(?:es)?"),
        (Remedy.MORE, r"at least\s+(?P<number>\d{1,2})\s+touch(?:es)?"),
        (Remedy.GAPS, r"(?:at least\s+)?(?P<number>\d{1,2})\s+days?\s+(?:apart|between.*)"),
        (Remedy.LATER, r"(?:keep\s+)?(?P<target>.+)\s+not before touch\s+(?P<number>\d{1,2})"),
        (Remedy.FIRST, r"(?:open|lead|start)\s+with\s+(?P<target>.+)"),
        (Remedy.LEAVE_OUT, r"(?:leave out|drop|without|skip)\s+(?P<target>.+)"),
        (Remedy.LESS_OF, r"(?:at most|no more than|only)\s+(?P<number>\d{1,2})\s+(?P<target>.+)"),
        (Remedy.LESS_OF, r"no\s+(?P<target>.+)"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Steering:
    """One message of a person, after which stage it was said, and what it demands."""

    text: str
    after: Stage
    demands: tuple[Demand, ...]

    def note(self) -> Note:
        """Return the message as a note that every lens hears."""
        return Note(
            lens=PERSON, stage=self.after, round=1, stance="steers", origin="human",
            claims=(Claim(text=self.text, evidence=("brief.person",)),), demands=self.demands,
        )  # fmt: skip


def read_steering(text: str, after: Stage, brief: Brief) -> Steering:
    """Read a message; raises InputError for a clause that is no demand or names nothing known."""
    line = " ".join(text.split())
    if not line or len(line) > MAX_CHARS:
        raise InputError(f"a steering message has 1 to {MAX_CHARS} characters: {HELP}")
    if after is Stage.CONVERGE:
        raise InputError("the panel has settled: steer after empathise, define, ideate or critique")
    clauses = [clause for clause in SPLIT.split(line) if clause]
    return Steering(line, after, tuple(_demand(clause, brief) for clause in clauses))


def _demand(clause: str, brief: Brief) -> Demand:
    for remedy, pattern in PATTERNS:
        match = pattern.fullmatch(clause.strip())
        if match is None:
            continue
        found = match.groupdict()
        number = int(found["number"]) if found.get("number") else None
        if remedy is Remedy.LESS_OF and number is None:
            number = 0
        target = _target(remedy, found.get("target"), brief)
        return Demand(remedy=remedy, target=target, number=number)
    raise InputError(f"steering {clause[:60]!r} is no demand the panel can check: {HELP}")


def _target(remedy: Remedy, named: str | None, brief: Brief) -> str | None:
    if named is None:
        return None
    known = brief.constraints.channels if remedy is Remedy.LESS_OF else brief.fact_ids
    for name in known:
        if named.lower() in (name.lower(), f"{name.lower()}s"):
            return name
    what = "channel" if remedy is Remedy.LESS_OF else "fact"
    raise InputError(
        f"steering names {what} {named[:40]!r}: the brief has {', '.join(known)[:200]}"
    )
