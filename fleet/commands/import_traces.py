"""`fleet import traces PATH`: finished runs in, each once; what is odd or bad is reported."""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fleet.adapters.clock import SystemClock, stamp
from fleet.commands.console_io import Console
from fleet.commands.opening import opened, settings_of

SPANS_A_BATCH = 20_000
SAID_EVERY = 100_000  # spans between two lines of progress
LISTED = 500  # kinds of oddity listed; the rest is summed in one entry
PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|\bspan \S+|\d+")


def run_traces(args: argparse.Namespace, console: Console) -> int:
    """Import the traces under one path."""
    from fleet.adapters.store.trace_import import batches, import_batch
    from fleet.adapters.trace_files import TraceFiles

    source = TraceFiles(Path(args.path), args.format)
    odd: Counter[str] = Counter()
    total: Counter[str] = Counter()
    said = 0
    with opened(args) as store:
        for batch in batches(_noted(source.runs(), odd), SPANS_A_BATCH):
            total.update(import_batch(store, batch))
            if total["spans"] - said >= SAID_EVERY:
                said = total["spans"]
                console.note(f"{said} spans of {total['traces']} traces imported")
    answer = {
        "imported": {"traces": total["traces"], "spans": total["spans"]},
        "unchanged": total["unchanged"], "repaired": _repaired(odd), "rejected": source.rejected,
        "rejects_file": _write_rejects(settings_of(args).home, source.problems),
    }  # fmt: skip
    text = f"{total['traces']} traces with {total['spans']} spans imported, "
    text += f"{total['unchanged']} known already"
    if source.rejected:
        text += f", {source.rejected} rejected: {answer['rejects_file']}"
    console.document(answer, text)
    return 0


def _noted(runs: Iterator[Any], odd: "Counter[str]") -> Iterator[Any]:
    """Count what was strange, by kind: ids and numbers are left out."""
    for run in runs:
        kinds = {PARTICULAR.sub("…", note) for note in run.odd}
        for kind in kinds:
            odd[kind if kind in odd or len(odd) < LISTED else "(other oddities)"] += 1
        yield run


def _repaired(odd: "Counter[str]") -> list[dict[str, Any]]:
    return [
        {"table": "traces", "field": "odd", "from": kind, "to": "kept and noted", "rows": rows}
        for kind, rows in sorted(odd.items())
    ]


def _write_rejects(home: Path, problems: list[Any]) -> str | None:
    if not problems:
        return None
    path = home / "rejects" / f"traces-{stamp(SystemClock().now()).replace(':', '')}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    lines = (json.dumps(problem.as_json(), ensure_ascii=False) + "\n" for problem in problems)
    partial.write_text("".join(lines), encoding="utf-8", errors="replace")
    partial.replace(path)
    return str(path)
