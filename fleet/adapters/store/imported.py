"""Imported runs in the trace store: which they are, which file they came in, the newest of them."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from fleet.adapters.store.schema import traces
from fleet.adapters.store.traces import OWN, list_traces
from fleet.ports import Store

FILE = "file"  # in `summary`, what an import was given: a file's name, or a folder's
FILES = 40  # listed, those with the most runs
GRAPHS = 90
NUL = r"\u0000"  # PostgreSQL reads no value out of JSON that holds it


class FileOf(sa.FunctionElement[str]):
    """The name of the file in the summary of a trace, which is JSON kept as text; NULL if none."""

    name = "file_of"
    inherit_cache = True
    type = sa.Text()


@compiles(FileOf)
def _by_path(element: FileOf, compiler: Any, **kw: Any) -> str:
    return f"json_extract({compiler.process(element.clauses, **kw)}, '$.{FILE}')"


@compiles(FileOf, "postgresql")
def _by_key(element: FileOf, compiler: Any, **kw: Any) -> str:
    column = compiler.process(element.clauses, **kw)
    field = f"CAST({column} AS json) ->> '{FILE}'"
    return f"CASE WHEN strpos({column}, '{NUL}') = 0 THEN {field} END"


def named(summary: Mapping[str, Any] | None, origin: str) -> str:
    """Return what `imported_files` calls the file of a trace."""
    return str((summary or {}).get(FILE) or origin)


def is_imported() -> sa.ColumnElement[bool]:
    """Return the condition that a trace was recorded by others."""
    return traces.c.origin != OWN


def of_file(file: str) -> sa.ColumnElement[bool]:
    """Return the condition that a trace came in a file; an unknown one is named by its format."""
    return _file() == file


def imported_files(store: Store) -> dict[str, int]:
    """Return how many runs came in each file, at most `FILES`, those with the most runs first."""
    name, runs = _file().label("name"), sa.func.count().label("runs")
    query = sa.select(name, runs).where(is_imported()).group_by(_file())
    found = store.read(query.order_by(runs.desc(), name).limit(FILES))
    return {row["name"]: int(row["runs"]) for row in found}


def imported_graphs(store: Store, file: str | None = None) -> dict[str | None, int]:
    """Return how many imported runs name each graph, of one file or of all; most name none."""
    query = sa.select(traces.c.graph, sa.func.count().label("runs")).where(is_imported())
    if file is not None:
        query = query.where(of_file(file))
    found = store.read(query.group_by(traces.c.graph).order_by(traces.c.graph).limit(GRAPHS))
    return {row["graph"]: int(row["runs"]) for row in found}


def count_imported(store: Store, file: str | None = None) -> int:
    """Return how many runs were imported, in one file or in all."""
    query = sa.select(sa.func.count().label("runs")).select_from(traces).where(is_imported())
    if file is not None:
        query = query.where(of_file(file))
    return int(store.read(query)[0]["runs"])


def newest_imported(
    store: Store, file: str | None, limit: int, graph: str | None = None
) -> list[dict[str, Any]]:
    """Return rows of imported traces, the newest first and undated ones last."""
    where = [is_imported()] if file is None else [is_imported(), of_file(file)]
    return list(list_traces(store, graph=graph, where=where, limit=limit)["traces"])


def _file() -> sa.ColumnElement[str]:
    return sa.func.coalesce(FileOf(traces.c.summary), traces.c.origin)
