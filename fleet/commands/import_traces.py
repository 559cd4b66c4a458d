"""`fleet import traces PATH`: finished runs in, each once; what is odd or bad is reported."""

import argparse
import json
from pathlib import Path
from typing import Any

from fleet.adapters.clock import SystemClock, stamp
from fleet.commands.console_io import Console
from fleet.commands.opening import opened, settings_of

FEW = 10  # kinds of oddity listed for people


def run_traces(args: argparse.Namespace, console: Console) -> int:
    """Import the traces under one path."""
    from fleet.adapters.trace_importing import import_path

    with opened(args) as store:
        done = import_path(store, Path(args.path), args.format, console.note)
    traces, spans = done.counts["traces"], done.counts["spans"]
    rejects = _write_rejects(settings_of(args).home, done.problems)
    answer = {
        "imported": {"traces": traces, "spans": spans}, "unchanged": done.counts["unchanged"],
        "repaired": [
            {"table": "traces", "field": "odd", "from": kind, "to": "kept and noted", "rows": rows}
            for kind, rows in sorted(done.odd.items())
        ],
        "rejected": done.rejected, "rejects_file": rejects,
    }  # fmt: skip
    text = f"{traces} traces with {spans} spans imported, "
    text += f"{done.counts['unchanged']} known already"
    if done.rejected:
        text += f", {done.rejected} rejected: {rejects}"
    text = "\n".join([text, *(f"○ {kind}: {n} traces" for kind, n in done.odd.most_common(FEW))])
    console.document(answer, text)
    return 0


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
