"""What an empty home is filled with beside the console: the sample, its drafts, thirty days."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

from fleet.adapters.locks import only_one
from fleet.errors import FleetError, InputError
from fleet.settings import read_settings

MARK = "filling"  # this file in the home says that a fill was begun and not ended
STEPS = (
    ("init", "--sample"),
    ("run", "inbox"),
    ("run", "recommend"),  # before the played days: leads are there in a minute
    ("run", "orchestrator", "--limit", "20"),  # a page of plans
    ("simulate", "--days", "30", "--quiet"),
)
POLITE = 5  # the console's own process comes first
PATIENCE_S = 60.0
PAUSE_S = 0.1


def is_wanted(home: Path) -> bool:
    """Whether a home has no store yet, or a kill stopped its fill."""
    return not (home / "fleet.db").exists() or (home / MARK).exists()


def fill(main: Callable[[list[str]], int], port: int | None = None) -> int:
    """Go through the steps, each of which goes on where a kill stopped it; return the exit code.

    `main` runs one command. With a port it begins when the console answers there: that comes first.
    """
    os.nice(POLITE)
    if port is not None:
        _await(port)
    home = read_settings().home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    code = 0
    try:
        with only_one(home / MARK, "another console fills this home"):
            for step in STEPS:
                code = max(code, main(list(step)))  # a mail that failed is no end of the rest
            if _campaign():
                code = max(code, main(["run", "campaigns"]))
            (home / MARK).unlink(missing_ok=True)
    except InputError:
        return 0  # the other console's fill is this one's too
    return code


def _campaign() -> bool:
    """Start the sample's campaign, once; without one the home is filled all the same."""
    from fleet.runtime import open_fleet
    from fleet.runtime.sample_campaign import start_sample_campaign

    fleet = open_fleet(read_settings())
    try:
        return start_sample_campaign(fleet) is not None
    except FleetError:
        return False
    finally:
        fleet.close()


def _await(port: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), PAUSE_S).close()
        except OSError:
            time.sleep(PAUSE_S)
        else:
            return
