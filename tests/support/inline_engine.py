"""An engine without workers: each run in the caller's thread, on the same rows and checkpoints."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fleet.adapters.engine import said


class InlineEngine:
    """Stands for `fleet.adapters.engine.Engine` where a test needs many short drains."""

    executor = "inline"

    def __init__(self, *_: Any, **__: Any) -> None:
        self._runners: dict[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]] = {}

    def register(self, graph: str, runner: Callable[..., dict[str, Any]]) -> None:
        self._runners[graph] = runner

    def reap(self) -> list[str]:
        return []

    def drain(
        self, graph: str, subjects: Iterable[tuple[str, dict[str, Any]]]
    ) -> list[dict[str, Any]]:
        return [self._one(graph, *pair) for pair in subjects]

    def _one(self, graph: str, thread_id: str, subject: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"thread_id": thread_id} | self._runners[graph](thread_id, subject)
        except Exception as error:  # noqa: BLE001  # as the real one: parked, not lost
            return {"thread_id": thread_id, "error": said(error)}

    def close(self) -> None:
        return None
