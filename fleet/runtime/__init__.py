"""The composition root: the only place that constructs adapters and hands them to capabilities."""

from fleet.runtime.fleet import Fleet, open_fleet

__all__ = ["Fleet", "open_fleet"]
