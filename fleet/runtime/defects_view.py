"""What the defects page shows: defects by place in the taxonomy, version and week.

Beside each detector stands what it measured on seeded faults; `tests/support/defect_measures.py`
makes that table.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from fleet.adapters.files import data_file
from fleet.adapters.store import defect_reads as reads
from fleet.domain.trust import is_simulated
from fleet.monitor.defect_policy import SEVERITIES
from fleet.monitor.taxonomy import CODES, TAXONOMY

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

MEASURED = ("golden", "defect_precision.json")
WEEK = timedelta(days=7)
NO_VERSION = "no version"
UNDATED = ""  # the week of runs that say no time
OUTSIDE = "Outside the taxonomy"
DIMENSIONS = (*dict.fromkeys(place.dimension for place in TAXONOMY.values()), OUTSIDE)
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One code of one version in one week: runs that have it, all runs, and the worst severity."""

    code: str
    pair: Pair
    week: str
    hit: int
    runs: int
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Defects of some weeks; `codes` are those found, in the order of the taxonomy.

    `runs` counts the runs of a version in a week: a week without a run has no entry.
    """

    weeks: tuple[str, ...]
    pairs: tuple[Pair, ...]
    codes: tuple[str, ...]
    cells: tuple[Cell, ...]
    runs: Mapping[tuple[Pair, str], int]

    @property
    def looked_at(self) -> int:
        """All runs of all versions in these weeks."""
        return sum(self.runs.values())

    def looked(self, *, played: bool) -> int:
        """How many runs of simulated versions were looked at, or of real ones."""
        return sum(n for (pair, _), n in self.runs.items() if is_simulated(pair[1]) == played)

    def of(self, *, played: bool) -> "Board":
        """Return the board of simulated versions alone, or of real ones."""
        cells = tuple(cell for cell in self.cells if is_simulated(cell.pair[1]) == played)
        seen = {cell.code for cell in cells}
        return Board(
            weeks=self.weeks, cells=cells, codes=tuple(c for c in self.codes if c in seen),
            pairs=tuple(pair for pair in self.pairs if is_simulated(pair[1]) == played),
            runs={key: n for key, n in self.runs.items() if is_simulated(key[0][1]) == played},
        )  # fmt: skip


def defect_board(fleet: "Fleet", weeks: int) -> Board:
    """Return the board of the last so many calendar weeks, the current one included."""
    since = reads.first_day(fleet.clock, weeks)
    return make_board(
        since, weeks, reads.defect_days(fleet.store, since), reads.run_days(fleet.store, since)
    )


def make_board(
    since: str | None, weeks: int, found: Iterable[Mapping[str, Any]],
    ran: Iterable[Mapping[str, Any]],
) -> Board:  # fmt: skip
    """Sum days to weeks; versions with the most critical defects come first, then by their runs.

    Where a run has no day, a week `UNDATED` follows the others; without `since` it is the only one.
    """
    names: tuple[str, ...] = ()
    if since is not None:
        names = tuple((date.fromisoformat(since) + WEEK * i).isoformat() for i in range(weeks))
    runs: dict[tuple[Pair, str], int] = {}
    for row in ran:
        key = _pair(row), _week(row["day"])
        runs[key] = runs.get(key, 0) + row["runs"]
    hits: dict[tuple[str, Pair, str], int] = {}
    worst: dict[tuple[str, Pair, str], str] = {}
    for row in found:
        place = (row["code"], _pair(row), _week(row["day"]))
        hits[place] = hits.get(place, 0) + row["runs"]
        worst[place] = max(worst.get(place, "minor"), row["severity"], key=_rank)
    cells = tuple(
        Cell(code=code, pair=pair, week=week, hit=hit, severity=worst[code, pair, week],
             runs=max(hit, runs.get((pair, week), 0)))
        for (code, pair, week), hit in sorted(hits.items())
    )  # fmt: skip
    if any(week == UNDATED for _, week in runs):
        names = (*names, UNDATED)
    seen = {cell.code for cell in cells}
    codes = (*(c for c in CODES if c in seen), *sorted(seen - set(CODES)))
    return Board(
        weeks=names, pairs=_ordered(cells, runs), cells=cells, runs=runs,
        codes=tuple(sorted(codes, key=lambda c: DIMENSIONS.index(dimension_of(c)))),
    )  # fmt: skip


def _ordered(cells: Sequence[Cell], runs: Mapping[tuple[Pair, str], int]) -> tuple[Pair, ...]:
    weight: dict[Pair, list[int]] = {pair: [0, 0] for pair, _ in runs}
    for cell in cells:
        own = weight.setdefault(cell.pair, [0, 0])
        own[0] += cell.hit * (cell.severity == "critical")
        own[1] += cell.hit
    return tuple(sorted(weight, key=lambda pair: (-weight[pair][0], -weight[pair][1], pair)))


def _week(day: str | None) -> str:
    return UNDATED if day is None else monday(day)


def _pair(row: Mapping[str, Any]) -> Pair:
    return row["graph"] or "no graph", row["graph_version"] or NO_VERSION


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def monday(day: str) -> str:
    """Return the Monday of a day's calendar week.

    >>> monday("2026-11-25")
    '2026-11-23'
    """
    at = date.fromisoformat(day)
    return (at - timedelta(days=at.weekday())).isoformat()


def dimension_of(code: str) -> str:
    """Return the taxonomy's dimension of a code."""
    return TAXONOMY[code].dimension if code in TAXONOMY else OUTSIDE


@cache
def measured() -> Mapping[str, Any]:
    """Return what every detector measured on the seeded suite; empty when the table is absent."""
    file = data_file(*MEASURED)
    try:
        return dict(json.loads(file.read_text("utf-8")))
    except (OSError, ValueError):
        return {"codes": {}}


def precision_of(code: str) -> Mapping[str, Any] | None:
    """Return `{value, low, high, n}` of a detector; None where it was never measured."""
    found = measured()["codes"].get(code)
    return None if found is None else found["precision"]


def recall_of(code: str) -> Mapping[str, Any] | None:
    """Return `{value, low, high, n}` of a detector; None where it was never measured."""
    found = measured()["codes"].get(code)
    return None if found is None else found["recall"]
