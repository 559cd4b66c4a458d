"""Cloudflare D1 over its REST API: SQLAlchemy compiles, one atomic `batch` a write."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from fleet.adapters.store import limits
from fleet.adapters.store.audit_head import HeadFile
from fleet.adapters.store.statements import Bound, Many, Result, default_of, many, widened
from fleet.errors import InputError, StoreError, WriteConflict

DIALECT = sqlite.dialect(paramstyle="qmark")
READ_ATTEMPTS = 4
PAUSE_S = 0.25
TIMEOUT_S = 30.0
TOO_MANY, SERVER_ERROR = 429, 500
BULK_BYTES = limits.ROW_BYTES * 9 // 10  # room for the brackets of the array
Wire = tuple[dict[str, Any], dict[str, Callable[[Any], Any]]]


class D1Store:
    """The store port over one D1 database; safe to share between threads."""

    kind = "sqlite"
    head_file: HeadFile | None = None

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._http = httpx.Client(
            headers={"authorization": f"Bearer {token}"}, timeout=TIMEOUT_S, trust_env=False
        )

    def read(self, statement: Any) -> list[dict[str, Any]]:
        """Run one SELECT, again on 429 and 5xx; rows are decoded by column type."""
        return self._send([_wire(statement)], READ_ATTEMPTS)[0].rows

    def write(self, *statements: Any) -> Sequence[Result]:
        """Run the statements as one atomic batch, once: a lost answer may have been a success."""
        plans = [list(_plans(statement)) for statement in statements]
        done = iter(self._send([wire for plan in plans for wire in plan], 1))
        return [_merge([next(done) for _ in plan]) for plan in plans]

    def insert_many(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert rows in one batch; return how many."""
        return sum(item.changes for item in self.write(many(table, rows))) if rows else 0

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(self, wires: Sequence[Wire], attempts: int) -> list[Result]:
        if not wires:
            return []
        for body, _ in wires:
            limits.check(body["sql"], body.get("params", []))
        reply = self._post({"batch": [body for body, _ in wires]}, attempts)
        try:
            answer = reply.json()
            if not answer["success"]:
                _refuse(answer["errors"][0]["message"])
            pairs = zip(answer["result"], wires, strict=True)
            return [_result(item, decode) for item, (_, decode) in pairs]
        except (ValueError, KeyError, IndexError, TypeError):
            raise StoreError(f"D1 gave no readable answer (HTTP {reply.status_code})") from None

    def _post(self, body: Mapping[str, Any], attempts: int) -> httpx.Response:
        for attempt in range(1, attempts + 1):
            try:
                reply = self._http.post(self._url, content=orjson.dumps(body))
            except httpx.HTTPError as error:
                if attempt == attempts:
                    raise StoreError(
                        f"D1 does not answer: check FLEET_STORE_URL ({type(error).__name__})"
                    ) from None
            else:
                busy = reply.status_code == TOO_MANY or reply.status_code >= SERVER_ERROR
                if not busy or attempt == attempts:
                    return reply
            time.sleep(PAUSE_S * attempt)
        raise StoreError("D1 was not asked")


def open_d1(url: sa.URL) -> D1Store:
    """Open `d1://account:token@host[:port]/database[?scheme=http]`."""
    if not (url.username and url.password and url.host and url.database):
        raise InputError("FLEET_STORE_URL: give d1://account:token@host/database")
    scheme = str(url.query.get("scheme", "https"))
    host = f"{url.host}:{url.port}" if url.port else url.host
    path = f"client/v4/accounts/{url.username}/d1/database/{url.database}/query"
    return D1Store(f"{scheme}://{host}/{path}", url.password)


def _plans(statement: Any) -> Iterator[Wire]:
    if not isinstance(statement, Many):
        yield _wire(statement)
        return
    if not statement.rows:
        return
    columns = [statement.table.c[name] for name in statement.rows[0]]
    names = ", ".join(f'"{column.name}"' for column in columns)
    parts = ", ".join(f"value->>{n}" for n in range(len(columns)))
    tail = " ON CONFLICT DO NOTHING" if statement.skip_known else ""
    sql = (
        f'INSERT INTO "{statement.table.name}" ({names}) '
        f"SELECT {parts} FROM json_each(?) WHERE true{tail}"
    )
    encode = [column.type.dialect_impl(DIALECT).bind_processor(DIALECT) for column in columns]
    rows = [
        orjson.dumps([f(v) if f else v for f, v in zip(encode, row.values(), strict=True)]).decode()
        for row in ({c.key: row[c.key] for c in columns} for row in statement.rows)
    ]
    for chunk in _chunks(rows):
        yield {"sql": sql, "params": [f"[{','.join(chunk)}]"]}, {}


def _chunks(rows: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for row in rows:
        length = len(row.encode()) + 1
        if chunk and size + length > BULK_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += length
    yield chunk


def _wire(statement: Any) -> Wire:
    if isinstance(statement, str):
        return {"sql": statement}, {}
    if isinstance(statement, sa.schema.ExecutableDDLElement):
        return {"sql": str(statement.compile(dialect=DIALECT))}, {}
    given, how = None, {}
    if isinstance(statement, Bound):
        given, how = dict(statement.values), {"column_keys": list(statement.values)}
        statement = statement.prepared.statement
    compiled: Any = statement.compile(dialect=DIALECT, **how)
    values = compiled.construct_params(given, escape_names=False) | _defaults(compiled)
    sql, order, encode = widened(compiled, values)
    columns = compiled._result_columns  # noqa: SLF001  # no public form exists
    decode = {column.keyname: _decoder(column.type) for column in columns}
    params = [encode[name](values[name]) if name in encode else values[name] for name in order]
    return {"sql": sql, "params": params}, decode


def _defaults(compiled: Any) -> dict[str, Any]:
    """Return the scalar defaults that an engine would fill in as it executes."""
    if not getattr(compiled, "isinsert", False):
        return {}
    return {
        column.key: default_of(column)
        for column in compiled.insert_prefetch
        if column.key in compiled.params
    }


def _decoder(kind: Any) -> Callable[[Any], Any]:
    processor = kind.dialect_impl(DIALECT).result_processor(DIALECT, None)
    if processor:
        return processor  # type: ignore[no-any-return]  # SQLAlchemy leaves it untyped
    if isinstance(kind, sa.Integer):
        return lambda value: None if value is None else int(value)
    return lambda value: value


def _result(item: Mapping[str, Any], decode: Mapping[str, Callable[[Any], Any]]) -> Result:
    rows = [
        {name: decode[name](value) if name in decode else value for name, value in row.items()}
        for row in item["results"]
    ]
    return Result(rows, int(item["meta"]["changes"]))


def _merge(results: Sequence[Result]) -> Result:
    rows = [row for result in results for row in result.rows]
    return Result(rows, sum(result.changes for result in results))


def _refuse(message: str) -> None:
    if "constraint" in message.lower():
        raise WriteConflict(f"the store refused the batch: {message}")
    raise StoreError(f"D1 refused the statement: {message}")
