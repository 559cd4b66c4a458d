"""A store for tests: the port over one SQLite file, with foreign keys enforced."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from fleet.adapters.store.schema import METADATA
from fleet.errors import WriteConflict


@dataclass
class Done:
    rows: list[dict[str, Any]]
    changes: int


class CrmStore:
    def __init__(self, folder: Path) -> None:
        self.engine = sa.create_engine(f"sqlite:///{folder / 'test.db'}")
        sa.event.listen(self.engine, "connect", _enforce_keys)
        METADATA.create_all(self.engine)

    def read(self, statement: Any) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def write(self, *statements: Any) -> Sequence[Done]:
        done = []
        try:
            with self.engine.begin() as connection:
                for statement in statements:
                    result = connection.execute(statement)
                    done.append(Done([], result.rowcount))
        except IntegrityError as error:
            raise WriteConflict(str(error)) from error
        return done

    def count(self, table: str) -> int:
        target = METADATA.tables[table]
        return int(self.read(sa.select(sa.func.count().label("n")).select_from(target))[0]["n"])

    def rows(self, table: str) -> list[dict[str, Any]]:
        target = METADATA.tables[table]
        return self.read(sa.select(target).order_by(target.c.id))


def _enforce_keys(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
