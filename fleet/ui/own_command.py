"""Runs one of our own commands beside the console: the engine belongs to a process of its own."""

import subprocess
import sys

from fleet.ui import resources

LONGEST_S = 120


def run_command(*words: str) -> str | None:
    """Run `fleet WORDS` for this home; return what went wrong in one line, or None."""
    home = str(resources.fleet().settings.home)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "fleet", *words, "--home", home, "--json"],
            capture_output=True, text=True, timeout=LONGEST_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"it is still working after {LONGEST_S} s: look again in a minute"
    if not done.returncode:
        return None
    return (done.stderr.strip().splitlines() or ["it failed without a word"])[-1]
