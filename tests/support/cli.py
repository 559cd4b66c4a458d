"""The `fleet` command as a process of its own, and the rows that it left in a home."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fleet.adapters.store.open import open_store

ROOT = Path(__file__).resolve().parents[2]
LONG_S = 240
OURS = ("FLEET_", "LANGSMITH_")


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment without settings of ours, with a postal address and `more`."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return bare | {"FLEET_POSTAL_ADDRESS": "Sample Sales, 1 Main Street, Springfield"} | more


def run_fleet(
    home: Path, *words: str, env: Mapping[str, str] | None = None, code: int = 0,
    start: Sequence[str] = ("-m", "fleet"), timeout: float = LONG_S,
) -> list[Any]:  # fmt: skip
    """Run a command to its end and return the JSON lines it printed; it must exit with `code`.

    `start` are the words after the interpreter, before the command's own.
    """
    done = subprocess.run(
        [sys.executable, *start, *words, "--home", str(home), "--json"], cwd=ROOT,
        env=environment() if env is None else dict(env), capture_output=True, text=True,
        check=False, timeout=timeout,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def rows(home: Path, query: Any) -> list[dict[str, Any]]:
    """Read rows of a home's store as they stand now."""
    store = open_store(f"sqlite:///{home}/fleet.db", read_only=True)
    try:
        return store.read(query)
    finally:
        store.close()
