"""Imports a CRM export: CSV files by a mapping, repaired where unmistakable, idempotent.

Files and columns are checked before anything is written. Rows are streamed in chunks, each chunk
one atomic write with ids that follow from the keys, so that a run that was cut short is finished by
the next one, and a second run changes nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from typing import Any

from fleet.adapters.clock import stamp
from fleet.adapters.crm_import_keys import KeyIndex, make_id
from fleet.adapters.crm_import_mapping import TABLES, Kind, Mapping, TableMap
from fleet.adapters.crm_import_reader import CsvFile, open_csv
from fleet.adapters.crm_import_report import Rejects, Report
from fleet.adapters.crm_import_rows import Pending, Row, RowMaker
from fleet.adapters.store.crm import insert_new, is_empty, iterate_keys, link_rows, merge_rows
from fleet.adapters.store.schema import METADATA
from fleet.errors import InputError
from fleet.ports import Store

CHUNK = 2_000
PROGRESS_EVERY = 50_000


def import_crm(
    store: Store,
    folder: Path,
    mapping: Mapping,
    now: datetime,
    rejects_dir: Path,
    note: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Import every file of `folder` that `mapping` names; return the documented answer.

    Raises InputError, before anything is written, when a file or a column is missing.
    """
    name = f"crm-{mapping.name}-{stamp(now).replace(':', '')}.jsonl"
    report = Report(Rejects(rejects_dir / name))
    run = _Import(store, mapping, report, stamp(now), note)
    try:
        run.prepare(folder)
        run.execute()
    finally:
        report.rejects.close()
    return report.wire()


@dataclass(slots=True)
class _Import:
    store: Store
    mapping: Mapping
    report: Report
    at: str
    note: Callable[[str], None]
    makers: dict[str, list[RowMaker]] = field(default_factory=dict)
    indexes: dict[str, KeyIndex] = field(default_factory=dict)

    def tables(self) -> list[TableMap]:
        """The mapping's tables in the order of their foreign keys."""
        return sorted(self.mapping.tables, key=lambda item: TABLES.index(item.table))

    def prepare(self, folder: Path) -> None:
        """Open every file, check its header, and learn which keys the store already has."""
        if not folder.is_dir():
            raise InputError(f"{folder} is not a folder: give the folder that holds the CSV files")
        for table in self.tables():
            files = [] if table.derived else self._files(folder, table)
            self.makers[table.table] = [
                RowMaker(self.mapping, table, file, self.indexes, self.report) for file in files
            ]
        if not any(self.makers.values()):
            raise InputError(f"{folder} holds no file of mapping {self.mapping.name!r}")
        for table in self.tables():
            index = self.indexes[table.table] = KeyIndex(table.key_is_name or table.derived)
            for row_id, key in iterate_keys(self.store, METADATA.tables[table.table]):
                if row_id == self._id(table, key):
                    index.add(key, row_id)
        self._mark_unknown()

    def _mark_unknown(self) -> None:
        """A table with neither a file nor a row: its keys cannot dangle, they say nothing."""
        derived = {table.table for table in self.mapping.tables if table.derived}
        nothing = {
            name
            for name in TABLES
            if name not in derived
            and not self.makers.get(name)
            and not (name in self.indexes and self.indexes[name].ids)
        }
        for maker in (maker for makers in self.makers.values() for maker in makers):
            maker.unknown = nothing
        for name in sorted(nothing & {table.table for table in self.mapping.tables}):
            self.note(f"no file and no rows for {name}: references to it stay empty")

    def _id(self, table: TableMap, key: str) -> str:
        return make_id(key, is_name=table.key_is_name or table.derived, prefix=table.id_prefix)

    def _files(self, folder: Path, table: TableMap) -> list[CsvFile]:
        names = sorted(item for item in folder.iterdir() if item.is_file())
        for pattern in table.file:
            found = [item for item in names if fnmatch(item.name.lower(), pattern.lower())]
            if found:
                return [open_csv(item) for item in found]
        if table.optional:
            return []
        raise InputError(
            f"{folder} lacks {table.file[0]}, which mapping {self.mapping.name!r} reads as "
            f"{table.table}: export it into this folder, or give another --mapping"
        )

    def execute(self) -> None:
        """Write table after table."""
        for table in self.tables():
            fresh = is_empty(self.store, METADATA.tables[table.table])
            self.report.imported.setdefault(table.table, 0)
            if table.derived:
                self._write_chunks(table, self._derived_rows(table), fresh=fresh)
            changed: set[str] = set()
            for maker in self.makers[table.table]:
                changed |= self._write_chunks(table, maker.rows(), fresh=fresh)
                self._write_links(table, maker, changed)
                self._write_fixes(maker)

    def _write_chunks(self, table: TableMap, rows: Iterator[Row], *, fresh: bool) -> set[str]:
        target, index = METADATA.tables[table.table], self.indexes[table.table]
        linked = [name for name, col in table.columns.items() if col.refers == table.table]
        changed: set[str] = set()
        total = 0
        while chunk := list(islice(rows, CHUNK)):
            merged = merge_rows(self.store, target, chunk, self.at, ignore=linked, fresh=fresh)
            for row in chunk:
                index.add(row["external_id"], row["id"])
            self.report.imported[table.table] += len(merged)
            self.report.unchanged += len(chunk) - len(merged)
            changed |= merged if linked else set()
            total += len(chunk)
            if total % PROGRESS_EVERY < CHUNK <= total:
                self.note(f"{table.table}: {total} rows")
        return changed

    def _write_links(self, table: TableMap, maker: RowMaker, changed: set[str]) -> None:
        """Write references inside one table, when all its rows are there."""
        columns = {item.column for item in maker.pending}
        for column in sorted(columns):
            links = {
                item.row_id: self._resolve(maker, item)
                for item in maker.pending
                if item.column == column
            }
            linked = link_rows(self.store, METADATA.tables[table.table], column, links, self.at)
            more = linked - changed
            self.report.imported[table.table] += len(more)
            self.report.unchanged -= len(more)
            changed |= more

    def _resolve(self, maker: RowMaker, item: Pending) -> str | None:
        return maker.resolve(item.row_id, item.column, item.key, item.record) if item.key else None

    def _write_fixes(self, maker: RowMaker) -> None:
        insert_new(
            self.store,
            METADATA.tables["data_fixes"],
            [row | {"created_at": self.at} for row in maker.fixes],
        )

    def _derived_rows(self, table: TableMap) -> Iterator[Row]:
        """Yield a row for every name that other tables refer to."""
        seen: set[str] = set()
        for maker in (maker for makers in self.makers.values() for maker in makers):
            names = [
                name
                for name, column in maker.table.columns.items()
                if column.kind is Kind.KEY and column.refers == table.table
            ]
            for key in maker.cells(names):
                row_id = self._id(table, key)
                if row_id not in seen:
                    seen.add(row_id)
                    yield {"id": row_id, "external_id": key, "name": key}
