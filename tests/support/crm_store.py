"""The real store on one SQLite file, with the whole schema and two shortcuts for tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import METADATA


class CrmStore:
    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder / 'test.db'}"
        self.engine = sa.create_engine(url)
        METADATA.create_all(self.engine)
        self.inner = open_store(url)

    def read(self, statement: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.inner.read(statement)
        return rows

    def write(self, *statements: Any) -> Sequence[Any]:
        done: Sequence[Any] = self.inner.write(*statements)
        return done

    def count(self, table: str) -> int:
        target = METADATA.tables[table]
        return int(self.read(sa.select(sa.func.count().label("n")).select_from(target))[0]["n"])

    def rows(self, table: str) -> list[dict[str, Any]]:
        target = METADATA.tables[table]
        return self.read(sa.select(target).order_by(target.c.id))
