"""The memory that traces take does not grow with the file: peaks of processes of their own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fleet.adapters.store import migrate
from fleet.adapters.store.open import open_store

ROOT = Path(__file__).resolve().parents[2]
SPAN_BYTES = 8_000
SLACK_MB = 15
WITHIN = (
    "import resource, sys; from fleet.__main__ import main; code = main(sys.argv[1:]); "
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"
)
EVENTS = (4_000, 36_000)
BYTES_AN_EVENT = 44  # with which ten million fit in 500 MB
NOISE_MB = 2
COMMANDS = (("monitor", "defects"), ("evaluate", "--no-model"), ("import", "traces"))
START = 1_760_000_000 * 10**9


def spans(megabytes: int) -> Iterator[str]:
    text = "<b>hostile</b> " * (SPAN_BYTES // 15)
    for number in range(megabytes * 1_000_000 // SPAN_BYTES):
        at = START + number * 10**6
        yield json.dumps(
            {
                "traceId": f"{number // 20 + 1:032x}", "spanId": f"{number % 20 + 1:016x}",
                "parentSpanId": f"{1:016x}" if number % 20 else "", "name": f"step {number % 20}",
                "startTimeUnixNano": str(at), "endTimeUnixNano": str(at + 1_000),
                "attributes": [{"key": "output.value", "value": {"stringValue": text}}],
            }
        )  # fmt: skip


def one_a_line(file: Path, megabytes: int) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(f"{span}\n" for span in spans(megabytes))


def one_document(file: Path, megabytes: int) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.write('{"resourceSpans": [{"scopeSpans": [{"spans": [')
        for number, span in enumerate(spans(megabytes)):
            out.write(f"{',' if number else ''}\n{span}")
        out.write("]}]}]}")


def peak_mb(*arguments: str) -> float:
    """The peak memory of one command."""
    done = subprocess.run(
        [sys.executable, "-c", WITHIN, *arguments], cwd=ROOT, capture_output=True, text=True,
        timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    return int(done.stderr.split()[-1]) / 1024


@pytest.mark.parametrize(
    ("shape", "sizes_mb"),
    [(one_a_line, (10, 40)), (one_document, (40, 70))],  # below 32 MB a document is read whole
)
def test_a_longer_file_takes_no_more_memory(
    tmp_path: Path, shape: Callable[[Path, int], None], sizes_mb: tuple[int, int]
) -> None:
    peaks: dict[str, list[float]] = {command[0]: [] for command in COMMANDS}
    for megabytes in sizes_mb:
        file = tmp_path / "spans.jsonl"
        shape(file, megabytes)
        for command in COMMANDS:
            home = tmp_path / f"home-{megabytes}"
            with closing(open_store(f"sqlite:///{home / 'fleet.db'}")) as store:
                migrate.upgrade(store)
            peaks[command[0]].append(peak_mb(*command, str(file), "--json", "--home", str(home)))
    for small, large in peaks.values():
        assert large < small + SLACK_MB


def one_event_a_run(file: Path, count: int) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(
            f'{{"run_id":"run-{number}","seq":0,"node":"n{number % 700}","action":"tool",'
            f'"args":{{"q":"{number}"}},"output":"ok","error":"e {number}"}}\n'
            for number in range(count)
        )


@pytest.mark.parametrize("command", [COMMANDS[0], COMMANDS[1]], ids=["defects", "evaluate"])
def test_more_events_take_a_few_bytes_each(tmp_path: Path, command: tuple[str, ...]) -> None:
    peaks = []
    for count in EVENTS:
        file = tmp_path / f"{count}.jsonl"
        one_event_a_run(file, count)
        peaks.append(peak_mb(*command, str(file), "--json", "--home", str(tmp_path)))
    grown = (peaks[1] - peaks[0] - NOISE_MB) * 2**20
    assert grown < BYTES_AN_EVENT * (EVENTS[1] - EVENTS[0])
