"""Makes rows of the store from the records of one export file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fleet.adapters.crm_import_keys import KeyIndex, fold, make_id
from fleet.adapters.crm_import_mapping import Column, Kind, Mapping, TableMap
from fleet.adapters.crm_import_reader import CsvFile, Record
from fleet.adapters.crm_import_report import Report
from fleet.adapters.crm_import_values import BadCell, clean, convert, mend_mojibake
from fleet.adapters.store.schema import METADATA
from fleet.errors import InputError

Row = dict[str, Any]
SEVERAL = ";"  # HubSpot lists associated ids in one cell, the primary one first


@dataclass(frozen=True, slots=True)
class Pending:
    """A reference of a row to a row of its own table, resolved when the table is complete."""

    row_id: str
    column: str
    key: str | None
    record: Record


@dataclass(slots=True)
class RowMaker:
    """Converts the records of one file; damage goes to the report."""

    mapping: Mapping
    table: TableMap
    file: CsvFile
    indexes: dict[str, KeyIndex]
    report: Report
    pending: list[Pending] = field(default_factory=list)
    fixes: list[Row] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)  # tables about which nothing is known
    _lines: dict[str, int] = field(default_factory=dict)
    _places: dict[str, list[int]] = field(default_factory=dict)
    _nulls: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Find every column in the header; raises InputError naming the first that is missing."""
        self._nulls = frozenset(item.casefold() for item in self.mapping.nulls)
        header = {fold(name): place for place, name in reversed(list(enumerate(self.file.header)))}
        for name, column in self.table.columns.items():
            self._places[name] = self._find(header, name, column)
        key = Column(source=self.table.key)
        self._places[""] = self._find(header, "its key", key)
        for name in self.table.extra:
            self._places[f"+{name}"] = self._find(
                header, "extra", Column(source=(name,), optional=True)
            )

    def _find(self, header: dict[str, int], name: str, column: Column) -> list[int]:
        found = [header[fold(item)] for item in column.source if fold(item) in header]
        if not found and not column.optional:
            wanted = " or ".join(repr(item) for item in column.source)
            raise InputError(
                f"{self.file.path} lacks column {wanted}, which mapping {self.mapping.name!r} "
                f"reads as {self.table.table}.{name}: export it, or give another --mapping"
            )
        return found if column.join else found[:1]

    def rows(self) -> Iterator[Row]:
        """Yield good rows; the others are counted and written to the rejects file."""
        for record in self.file.records():
            problem = record.problem
            if problem is None:
                try:
                    yield self._make(record)
                    continue
                except BadCell as error:
                    problem = str(error)
            self.report.rejects.add(self.file.path, record.line, problem, record.cells)

    def cells(self, names: list[str]) -> Iterator[str]:
        """Yield what the given columns hold, in all rows that parse."""
        for record in self.file.records() if names else ():
            if record.problem is None:
                yield from filter(None, (self._cell(record, name) for name in names))

    def _make(self, record: Record) -> Row:
        key = self._cell(record, "")
        if key is None:
            raise BadCell(f"the key {self.table.key[0]!r} is empty")
        row_id = make_id(key, is_name=self.table.key_is_name, prefix=self.table.id_prefix)
        if row_id in self._lines:
            raise BadCell(f"same key as line {self._lines[row_id]}: {key[:60]!r}")
        row: Row = {"id": row_id, "external_id": key, **self.table.constants}
        links: list[tuple[str, Column, str | None]] = []
        for name, column in self.table.columns.items():
            text = self._cell(record, name)
            if column.kind is Kind.KEY:
                links.append((name, column, text))
            else:
                row[name] = self._value(name, column, text)
        self._finish(row, record)
        for name, column, text in links:
            row[name] = self._link(row_id, name, column, text, record)
        self._lines[row_id] = record.line
        return row

    def _cell(self, record: Record, name: str) -> str | None:
        parts = [clean(record.cells[place], self._nulls) for place in self._places[name]]
        text = " ".join(part for part in parts if part)
        return text or None

    def _value(self, name: str, column: Column, text: str | None) -> Any:
        if text is None:
            if column.report_blank:
                self.report.repair(self.table.table, name, "", None)
            return None
        mended = column.respell.get(text.casefold(), text)
        mended = mend_mojibake(mended)
        try:
            value = convert(mended, column, self.mapping.decimal)
        except BadCell as error:
            raise BadCell(f"{column.source[0]}: {error}") from None
        if mended != text:
            self.report.repair(self.table.table, name, text, mended)
        return value

    def _finish(self, row: Row, record: Record) -> None:
        for name, column in self.table.columns.items():
            if column.only_with and row.get(column.only_with) is None:
                row[name] = None
        if self.table.extra:
            extra = {name: self._cell(record, f"+{name}") for name in self.table.extra}
            row["extra"] = {name: text for name, text in extra.items() if text} or None
        if "name" in row and row["name"] is None and row.get("email"):
            row["name"] = row["email"]
        for target in METADATA.tables[self.table.table].c:
            if target.name not in self.table.columns or target.nullable:
                continue
            if row[target.name] is None and target.default is None:
                raise BadCell(f"{target.name} is empty")
            if row[target.name] is None:
                row[target.name] = False

    def _link(
        self, row_id: str, name: str, column: Column, text: str | None, record: Record
    ) -> str | None:
        if column.refers == self.table.table:
            self.pending.append(Pending(row_id, name, text, record))
            return None
        if text is None:
            if column.report_blank:
                self.report.repair(self.table.table, name, "", None)
            return None
        return self.resolve(row_id, name, text, record)

    def resolve(self, row_id: str, name: str, text: str, record: Record) -> str | None:
        """Find the row a key names; what is not unmistakable becomes null and is reported."""
        refers = self.table.columns[name].refers or ""
        if refers in self.unknown:
            return None
        index = self.indexes[refers]
        first = text.partition(SEVERAL)[0].strip() if not index.is_name else text
        found = index.find(first)
        if found.row_id is None and index.is_name and (mended := mend_mojibake(text)) != text:
            found = index.find(mended)
        if found.row_id == row_id:
            found = type(found)(None, problem=f"{text[:60]!r} is the row itself")
        if found.row_id is None:
            self._dangle(row_id, name, text, f"{name}: {found.problem}", record)
        elif found.repaired_to or first != text:
            self.report.repair(self.table.table, name, text, found.repaired_to or first)
        return found.row_id

    def _dangle(self, row_id: str, name: str, text: str, why: str, record: Record) -> None:
        table = self.table.table
        self.report.repair(table, name, text, None)
        reason = f"{why}; the row is kept with an empty key"
        self.report.rejects.add(self.file.path, record.line, reason, record.cells, kept=True)
        self.fixes.append(
            {
                "id": f"fix-{table}-{row_id}-{name}",
                "table_name": table,
                "row_id": row_id,
                "field": name,
                "problem": f"dangling key: {why}; kept as null",
                "status": "open",
                "created_by": f"import {self.mapping.name}",
            }
        )
