"""Mails a second of the keyword engine and of `fleet score intent`; printed by `make bench`."""

import json
import os
import platform
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fleet.adapters.files import read_policies
from fleet.adapters.sample import make_sample
from fleet.intent.score import IntentPolicy, score_keywords
from fleet.policy import section

pytestmark = pytest.mark.bench
ROOT = Path(__file__).resolve().parents[2]
# runs the command, then says the most memory it held: a child's own figure counts its parent's too
RUN = """
import pathlib, re, sys
from fleet.__main__ import main
main(sys.argv[1:])
held = re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())
print(held.group(1), file=sys.stderr)
"""
WANTED, MAILS = 30_000, 100_000
MOST_MB = 60


def sample_mails() -> list[tuple[str, str]]:
    rows = make_sample(datetime(2026, 1, 5, tzinfo=UTC))["emails"]
    return [(row["subject"] or "", row["body"] or "") for row in rows if row["direction"] == "in"]


def told(what: str, rate: float) -> None:
    bar = f"{WANTED:,} wanted, {'met' if rate >= WANTED else 'missed on this machine, now'}"
    print(f"{what}: {rate:,.0f} mails/s ({bar}; {platform.machine()}, one core)")


def test_the_keyword_engine() -> None:
    policy = section(read_policies(), "intent", IntentPolicy)
    mails = sample_mails()
    times = []
    for _ in range(20):
        begun = time.process_time()
        for subject, body in mails:
            score_keywords(subject, body, policy)
        times.append(time.process_time() - begun)
    told("one judgement by keywords, opt-outs and absences included", len(mails) / min(times))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_command_from_file_to_file(tmp_path: Path) -> None:
    mails = sample_mails()
    file, answers = tmp_path / "mails.jsonl", tmp_path / "scores.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for number in range(MAILS):
            subject, body = mails[number % len(mails)]
            out.write(json.dumps({"id": number, "subject": subject, "body": body}) + "\n")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FLEET_")}
    command = [sys.executable, "-c", RUN, "score", "intent", str(file), "--json"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with answers.open("wb") as out_bytes:
        done = subprocess.run(
            command, cwd=ROOT, env=clean, stdout=out_bytes, stderr=subprocess.PIPE, check=True
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    megabytes = float(done.stderr) / 1024
    told(f"`fleet score intent` on {MAILS:,} mails, start included", MAILS / spent)
    print(f"memory: {megabytes:.0f} MB")
    with answers.open("rb") as lines:
        assert sum(1 for _ in lines) == MAILS
    assert megabytes < MOST_MB
