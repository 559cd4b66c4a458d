"""The effect ledger: a row with a unique key before each effect, so that a repeat finds it.

A step may run twice; what it does outside must not. The row says `begun` before the effect and
`done` with its receipt after it. What is found `begun` was cut short: an effect that is safe to
repeat is done again, any other is in doubt, and a person must look.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.schema import effects
from fleet.adapters.store.statements import insert
from fleet.adapters.tracing_context import effect
from fleet.errors import EvidenceError, InputError
from fleet.policy import digest
from fleet.ports import Clock, Store

BEGUN, DONE = "begun", "done"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the effect returned, now or the first time; `repeated` when it was not done now."""

    value: Any
    repeated: bool


def once(
    store: Store, clock: Clock, key: str, kind: str, do: Callable[[], Any], *, run_id: str,
    content: Any = None, repeatable: bool = False, undone: tuple[type[Exception], ...] = (),
) -> Receipt:  # fmt: skip
    """Do an effect at most once under a key, and keep what it returned (a JSON value).

    Raises InputError when the key was used for another content, EvidenceError when an effect that
    is not `repeatable` was cut short. Only an error of `undone` proves that nothing happened: its
    row is taken back; any other error leaves the effect in doubt.
    """
    wanted = digest(content)
    row = {
        "id": key, "run_id": run_id, "kind": kind, "digest": wanted, "status": BEGUN,
        "created_at": stamp(clock.now()),
    }  # fmt: skip
    fresh = store.write(insert(effects).values(row).on_conflict_do_nothing())[0].changes
    if not fresh:
        known = store.read(sa.select(effects).where(effects.c.id == key))[0]
        if (known["kind"], known["digest"]) != (kind, wanted):
            raise InputError(f"effect {key!r} was begun with another content: use another key")
        if known["status"] == DONE:
            return Receipt(known["receipt"], True)
        if not repeatable:
            raise EvidenceError(
                f"effect {key!r} was cut short and nobody can tell whether it happened: "
                "look where it acts, then settle it"
            )
    try:
        with effect(kind, {"table": "effects", "id": key}):
            value = do()
    except undone:
        store.write(sa.delete(effects).where(effects.c.id == key, effects.c.status == BEGUN))
        raise
    store.write(
        sa.update(effects)
        .where(effects.c.id == key, effects.c.status == BEGUN)
        .values(status=DONE, receipt=value, done_at=stamp(clock.now()))
    )
    return Receipt(value, False)


def settle(store: Store, clock: Clock, key: str, receipt: Any) -> bool:
    """Say that an effect in doubt did happen; False when it was settled already."""
    done = sa.update(effects).where(effects.c.id == key, effects.c.status == BEGUN)
    values = {"status": DONE, "receipt": receipt, "done_at": stamp(clock.now())}
    return bool(store.write(done.values(**values))[0].changes)
