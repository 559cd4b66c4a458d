"""A bounded number of slow calls side by side over a stream; answers keep the stream's order."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def in_order(call: Callable[[A], B], items: Iterable[A], at_once: int) -> Iterator[B]:
    """Yield `call(item)` in order, each as soon as it and all before it are there.

    Reads at most `2 * at_once` items ahead, in a thread of its own, so that a slow source delays
    no answer. What reading or a call raises is raised here.
    """
    ahead: queue.Queue[Future[B] | BaseException | None] = queue.Queue(at_once)
    stop = threading.Event()

    def feed(pool: ThreadPoolExecutor) -> None:
        last: BaseException | None = None
        try:
            for item in items:
                if stop.is_set():
                    return
                ahead.put(pool.submit(call, item))
        except BaseException as error:  # noqa: BLE001  # handed to the reader, whatever it is
            last = error
        ahead.put(last)

    with ThreadPoolExecutor(at_once, thread_name_prefix="call") as pool:
        threading.Thread(target=feed, args=(pool,), daemon=True).start()
        try:
            while (made := ahead.get()) is not None:
                if isinstance(made, BaseException):
                    raise made
                yield made.result()
        finally:
            stop.set()
            while not ahead.empty():  # lets a feeder that waits for room see the stop
                ahead.get_nowait()
