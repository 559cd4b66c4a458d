"""Bring a store to the newest revision: Alembic's files, rendered offline, one batch a revision."""

import io
from collections.abc import Iterator
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy.schema import CreateTable

from fleet.adapters.files import data_file
from fleet.adapters.store.revisions import current, revisions
from fleet.errors import WriteConflict

ATTEMPTS = 5


def upgrade(store: Any) -> list[str]:
    """Apply what is missing and return the revisions applied here; a second run applies none.

    Raises InputError when the store is newer than this build.
    """
    applied: list[str] = []
    _make_table(store)
    for script in _scripts():
        if script.revision in current(store):
            continue
        step = revisions.insert().values(
            revision=script.revision, previous=str(script.down_revision or "")
        )
        try:
            store.write(step, *_render(script, store.kind))
        except WriteConflict:
            if script.revision not in current(store):
                raise
        else:
            applied.append(script.revision)
    return applied


def _make_table(store: Any) -> None:
    for attempt in range(ATTEMPTS):
        try:
            store.write(CreateTable(revisions, if_not_exists=True))
            return
        except WriteConflict:  # PostgreSQL lets two creators collide in its catalogue
            if attempt == ATTEMPTS - 1:
                raise


def _scripts() -> list[Script]:
    directory = ScriptDirectory(str(data_file("migrations")))
    return list(reversed(list(directory.walk_revisions())))


def _render(script: Script, kind: str) -> list[str]:
    dialect = "postgresql" if kind == "postgresql" else "sqlite"
    sink = _Statements()
    context = MigrationContext.configure(
        dialect_name=dialect, opts={"as_sql": True, "output_buffer": sink}
    )
    with Operations.context(context):
        script.module.upgrade()
    return list(sink.statements())


class _Statements(io.StringIO):
    """Alembic writes one statement at a time; each is kept as it is."""

    def statements(self) -> Iterator[str]:
        """Yield the statements without their terminators."""
        for part in self.getvalue().split(";\n\n"):
            if part.strip():
                yield part.strip().rstrip(";")
