"""Which dimensions the decision hangs on: the verdict without one of them, or without two.

With every dimension far over its bar none is pivotal; with two that block, only the pair is.
"""

from dataclasses import dataclass
from itertools import combinations

from fleet.domain.trust import GateOutcome
from fleet.release_gate.judge import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """The decision without some dimensions; `is_pivotal` when it is another one."""

    names: tuple[str, ...]
    outcome: GateOutcome
    reason: str
    is_pivotal: bool


def ablate(parts: Parts) -> tuple[LeftOut, ...]:
    """Leave out each dimension, then each pair of those of which none is pivotal alone.

    A required dimension that is left out is not measured: that is no way to a PROMOTE, it only
    shows what the decision rests on.
    """
    before, _ = parts.outcome()
    names = [judgment.name for judgment in parts.judgments]
    single = [_leave(parts, (name,), before) for name in names]
    quiet = [each.names[0] for each in single if not each.is_pivotal]
    pairs = [_leave(parts, pair, before) for pair in combinations(quiet, 2)]
    return (*single, *(each for each in pairs if each.is_pivotal))


def _leave(parts: Parts, names: tuple[str, ...], before: GateOutcome) -> LeftOut:
    outcome, reasons = parts.without(frozenset(names)).outcome()
    return LeftOut(
        names=names, outcome=outcome, reason=reasons[0], is_pivotal=outcome is not before
    )
