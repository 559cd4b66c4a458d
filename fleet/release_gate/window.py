"""One window of verdicts: what may be judged, and what makes the window invalid.

Integrity comes before arithmetic: mixed versions, repeated run ids, verdicts from the future and
values that are not rates make a window INVALID_EVIDENCE. A change of judge or of policy splits the
window: only the newest part is judged, but a critical safety event of any part still counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from fleet.release_gate.columns import Columns, Floats, Mask

NEEDED = ("run_id", "artifact", "version")
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Window:
    """Verdicts of one version as columns, and every reason not to trust them."""

    columns: Columns
    times: Floats
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    critical_runs: tuple[str, ...]


def read_window(rows: Sequence[Any], *, now: datetime, max_age_days: float | None) -> Window:
    """Check verdicts and keep those that may be judged; the given order never matters."""
    verdicts: Sequence[Any] = rows
    if set(map(type, rows)) != {dict}:
        verdicts = [row for row in rows if row.__class__ is dict]
    problems = [f"{len(rows) - len(verdicts)} lines are no JSON objects"] * (
        len(verdicts) < len(rows)
    )
    columns = Columns(verdicts)
    times = columns.epochs()
    kept, repeated = _first_of_each_run(columns)
    problems += _identity_problems(columns, repeated) + columns.problems()
    problems += _time_problems(times, now)
    kept &= ~np.isnan(times)
    notes: list[str] = []
    if max_age_days is not None:
        stale = kept & (times < (now - timedelta(days=max_age_days)).timestamp())
        if stale.any():
            notes.append(f"{int(stale.sum())} verdicts older than {max_age_days:g} days set aside")
        kept &= ~stale
    critical = kept & columns.present("critical_safety")
    runs = columns.values("run_id")
    split = _newest_part(columns, times, kept, notes)
    return Window(
        columns=columns if split.all() else Columns(_chosen(verdicts, split)),
        times=times[split],
        problems=tuple(problems),
        notes=tuple(notes),
        critical_runs=tuple(sorted(str(runs[int(i)]) for i in np.flatnonzero(critical))),
    )


def _chosen(rows: Sequence[Any], mask: Mask) -> list[Any]:
    return [rows[int(index)] for index in np.flatnonzero(mask)]


def _identity_problems(columns: Columns, repeated: int) -> list[str]:
    problems = []
    for key in NEEDED:
        column = columns.values(key)
        if set(map(type, column)) == {str}:
            named = set(column) if key != "run_id" else set()  # run ids are counted, not named
            absent = column.count("")
        else:
            named = {value for value in column if isinstance(value, str)}
            absent = sum(1 for value in column if not (isinstance(value, str) and value))
        named.discard("")
        if absent:
            problems.append(f"{absent} verdicts without {key}")
        if key != "run_id" and len(named) > 1:
            problems.append(f"mixed {key}s: {', '.join(sorted(named)[:SHOWN])}")
    return problems + ([f"{repeated} duplicate run ids"] if repeated else [])


def _time_problems(times: Floats, now: datetime) -> list[str]:
    undated, future = int(np.isnan(times).sum()), int((times > now.timestamp()).sum())
    problems = [f"{undated} verdicts without a readable created_at"] if undated else []
    return problems + ([f"{future} verdicts dated in the future"] if future else [])


def _first_of_each_run(columns: Columns) -> tuple[Mask, int]:
    """Mark one verdict a run id, the same one whatever the order of the lines."""
    runs = columns.values("run_id")
    kept = np.ones(len(runs), dtype=np.bool_)
    if set(map(type, runs)) - {str}:
        runs = [repr(run) for run in runs]
    repeated = len(runs) - len(set(runs))
    if repeated:
        first: dict[str, int] = {}
        for index in sorted(range(len(runs)), key=lambda i: repr(sorted(columns.rows[i].items()))):
            first.setdefault(runs[index], index)
        kept[:] = False
        kept[list(first.values())] = True
    return kept, repeated


def _newest_part(columns: Columns, times: Floats, kept: Mask, notes: list[str]) -> Mask:
    """Keep the verdicts of the newest judge under the newest policy."""
    for key in ("judge", "policy_digest"):
        column = columns.values(key)
        if column.count(None) == len(column):
            continue
        marks = np.array([_mark(value) for value in column], dtype=object)
        named = kept & (marks != "")
        if len(set(marks[named])) <= 1:
            continue
        newest = max(zip(times[named], marks[named], strict=True))[1]
        part = kept & ((marks == "") | (marks == newest))
        notes.append(
            f"{key} changed: {int((kept & ~part).sum())} verdicts of the old one set aside"
        )
        kept = part
    return kept


def _mark(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value.get('model')}|{value.get('prompt_digest')}"
    return str(value) if value else ""
