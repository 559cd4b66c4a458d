"""A second process that drains a long inbox beside this one: one interpreter uses one core.

Only where rules answer: a mail that a model answers mostly waits, and needs no second core.
It is a worker like any other: it takes its share of the runs, and what it leaves unfinished the
next one takes over. It ends with its parent, whatever ends that.
"""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fleet.adapters.collector import spare_collector
from fleet.adapters.crew import child_environment, cores
from fleet.settings import Settings, read_settings

if TYPE_CHECKING:
    from fleet.adapters.engine import Engine

WORKERS = 2
ENOUGH = 300  # mails from which on starting an interpreter costs less than it saves
READY_S, LOOK_S = 15.0, 0.05  # it is waited for so long, then we begin alone
ENDS_S = 30.0  # after our own end there is nothing left for it to do
GO = b"go\n"
HELP = "import sys; from fleet.runtime.second_worker import help_out; help_out(*sys.argv[1:])"


class SecondWorker:
    """The process, from its start to its end."""

    def __init__(self, settings: Settings, limit: int | None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", HELP, str(settings.home), str(limit or "")],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            env=child_environment(),
        )  # fmt: skip

    def begin(self, engine: "Engine") -> None:
        """Wait until its heart beats, so that each takes its share, and let it begin."""
        until = time.monotonic() + READY_S
        while engine.workers() < WORKERS and self._process.poll() is None:
            if time.monotonic() > until:
                break
            time.sleep(LOOK_S)
        with contextlib.suppress(OSError):  # it has ended: then all runs are ours
            assert self._process.stdin is not None
            self._process.stdin.write(GO)
            self._process.stdin.flush()

    def end(self) -> None:
        """Wait for its end, or make one."""
        try:
            self._process.wait(ENDS_S)
        except subprocess.TimeoutExpired:
            self.stop()

    def stop(self) -> None:
        """End it at once; the runs it had in hand go on where they stood."""
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def second_worker(
    settings: Settings, waiting: int, limit: int | None
) -> Iterator[SecondWorker | None]:
    """Start a second process when so many waiting mails are worth one; None when they are not."""
    if waiting < ENOUGH or settings.gateway_url is not None or cores() < WORKERS:
        yield None
        return
    other = SecondWorker(settings, limit)
    try:
        yield other
    except BaseException:
        other.stop()
        raise
    other.end()


def help_out(home: str, limit: str) -> None:
    """Drain the inbox of a home beside the process that started this one."""
    spare_collector()
    from fleet.runtime.fleet import open_fleet

    go = threading.Event()
    threading.Thread(target=_follow, args=(go,), daemon=True, name="parent").start()
    fleet = open_fleet(read_settings(home))
    try:
        fleet.drain_inbox(int(limit) if limit else None, begin=lambda _engine: _wait(go))
    finally:
        fleet.close()


def _wait(go: threading.Event) -> None:
    go.wait()


def _follow(go: threading.Event) -> None:
    """Hear the parent's word; when its end of the pipe is gone, so is the reason to work."""
    while os.read(0, len(GO)):  # the bare descriptor: a buffer's lock would stop our own exit
        go.set()
    os._exit(1)
