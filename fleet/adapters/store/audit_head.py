"""The end of the audit chain, kept twice beside it, so that entries cut from the end are missed.

One copy is a row of `controls`, moved in the batch that appends; the other is a file of the home,
written after. A copy moves on only from the end that it knows: after a cut it stays as evidence.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from fleet.adapters.store.statements import Bound, Prepared, insert
from fleet.adapters.store.trust_tables import audit_log, controls
from fleet.ports import Store

Head = tuple[int, str]  # number and hash of the newest entry
FILE = "audit-head.json"
NAME = "audit_head"
GENESIS = "0" * 64
START: Head = (0, GENESIS)


def _moved() -> Prepared:
    kind = controls.c.value.type
    fresh = insert(controls).from_select(
        ["name", "value", "at"],
        sa.select(
            sa.literal(NAME), sa.bindparam("head", type_=kind), sa.bindparam("moved", type_=sa.Text)
        ).where(audit_log.c.seq == sa.bindparam("last"), audit_log.c.hash == sa.bindparam("top")),
    )  # fmt: skip
    return Prepared(
        fresh.on_conflict_do_update(
            index_elements=[controls.c.name],
            set_={
                "value": fresh.excluded.value, "at": fresh.excluded.at,
                "row_version": controls.c.row_version + 1,
            },
            where=controls.c.value == sa.bindparam("before", type_=kind),
        )
    )  # fmt: skip


MOVED = _moved()
KEPT = Prepared(sa.select(controls.c.value).where(controls.c.name == NAME))
HASH_AT = Prepared(sa.select(audit_log.c.hash).where(audit_log.c.seq == sa.bindparam("number")))


class HeadFile:
    """The copy in a home folder, of one store (`url`)."""

    def __init__(self, home: Path, url: str) -> None:
        self.path = home / FILE
        self._store = hashlib.sha256(url.encode()).hexdigest()[:12]

    def read(self) -> Head | None:
        """Return the end that the file knows; None without one, or when it is another store's."""
        try:
            kept = orjson.loads(self.path.read_bytes())
            return (int(kept["seq"]), str(kept["hash"])) if kept["store"] == self._store else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def move(self, before: Head, head: Head, hash_at: Callable[[int], str | None]) -> None:
        """Go on to a new end, unless the log lost what the file knows; a full disk is no error."""
        known = self.read()
        if known not in (None, before) and (known[0] >= head[0] or hash_at(known[0]) != known[1]):
            return
        body = orjson.dumps({"seq": head[0], "hash": head[1], "store": self._store})
        fresh = self.path.with_name(f"{FILE}.{os.getpid()}.partial")
        try:
            fresh.write_bytes(body)
            fresh.replace(self.path)
        except OSError:  # the row in the store knows it too
            return

    def forget(self) -> None:
        """Drop the copy: the store was made anew."""
        self.path.unlink(missing_ok=True)


def move_statement(before: Head, head: Head, at: str) -> Bound:
    """Return what moves the row on, in the batch that appends up to `head` after `before`."""
    return MOVED(head=_value(head), before=_value(before), moved=at, last=head[0], top=head[1])


def move_file(store: Store, before: Head, head: Head) -> None:
    """Move the file of the store's home on, if it has one."""
    file: HeadFile | None = getattr(store, "head_file", None)
    if file is not None:
        file.move(before, head, lambda number: hash_at(store, number))


def kept_heads(store: Store) -> list[Head]:
    """Return the ends that the row and the file know, those that there are."""
    rows = store.read(KEPT())
    value = rows[0]["value"] if rows else None
    file: HeadFile | None = getattr(store, "head_file", None)
    heads = [(int(value["seq"]), str(value["hash"])) if value else None, file and file.read()]
    return [head for head in heads if head]


def hash_at(store: Store, number: int) -> str | None:
    """Return the hash of one entry, or None when it is not there."""
    rows = store.read(HASH_AT(number=number))
    return rows[0]["hash"] if rows else None


def _value(head: Head) -> dict[str, Any]:
    return {"hash": head[1], "seq": head[0]}
