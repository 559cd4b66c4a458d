"""Dissent scored later: did the touches at issue do worse than the others?

An answer counts for the last touch sent before it. Says nothing from few sends: until then a
dissent is neither right nor wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.stats.intervals import wilson

MIN_SENT = 20  # of either kind; below it two rates cannot be told apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One touch that left: whose, which position of the plan, when (ISO 8601, UTC)."""

    contact: str
    index: int
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One mail of a contact that came in; an opt-out is no answer."""

    contact: str
    at: str
    opted_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchOutcome:
    """What came of one position of a plan."""

    index: int
    sent: int
    replied: int
    opted_out: int


def count_outcomes(sent: Sequence[Sent], heard: Sequence[Heard]) -> tuple[TouchOutcome, ...]:
    """Count sends, first answers and opt-outs by position; mails before any touch count nowhere."""
    indexes = sorted({touch.index for touch in sent})
    replied, opted_out = dict.fromkeys(indexes, 0), dict.fromkeys(indexes, 0)
    counted: set[tuple[str, bool]] = set()
    for mail in sorted(heard, key=lambda mail: mail.at):
        before = [t for t in sent if t.contact == mail.contact and t.at <= mail.at]
        if not before or (mail.contact, mail.opted_out) in counted:
            continue
        counted.add((mail.contact, mail.opted_out))
        last = max(before, key=lambda touch: touch.at)
        (opted_out if mail.opted_out else replied)[last.index] += 1
    return tuple(
        TouchOutcome(
            index=index, sent=sum(touch.index == index for touch in sent), replied=replied[index],
            opted_out=opted_out[index],
        )
        for index in indexes
    )  # fmt: skip


def score_dissent(dissent: Mapping[str, Any], outcomes: Sequence[TouchOutcome]) -> dict[str, Any]:
    """Return `{state, n, others_n, reply_rate, others_reply_rate}`.

    `BORNE_OUT` when the touches at issue were answered less, `REFUTED` when more, each with
    intervals apart; `OPEN` when they overlap; `INSUFFICIENT` before there is enough to compare.
    """
    issue = set(dissent["touches"])
    here = [outcome for outcome in outcomes if outcome.index in issue]
    there = [outcome for outcome in outcomes if outcome.index not in issue]
    n, others = sum(o.sent for o in here), sum(o.sent for o in there)
    replied, others_replied = sum(o.replied for o in here), sum(o.replied for o in there)
    answer: dict[str, Any] = {
        "state": "INSUFFICIENT", "n": n, "others_n": others,
        "reply_rate": replied / n if n else None,
        "others_reply_rate": others_replied / others if others else None,
    }  # fmt: skip
    if n >= MIN_SENT and others >= MIN_SENT:
        low, high = wilson(replied, n)
        others_low, others_high = wilson(others_replied, others)
        refuted = low > others_high
        answer["state"] = "BORNE_OUT" if high < others_low else "REFUTED" if refuted else "OPEN"
    return answer
