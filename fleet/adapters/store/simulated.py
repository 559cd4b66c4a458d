"""A simulated past in the store: its label, what may hold one, and the proofs that it is honest."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.sample_words import ORIGIN
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.grants import MACHINE, last_beat, read_history
from fleet.adapters.store.schema import (
    approvals,
    companies,
    contacts,
    controls,
    decisions,
    drafts,
    emails,
    gate_decisions,
    grants,
    outbox,
    runs,
)
from fleet.adapters.store.statements import insert
from fleet.domain.trust import SIMULATED_MAIL
from fleet.ports import Store
from fleet.release_gate.digest import digest_lines

NAME = "simulated"
PLACE = "simulated.place"  # how far an unfinished past has come


def read_simulated(store: Store) -> dict[str, Any] | None:
    """Return what the simulated past of a home is (`seed, days, scenario, version, …`), or None.

    For pages: where this is not None, everything of `version` is simulated.
    """
    found = store.read(sa.select(controls.c.value).where(controls.c.name == NAME))
    return dict(found[0]["value"]) if found else None


def save_simulated(store: Store, value: Mapping[str, Any], *, at: datetime) -> None:
    """Label a home as one with a simulated past, or keep how it ended."""
    row = {
        "name": NAME, "value": dict(value), "reason": "simulated past", "actor": "simulate",
        "at": stamp(at),
    }  # fmt: skip
    upsert = insert(controls).values(row)
    change = {key: upsert.excluded[key] for key in ("value", "at")}
    statement = upsert.on_conflict_do_update(index_elements=[controls.c.name], set_=change)
    told = {key: value[key] for key in ("seed", "days", "scenario", "version", "done")}
    entry = Entry(stamp(at), "simulate", NAME, f"controls:{NAME}", told)
    write_audited(store, [statement], [entry])


def keep_place(store: Store, place: Mapping[str, Any], *, at: datetime) -> None:
    """Remember how far the playing has come, so that a kill costs one round of one day."""
    row = {
        "name": PLACE, "value": dict(place), "reason": "how far the simulated past has come",
        "actor": "simulate", "at": stamp(at),
    }  # fmt: skip
    upsert = insert(controls).values(row)
    change = {key: upsert.excluded[key] for key in ("value", "at")}
    store.write(upsert.on_conflict_do_update(index_elements=[controls.c.name], set_=change))


def read_place(store: Store) -> dict[str, Any] | None:
    """Return what `keep_place` kept last, or None."""
    found = store.read(sa.select(controls.c.value).where(controls.c.name == PLACE))
    return dict(found[0]["value"]) if found else None


def drop_place(store: Store) -> None:
    """Forget the place of a past that was played to its end."""
    store.write(sa.delete(controls).where(controls.c.name == PLACE))


def simulated_mails(store: Store, version: str, *, unhandled: bool = False) -> list[dict[str, Any]]:
    """Return `{id, message_id}` of the mails that a version's customers wrote, in their order."""
    e = emails.c
    query = sa.select(e.id, e.message_id).where(
        e.direction == "in", e.message_id.startswith(message_prefix(version), autoescape=True)
    )
    if unhandled:
        query = query.where(e.handled_at.is_(None))
    return store.read(query.order_by(e.at, e.message_id))


def message_prefix(version: str) -> str:
    """Return how the Message-ID of every simulated mail to a version begins."""
    return f"{SIMULATED_MAIL}{version}-"


def count_day(store: Store, version: str, since: str, until: str) -> dict[str, int]:
    """Return what happened to a version from a time to before another one, read from the store."""
    d, e, x = drafts.c, emails.c, decisions.c
    made = sa.select(d.is_canary, sa.func.count().label("n")).where(
        d.graph_version == version, d.created_at >= since, d.created_at < until
    )
    acts = (
        sa.select(x.action, x.is_machine, sa.func.count().label("n"))
        .select_from(decisions.join(drafts, d.id == x.draft_id))
        .where(d.graph_version == version, x.at >= since, x.at < until)
        .group_by(x.action, x.is_machine)
    )
    wrote = sa.select(sa.func.count().label("n")).where(
        e.direction == "in", e.at >= since, e.at < until,
        e.message_id.startswith(message_prefix(version), autoescape=True),
    )  # fmt: skip
    by_kind = {bool(row["is_canary"]): row["n"] for row in store.read(made.group_by(d.is_canary))}
    by_act = {(row["action"], bool(row["is_machine"])): row["n"] for row in store.read(acts)}
    return {
        "mails": int(store.read(wrote)[0]["n"]), "drafts": by_kind.get(False, 0),
        "canaries": by_kind.get(True, 0), "approved": by_act.get(("approve", False), 0),
        "edited": by_act.get(("edit", False), 0), "rejected": by_act.get(("reject", False), 0),
        "machine_approved": by_act.get(("approve", True), 0),
        "recalled": sum(n for (act, _), n in by_act.items() if act == "recall"),
    }  # fmt: skip


