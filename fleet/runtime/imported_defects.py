"""Defects of imported runs, by the detectors that look at our own.

They are looked for when a page asks, and nothing of them is written: what other people's runs did
is no evidence about a version of ours, whatever name they carry.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from fleet.adapters.store.evidence_reads import within
from fleet.adapters.store.imported import named, newest_imported
from fleet.adapters.store.whole_runs import read_runs
from fleet.monitor.defect_policy import EMPTY, DefectPolicy
from fleet.monitor.defects import find_defects, read_contracts
from fleet.policy import section
from fleet.runtime.defects_view import NO_VERSION, WEEK, Board, make_board, monday

if TYPE_CHECKING:
    from fleet.runtime.fleet import Fleet

Row = Mapping[str, Any]
LOOKED_AT = 200  # runs in one look
SPANS = 20_000  # and the spans they may hold together
LOOKS = 25
DAY = len("2026-11-25")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Imported runs of some weeks and what was found in them, the newest first."""

    board: Board
    found: Sequence[dict[str, Any]]
    looked_at: int
    dated: bool

    @property
    def faulty(self) -> dict[str, int]:
        """How many runs have a defect of each severity, and of any (`all`)."""
        runs: dict[str, set[str]] = {"all": set()}
        for row in self.found:
            runs["all"].add(row["trace_id"])
            runs.setdefault(row["severity"], set()).add(row["trace_id"])
        return {name: len(ids) for name, ids in runs.items()}


def looks(fleet: "Fleet", file: str | None, n: int) -> list[list[dict[str, Any]]]:
    """Return the newest imported traces of a file or of all, in so many parts of one look each."""
    rows = newest_imported(fleet.store, file, LOOKED_AT * min(n, LOOKS))
    parts = (rows[at : at + LOOKED_AT] for at in range(0, len(rows), LOOKED_AT))
    return [within(part, SPANS) for part in parts]


def find(fleet: "Fleet", rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the defects of imported traces, in the form of `defect_reads.newest_defects`."""
    limits = section(fleet.policies, "monitor.defects", DefectPolicy)
    contracts, found = read_contracts(fleet.policies), []
    for row, run in zip(rows, read_runs(fleet.store, rows), strict=True):
        graph, version = _pair(row)
        for defect in find_defects(run, limits, contracts.get(run.name or "", EMPTY)):
            found.append(
                defect.as_json()
                | {"run_id": run.id, "trace_id": run.id, "graph": graph, "kept": run.id,
                   "graph_version": version, "span_id": defect.span, "ran_at": row["started_at"]}
            )  # fmt: skip
    return found


def gather(rows: Sequence[Row], found: Sequence[dict[str, Any]], weeks: int) -> Imported:
    """Put the runs of the last so many weeks together: those up to the newest, and undated ones."""
    days = [row["started_at"][:DAY] for row in rows if row["started_at"]]
    since = str(date.fromisoformat(monday(max(days))) - WEEK * (weeks - 1)) if days else None
    kept = [row for row in rows if _is_within(row["started_at"], since)]
    hits = [row for row in found if _is_within(row["ran_at"], since)]
    ran = [{"graph": graph, "graph_version": version, "day": _day(row["started_at"]), "runs": 1}
           for row in kept for graph, version in (_pair(row),)]  # fmt: skip
    board = make_board(since, weeks, _days(hits), ran)
    return Imported(board=board, found=hits, looked_at=len(kept), dated=bool(days))


def newest(seen: Imported, wanted: Mapping[str, str], limit: int) -> list[dict[str, Any]]:
    """Return what was found, narrowed to values of its columns; a version not named is no value."""
    words = {"graph_version": NO_VERSION}
    fits = (
        row for row in seen.found
        if all((row[name] or words.get(name)) == value for name, value in wanted.items())
    )  # fmt: skip
    return list(itertools.islice(fits, limit))


def _days(found: Sequence[Row]) -> list[dict[str, Any]]:
    """Count each run once for a code, however often it shows it."""
    once = {(row["trace_id"], row["code"]): row for row in found}
    return [
        {name: row[name] for name in ("graph", "graph_version", "code", "severity")}
        | {"day": _day(row["ran_at"]), "runs": 1}
        for row in once.values()
    ]


def _pair(row: Row) -> tuple[str, str | None]:
    """Return the graph that a trace names, else the file it came in, and its version if any."""
    return row["graph"] or named(row["summary"], row["origin"]), row["graph_version"]


def _day(at: str | None) -> str | None:
    return at[:DAY] if at else None


def _is_within(at: str | None, since: str | None) -> bool:
    return at is None or since is None or at >= since
