"""A version's runs as streams: CUSUM over every run since its reference was frozen.

A window forgets what came before it; the sums do not, so that a shift too small for any window is
found in the end. Latency is left out: it follows the load, and a run's is not independent of the
last one's.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fleet.monitor.stream import SIGNS, Cusum, StreamPolicy, StreamState, Sum
from fleet.monitor.version_drift import Row, columns_of

STREAM = " (stream)"  # ends the name of a feature that is a stream
STATE = "sums"  # of such a feature: what the next round goes on from
NUMBERS = ("steps", "repeats")
RATES = ("failed", "human_override")
YES = {"yes": 1.0, "no": 0.0}
SAME = ("mean", "n", "at", "change_point")  # written as they are
ALONE = {"number": 0.25, "rate": 2.0}  # what the two sums of a report without a bank look for


@dataclass(frozen=True, slots=True)
class Kept:
    """The streams of a version as a report kept them, by name."""

    sums: Mapping[str, Cusum]

    @classmethod
    def of(cls, features: Sequence[Mapping[str, Any]], policy: StreamPolicy) -> "Kept":
        """Read them out of a report's features."""
        found = {
            f["name"].removesuffix(STREAM): _read(f[STATE], policy) for f in features if STATE in f
        }
        return cls(found)


def start(reference: Sequence[Row], policy: StreamPolicy) -> Kept:
    """Freeze the reference of each stream."""
    columns = columns_of(reference)
    makers: tuple[tuple[tuple[str, ...], Callable[[Any, StreamPolicy], Cusum]], ...] = (
        (NUMBERS, Cusum.of_numbers),
        (RATES, Cusum.of_rate),
    )
    return Kept(
        {
            name: make(_values(columns[name]), policy)
            for names, make in makers for name in names if name in columns
        }
    )  # fmt: skip


def go_on(kept: Kept, rows: Sequence[Row]) -> Kept:
    """Take the runs that came since, in time order."""
    columns = columns_of(rows) if rows else {}
    return Kept(
        {
            name: sums.update(_values(columns[name])) if name in columns else sums
            for name, sums in kept.sums.items()
        }
    )


def features_of(kept: Kept) -> list[dict[str, Any]]:
    """Return the streams as features of a report; `effect` is their `height`."""
    found = []
    for name, sums in kept.sums.items():
        if sums.state is StreamState.WARMING:
            continue  # too few runs, or all alike: nothing to hold it against
        row = {
            "name": name + STREAM, "test": f"CUSUM over {sums.n:,} runs", "p_adjusted": None,
            "effect": round(sums.height, 6), "state": sums.state.value,
            STATE: _written(sums),
        }  # fmt: skip
        changed = {} if sums.change_point is None else {"change_point": sums.change_point}
        found.append(row | changed)
    return found


def _values(column: Sequence[Any]) -> list[float]:
    known = (YES.get(value, value) if isinstance(value, str) else value for value in column)
    return [math.nan if value is None else float(value) for value in known]


def _written(sums: Cusum) -> dict[str, Any]:
    """Write the state as JSON, which knows no NaN: the spread of a rate is null."""
    found = asdict(sums) | {"state": sums.state.value}
    del found["policy"]
    return found | {"spread": None if math.isnan(sums.spread) else sums.spread}


def _read(state: Mapping[str, Any], policy: StreamPolicy) -> Cusum:
    """Read a state; it goes on with the sums and thresholds that its report kept."""
    bank = [Sum(**each) for each in state["bank"]] if "bank" in state else _pair(state)
    same = {name: state[name] for name in SAME if name in state}
    return Cusum(
        **same, policy=policy, state=StreamState(state["state"]), bank=tuple(bank),
        spread=math.nan if state["spread"] is None else state["spread"],
        recent=tuple(state.get("recent", ())),
    )  # fmt: skip


def _pair(state: Mapping[str, Any]) -> list[Sum]:
    """Return the sums of a report that kept one pair, of one threshold."""
    seeks = ALONE["rate" if state["spread"] is None else "number"]
    slack = state.get("slack", 0.0)
    return [
        Sum(sign=sign, seeks=seeks, threshold=state["threshold"], slack=slack, **state[side])
        for sign, side in zip(SIGNS, ("up", "down"), strict=True)
    ]
