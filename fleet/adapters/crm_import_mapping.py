"""Mappings: which file and column of an export fills which column of the store, as TOML.

A shipped mapping is named (`maven`, `hubspot`, `salesforce`); any other is given as a file.
"""

import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from fleet.adapters.files import data_file, read_text
from fleet.adapters.store.schema import METADATA
from fleet.errors import InputError, PolicyError
from fleet.policy import parse

TABLES = ("people", "companies", "products", "contacts", "opportunities", "activities")


class Kind(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole"
    DATE = "date"
    TIME = "time"
    FLAG = "flag"
    EMAIL = "email"
    DOMAIN = "domain"
    CHOICE = "choice"
    KEY = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One target column; `source` lists header names, the first that exists is read."""

    source: tuple[str, ...] = ()
    kind: Kind = Kind.TEXT
    join: bool = False  # join all of `source` with a space
    optional: bool = False
    formats: tuple[str, ...] = ("%Y-%m-%d",)
    choices: dict[str, str] = field(default_factory=dict)
    respell: dict[str, str] = field(default_factory=dict)
    refers: str | None = None  # the table a key names
    report_blank: bool = False
    only_with: str | None = None  # kept only where that target column is filled


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMap:
    """One target table; `file` lists patterns, tried in turn, without regard to case."""

    table: str
    columns: dict[str, Column]
    file: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    key_is_name: bool = False
    id_prefix: str = ""
    optional: bool = False
    derived: bool = False  # no file: its rows are the names other tables refer to
    extra: tuple[str, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A whole export."""

    name: str
    tables: tuple[TableMap, ...]
    decimal: str = "."
    nulls: tuple[str, ...] = ()


def read_mapping(name: str) -> Mapping:
    """Read a shipped mapping by name, or a mapping file; raises InputError on what does not fit."""
    shipped = data_file("mappings", f"{name}.toml")
    path = shipped if shipped.is_file() and name.isidentifier() else Path(name)
    if not path.is_file():
        known = ", ".join(sorted(item.stem for item in data_file("mappings").glob("*.toml")))
        raise InputError(f"no mapping {name!r}: give a TOML file, or one of {known}")
    try:
        raw = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"mapping {path} is not TOML: {error}") from None
    return parse_mapping(raw, str(path))


def find_mapping(folder: Path) -> Mapping:
    """Return the one shipped mapping whose files all lie in `folder`; raises InputError."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: give the folder that holds the CSV files")
    names = [item.name.lower() for item in folder.iterdir()]
    shipped = [read_mapping(item.stem) for item in sorted(data_file("mappings").glob("*.toml"))]
    fitting = [
        mapping
        for mapping in shipped
        if all(
            table.optional
            or table.derived
            or any(fnmatchcase(name, pattern.lower()) for pattern in table.file for name in names)
            for table in mapping.tables
        )
    ]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(mapping.name for mapping in shipped)
    raise InputError(f"{folder} fits {len(fitting)} of the mappings {known}: name one by --mapping")


def parse_mapping(raw: dict[str, Any], where: str) -> Mapping:
    """Check a mapping against the schema; unknown tables and columns are errors."""
    tables = [
        table | {"columns": {name: _long(col) for name, col in table.get("columns", {}).items()}}
        for table in raw.get("tables", [])
        if isinstance(table, dict)
    ]
    try:
        mapping = parse(Mapping, raw | {"tables": tables}, f"mapping {where}")
    except PolicyError as error:
        raise InputError(str(error).removeprefix("policy ")) from None
    for table in mapping.tables:
        _check(table, where)
    return mapping


def _long(column: Any) -> Any:
    """Write `name = "Header"` out as `name = {source = ["Header"]}`."""
    if isinstance(column, str):
        return {"source": [column]}
    if isinstance(column, dict) and isinstance(column.get("source"), str):
        return column | {"source": [column["source"]]}
    return column


def _check(table: TableMap, where: str) -> None:
    if table.table not in TABLES:
        raise InputError(f"mapping {where} fills {table.table!r}: tables are {', '.join(TABLES)}")
    known = METADATA.tables[table.table].c
    for name in (*table.columns, *table.constants):
        if name not in known or name in ("id", "external_id", "row_version"):
            raise InputError(f"mapping {where}: {table.table} has no column {name!r} to fill")
    for name, column in table.columns.items():
        if column.kind is Kind.KEY and column.refers not in TABLES:
            raise InputError(
                f"mapping {where}: {table.table}.{name} must say which table it refers to"
            )
