"""Other processes of this program that work on pieces of one file, so that all cores are used.

Plain children over pipes: they share no lock, thread or connection with us, and end when we do.
"""

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Self

WORK = "from fleet.adapters.crew import work; work()"
AHEAD = 2  # pieces under way for each process: one is worked on, one waits
LENGTH = 8  # bytes of a frame's length
MOST = 2
ENOUGH = 48 * 2**20  # bytes of a file below which starting a process costs more than it saves


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def child_environment() -> dict[str, str]:
    """Return the environment in which a child finds this program, wherever it was started."""
    root = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": paths}


def hands_for(size: int) -> int:
    """Return how many processes a file of so many bytes is worth: none on a single core."""
    return min(MOST, cores()) if size >= ENOUGH and cores() > 1 else 0


class Crew:
    """A few processes; with no hands the work is done here. `function` must be importable."""

    def __init__(self, hands: int) -> None:
        self._hands = hands
        self._children: list[_Child] = []
        self._idle: SimpleQueue[_Child] = SimpleQueue()
        self._threads = ThreadPoolExecutor(hands, "crew") if hands else None

    def __enter__(self) -> Self:
        """Nothing yet: the processes start when there is work."""
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: object) -> None:
        """End the processes: after an error at once."""
        if kind is not None:
            for child in self._children:
                child.stop()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for child in self._children:
            child.close()

    def map(self, function: Callable[..., Any], pieces: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        """Yield `function(*piece)` for each piece, in order, a few pieces ahead."""
        stream = iter(pieces)
        if self._threads is None:
            yield from (function(*piece) for piece in stream)
            return
        while len(self._children) < self._hands:
            self._children.append(_Child())
            self._idle.put(self._children[-1])
        waiting: list[Future[Any]] = []
        while True:
            wanted = AHEAD * len(self._children) - len(waiting)
            waiting += [
                self._threads.submit(self._call, function, piece)
                for piece in islice(stream, wanted)
            ]
            if not waiting:
                return
            yield waiting.pop(0).result()

    def _call(self, function: Callable[..., Any], piece: tuple[Any, ...]) -> Any:
        child = self._idle.get()
        try:
            return child.call(function, piece)
        except (EOFError, OSError):  # it was ended from outside: the piece is done here
            return function(*piece)
        finally:
            self._idle.put(child)


class _Child:
    """One process that answers calls, one at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=child_environment(),
        )  # fmt: skip

    def call(self, function: Callable[..., Any], piece: tuple[Any, ...]) -> Any:
        """Let it work on a piece; raises EOFError when it is gone, and whatever it raised."""
        if self._process.stdin is None or self._process.stdout is None:
            raise EOFError
        _send(self._process.stdin, (function, piece))
        answer, error = _receive(self._process.stdout)
        if error is not None:
            raise error
        return answer

    def stop(self) -> None:
        """End it at once: what it does is not wanted any more."""
        self._process.kill()

    def close(self) -> None:
        """Let it end, and wait for it."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()


def work() -> None:
    """Answer calls until there are no more: what a child does."""
    calls, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing else may come between the answers
    while True:
        try:
            function, piece = _receive(calls)
        except EOFError:
            return
        try:
            answer: tuple[Any, Exception | None] = (function(*piece), None)
        except Exception as error:  # noqa: BLE001  # it is raised again where the work was asked for
            answer = (None, error)
        _send(answers, answer)


def _send(pipe: Any, value: Any) -> None:
    raw = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    pipe.write(len(raw).to_bytes(LENGTH, "big") + raw)
    pipe.flush()


def _receive(pipe: Any) -> Any:
    head = pipe.read(LENGTH)
    raw = pipe.read(int.from_bytes(head, "big")) if len(head) == LENGTH else b""
    if not raw:
        raise EOFError
    return pickle.loads(raw)  # from our own child, over a pipe nobody else has
