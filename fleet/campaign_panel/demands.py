"""Whether a plan meets a demand: the one place where an objection becomes resolved."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import assert_never

from fleet.campaign_panel.values import Demand, Remedy, Touch


def is_met(demand: Demand, touches: Sequence[Touch]) -> bool:
    """Judge one demand over a plan; a demand without a remedy is never met."""
    number = demand.number or 0
    match demand.remedy:
        case Remedy.FEWER:
            return len(touches) <= number
        case Remedy.MORE:
            return len(touches) >= number
        case Remedy.GAPS:
            return all(gap >= number for gap in gaps(touches))
        case Remedy.LATER:
            return all(t.index >= number for t in touches if demand.target in t.evidence)
        case Remedy.FIRST:
            return bool(touches) and demand.target in touches[0].evidence
        case Remedy.LEAVE_OUT:
            return all(demand.target not in touch.evidence for touch in touches)
        case Remedy.LESS_OF:
            return sum(touch.channel == demand.target for touch in touches) <= number
        case Remedy.NONE:
            return False
        case _:
            assert_never(demand.remedy)


def unmet(demands: Iterable[Demand], touches: Sequence[Touch]) -> tuple[Demand, ...]:
    """Return the demands that a plan does not meet."""
    return tuple(demand for demand in demands if not is_met(demand, touches))


def gaps(touches: Sequence[Touch]) -> list[int]:
    """Return the days between neighbouring touches."""
    return [after.day_offset - before.day_offset for before, after in pairwise(touches)]


def say(demand: Demand) -> str:
    """Return a demand in words."""
    match demand.remedy:
        case Remedy.FEWER:
            return f"at most {demand.number} touches"
        case Remedy.MORE:
            return f"at least {demand.number} touches"
        case Remedy.GAPS:
            return f"at least {demand.number} days apart"
        case Remedy.LATER:
            return f"{demand.target} not before touch {demand.number}"
        case Remedy.FIRST:
            return f"open with {demand.target}"
        case Remedy.LEAVE_OUT:
            return f"leave out {demand.target}"
        case Remedy.LESS_OF:
            return f"at most {demand.number} by {demand.target}"
        case Remedy.NONE:
            return "nothing that a plan could show"
        case _:
            assert_never(demand.remedy)