def refusal(store: Store) -> str | None:
    """Say why no past may be simulated into this store; None when one may."""
    if read_simulated(store) is not None:
        return "it holds a simulated past already"
    if store.read(sa.select(grants.c.id).limit(1)) or last_beat(store) is not None:
        return "its monitor has run, or a version was granted a rung: that past is real"
    foreign = companies.c.origin.is_(None) | (companies.c.origin != ORIGIN)
    if store.read(sa.select(companies.c.id).where(foreign).limit(1)):
        return "it holds imported companies"
    sample = sa.select(controls.c.name).where(controls.c.name == "sample").limit(1)
    if not store.read(sample) and store.read(sa.select(contacts.c.id).limit(1)):
        return "it holds imported contacts"
    return None


def unapproved_sends(
    store: Store, graph: str, version: str, answering: tuple[str, ...]
) -> list[str]:
    """Return outbox ids of what was sent without an approval, or a grant, valid at that moment."""
    a, o = approvals.c, outbox.c
    query = (
        sa.select(
            o.id, o.sent_at, o.text_hash, o.recipient, a.actor, a.approved_at, a.voided_at,
            a.text_hash.label("approved_hash"), a.recipient.label("approved_for"),
        )
        .select_from(outbox.join(approvals, a.id == o.approval_id))
        .where(o.status == "sent", a.graph == graph, a.graph_version == version)
        .order_by(o.sent_at, o.id)
    )  # fmt: skip
    moves = read_history(store, graph, version)
    return [row["id"] for row in store.read(query) if not _is_covered(row, moves, answering)]


def _is_covered(row: Mapping[str, Any], moves: list[Any], answering: tuple[str, ...]) -> bool:
    at = row["sent_at"]
    bound = (row["text_hash"], row["recipient"]) == (row["approved_hash"], row["approved_for"])
    if not bound or row["approved_at"] > at or (row["voided_at"] or at) < at:
        return False
    if not row["actor"].startswith(MACHINE):
        return True
    before = [move for move in moves if move["at"] <= at]
    last = before[-1] if before else None
    return bool(last and last["to_rung"] in answering and (last["expires_at"] or "") > at)


def count_sends(
    store: Store, graph: str, version: str, since: str = "", until: str | None = None
) -> int:
    """Return how many messages of a version were sent since a time, and before another."""
    query = (
        sa.select(sa.func.count().label("n"))
        .select_from(outbox.join(approvals, approvals.c.id == outbox.c.approval_id))
        .where(
            outbox.c.status == "sent", outbox.c.sent_at >= since, approvals.c.graph == graph,
            approvals.c.graph_version == version,
        )
    )  # fmt: skip
    if until is not None:
        query = query.where(outbox.c.sent_at < until)
    return int(store.read(query)[0]["n"])


def unresolved_decisions(store: Store, graph: str, version: str) -> list[str]:
    """Return ids of recorded decisions whose digest or runs are not those that are stored."""
    import orjson

    g = gate_decisions.c
    wanted = sa.select(g.id, g.evidence, g.evidence_digest).where(
        g.artifact == graph, g.version == version
    )
    known = {
        row["id"]
        for row in store.read(
            sa.select(runs.c.id).where(runs.c.graph == graph, runs.c.graph_version == version)
        )
    }
    bad = []
    for row in store.read(wanted.order_by(g.decided_at, g.id)):
        lines = [line.encode() for line in row["evidence"]["verdicts"]]
        named = {orjson.loads(line)["run_id"] for line in lines}
        if digest_lines(lines) != row["evidence_digest"] or not named <= known:
            bad.append(row["id"])
    return bad
