"""Homes for simulated days: the sample, quicker policies, and days that are killed."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fleet.adapters.files import data_file
from fleet.adapters.sample import load_sample
from fleet.adapters.store.migrate import upgrade
from fleet.adapters.store.open import open_store
from fleet.runtime.simulate import Plan

NOW = datetime(2026, 3, 12, 10, 30, tzinfo=UTC)
WAIT_S = 240
PLAY = """
import sys; from datetime import datetime
from fleet.runtime.simulate import Plan, simulate
from fleet.settings import read_settings
home, now, days, seed, mails = sys.argv[1:]
simulate(read_settings(home, {}), Plan(days=int(days), seed=int(seed), mails=int(mails)),
         now=datetime.fromisoformat(now))
"""


def sample_home(home: Path) -> Path:
    """Put the sample as of `NOW` into a home; return it."""
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    upgrade(store)
    load_sample(store, NOW)
    store.close()
    return home


def write_policies(file: Path, changes: Mapping[str, str]) -> None:
    """Write the shipped policies with changes, each a pattern that must be found."""
    text = data_file("policies.toml").read_text("utf-8")
    for before, after in changes.items():
        text, found = re.subn(before, after, text)
        assert found, before
    file.write_text(text, "utf-8")


def kill_when(home: Path, plan: Plan, due: Callable[[Any], bool]) -> None:
    """Play in a process of its own, and kill it as soon as the store says that it is due."""
    numbers = (str(plan.days), str(plan.seed), str(plan.mails))
    words = [sys.executable, "-c", PLAY, str(home), NOW.isoformat(), *numbers]
    process = subprocess.Popen(words)
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    try:
        until = time.monotonic() + WAIT_S
        while not due(store):
            assert process.poll() is None, "it ended before it was killed"
            assert time.monotonic() < until
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
        store.close()
