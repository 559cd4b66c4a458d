"""Rows of real versions, and rows of simulated ones."""

import sqlalchemy as sa

from fleet.domain.trust import SIMULATED


def of_versions(version: sa.ColumnElement[str | None], *, played: bool) -> sa.ColumnElement[bool]:
    """Return the condition that a version was simulated, or was not; no version is a real one."""
    like = version.like(f"%{SIMULATED}%")
    return like if played else version.is_(None) | ~like
