"""Rows of real versions, and rows of simulated ones."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from fleet.domain.trust import SIMULATED

PLAYED = "simulated"  # in `opportunities.extra` of every deal that a simulation touched
OUTCOME = "outcome"  # in that, once the simulation ended the deal


def of_versions(version: sa.ColumnElement[str | None], *, played: bool) -> sa.ColumnElement[bool]:
    """Return the condition that a version was simulated, or was not; no version is a real one."""
    like = version.like(f"%{SIMULATED}%")
    return like if played else version.is_(None) | ~like


def is_played_outcome(extra: Mapping[str, Any] | None) -> bool:
    """Whether a simulation gave a deal its outcome, by the deal's `extra`."""
    return OUTCOME in ((extra or {}).get(PLAYED) or {})
