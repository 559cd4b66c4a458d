"""Dissent scored later: did the touches at issue do worse than the others?

Says nothing from few sends: until then a dissent is neither right nor wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.stats.intervals import wilson

MIN_SENT = 20  # of either kind; below it two rates cannot be told apart


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchOutcome:
    """What came of one position of a plan."""

    index: int
    sent: int
    replied: int
    opted_out: int


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
        answer["state"] = (
            "BORNE_OUT" if high < others_low else "REFUTED" if low > others_high else "OPEN"
        )
    return answer
