"""The composition root: the only place that constructs adapters and hands them to capabilities."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # loaded when asked for: a pure command needs a prompt path, and no store
    from fleet.runtime.fleet import Fleet, open_fleet

__all__ = ["Fleet", "open_fleet"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from fleet.runtime import fleet

    return getattr(fleet, name)
