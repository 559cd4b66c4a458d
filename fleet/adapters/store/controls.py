"""The kill switch and the suppression list: what no send may pass."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.schema import controls, suppression
from fleet.adapters.store.statements import Prepared, insert
from fleet.errors import InputError
from fleet.ports import Store

HALT = "halt"
LISTED = Prepared(
    sa.select(suppression.c.id)
    .where(suppression.c.address.in_([sa.bindparam("whole"), sa.bindparam("domain")]))
    .limit(1)
)
MAX_ADDRESS = 254  # RFC 5321


def normal_address(address: str) -> str:
    """Return an address as it is compared: trimmed, lower case, domain in IDNA.

    `@example.com` stands for the whole domain. Raises InputError when it is no address.
    """
    text = address.strip().lower()
    local, at, domain = text.rpartition("@")
    try:
        host = domain.encode("idna").decode()
    except UnicodeError:
        host = ""
    if not at or not host or len(text) > MAX_ADDRESS or any(c.isspace() for c in text):
        raise InputError(f"{address!r} is no mail address: write name@example.com or @example.com")
    return f"{local}@{host}"


def suppression_id(address: str, scope: str) -> str:
    """Return the one id that a suppressed address has in a scope."""
    return f"{scope}:{address}"


def suppress(
    store: Store, address: str, *, reason: str, origin: str, now: datetime, actor: str,
    scope: str = "all",
) -> bool:  # fmt: skip
    """Never write to an address (or a whole domain) again; False if it was so already."""
    normal = normal_address(address)
    at = stamp(now)
    row = {
        "id": suppression_id(normal, scope), "address": normal, "scope": scope, "reason": reason,
        "origin": origin, "at": at,
    }  # fmt: skip
    if is_suppressed(store, normal):
        return False
    statement = insert(suppression).values(row).on_conflict_do_nothing()
    entry = Entry(
        at, actor, "suppress", f"suppression:{row['id']}", {"reason": reason, "origin": origin}
    )
    mine = sa.select(suppression.c.id).where(suppression.c.id == row["id"], suppression.c.at == at)
    return write_audited(store, [statement], [entry], when=mine).recorded


def is_suppressed(store: Store, address: str) -> bool:
    """Whether an address, or its whole domain, must not be written to."""
    normal = normal_address(address)
    domain = "@" + normal.rpartition("@")[2]
    return bool(store.read(LISTED(whole=normal, domain=domain)))


def suppression_clause(address: Any) -> Any:
    """Return SQL that is true when the address column, or its domain, is suppressed.

    Not by LIKE: D1 refuses patterns over 50 bytes, and `_` in a domain would match any character.
    """
    lowered = sa.func.lower(sa.func.trim(address))
    listed = suppression.c.address
    start = sa.func.length(lowered) - sa.func.length(listed) + 1
    domain = (sa.func.substr(listed, 1, 1) == "@") & (sa.func.substr(lowered, start) == listed)
    # Two questions, so that the first is one look into the index.
    exactly = sa.exists(sa.select(suppression.c.id).where(listed == lowered))
    return exactly | sa.exists(sa.select(suppression.c.id).where(domain))


def halt(store: Store, reason: str, *, actor: str, now: datetime) -> None:
    """Stop all sends; idempotent."""
    _set(store, {"halted": True}, reason, actor, now, "halt")


def unhalt(store: Store, *, actor: str, now: datetime) -> None:
    """Allow sends again; idempotent."""
    _set(store, {"halted": False}, "released", actor, now, "unhalt")


def halt_state(store: Store) -> Mapping[str, Any] | None:
    """Return the halt row (`reason`, `actor`, `at`) while the fleet is halted, else None."""
    rows = store.read(sa.select(controls).where(controls.c.name == HALT))
    return rows[0] if rows and (rows[0]["value"] or {}).get("halted") else None


def is_halted(store: Store) -> bool:
    """Whether the kill switch is on."""
    return halt_state(store) is not None


def halted_clause() -> Any:
    """Return SQL that is true while the kill switch is on."""
    on = controls.c.value == {"halted": True}
    return sa.exists(sa.select(controls.c.name).where(controls.c.name == HALT, on))


def _set(
    store: Store, value: dict[str, bool], reason: str, actor: str, now: datetime, kind: str
) -> None:
    at = stamp(now)
    row = {"name": HALT, "value": value, "reason": reason, "actor": actor, "at": at}
    upsert = insert(controls).values(row)
    change = {key: upsert.excluded[key] for key in ("value", "reason", "actor", "at")}
    statement = upsert.on_conflict_do_update(
        index_elements=[controls.c.name], set_=change | {"row_version": controls.c.row_version + 1}
    )
    write_audited(store, [statement], [Entry(at, actor, kind, "controls:halt", {"reason": reason})])
