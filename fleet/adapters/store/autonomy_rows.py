"""What the autonomy gate reads and keeps: waiting drafts, its verdicts, and people beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.played import of_versions
from fleet.adapters.store.schema import contacts, decisions, drafts, emails, scores
from fleet.adapters.store.statements import many
from fleet.ports import Store

KIND = "autonomy"
OPEN = ("pending",)
HUMAN = ("approve", "edit", "reject")
BACK = ("undo", "reopen")
HASH_CHARS = 16


def verdict_id(draft_id: str, text_hash: str) -> str:
    """Return the one id that the gate's verdict on one exact text has."""
    return f"{KIND}:{draft_id}:{text_hash[:HASH_CHARS]}"


def unjudged(store: Store, graph: str, version: str, limit: int) -> list[dict[str, Any]]:
    """Return waiting drafts of a version whose present text has no verdict, in queue order."""
    own = KIND + ":" + drafts.c.id + ":" + sa.func.substr(drafts.c.text_hash, 1, HASH_CHARS)
    known = sa.exists(sa.select(scores.c.id).where(scores.c.id == own))
    query = (
        sa.select(drafts)
        .where(
            drafts.c.graph == graph, drafts.c.graph_version == version,
            drafts.c.status.in_(OPEN), ~known,
        )
        .order_by(drafts.c.priority, drafts.c.id)
        .limit(limit)
    )  # fmt: skip
    return store.read(query)


def save_verdicts(store: Store, rows: Sequence[Mapping[str, Any]], *, actor: str, at: str) -> None:
    """Keep verdicts with one audit entry; one that is known already stays as it was."""
    if not rows:
        return
    payload = {
        "verdicts": [
            {"id": row["id"], "answer": row["label"], "text_hash": row["detail"]["text_hash"]}
            for row in rows
        ]
    }
    entry = Entry(at, actor, "autonomy.judge", f"scores:{rows[0]['id']}", payload)
    write_audited(store, [many(scores, rows, skip_known=True)], [entry])


def contact_row(store: Store, contact_id: str | None) -> dict[str, Any] | None:
    """Return a contact's row, or None."""
    if contact_id is None:
        return None
    rows = store.read(sa.select(contacts).where(contacts.c.id == contact_id))
    return rows[0] if rows else None


def wrote_since(store: Store, contact_id: str, since: str) -> bool:
    """Whether a contact wrote anything after a time."""
    e = emails.c
    later = (e.contact_id == contact_id) & (e.direction == "in") & (e.at > since)
    return bool(store.read(sa.select(e.id).where(later).limit(1)))


def beside_people(
    store: Store, graph: str, version: str, since: str | None = None
) -> list[dict[str, Any]]:
    """Return verdicts and human decisions on the same text, newest decision first.

    Keys: `draft_id, composite, raw, approves, sampled, human, reason_code, is_canary, actor, at`.
    """
    query = (
        sa.select(
            scores.c.id, scores.c.value, scores.c.detail, drafts.c.id.label("draft_id"),
            drafts.c.is_canary,
        )
        .select_from(scores.join(drafts, drafts.c.id == scores.c.subject_id))
        .where(
            scores.c.kind == KIND, scores.c.subject_table == "drafts", drafts.c.graph == graph,
            drafts.c.graph_version == version,
        )
    )  # fmt: skip
    if since is not None:
        query = query.where(scores.c.recorded_at >= since)
    judged = {(row["draft_id"], row["detail"]["text_hash"]): row for row in store.read(query)}
    found = []
    for key, last in _standing(store, graph, version, since).items():
        row = judged.get(key)
        if row is None:
            continue
        found.append(
            {
                "draft_id": row["draft_id"], "composite": row["value"],
                "raw": row["detail"].get("raw"), "approves": bool(row["detail"]["approves"]),
                "sampled": bool(row["detail"].get("sampled")), "human": last["action"],
                "reason_code": last["reason_code"], "is_canary": row["is_canary"],
                "actor": last["actor"], "at": last["at"],
            }
        )  # fmt: skip
    return sorted(found, key=lambda row: (row["at"], row["draft_id"]), reverse=True)


def human_acts(
    store: Store, graph: str | None = None, version: str | None = None,
    played: bool | None = None,
) -> list[Any]:  # fmt: skip
    """Return every decision of a person with what the gate thought of that text, in time order.

    With `played` those on drafts of simulated versions only, or without them.
    """
    d = decisions.c
    query = (
        sa.select(
            d.draft_id, d.action, d.actor, d.seconds_on_item, d.text_hash, d.at,
            drafts.c.is_canary, scores.c.detail,
        )
        .select_from(
            decisions.join(drafts, drafts.c.id == d.draft_id).outerjoin(
                scores,
                scores.c.id
                == KIND + ":" + d.draft_id + ":" + sa.func.substr(d.text_hash, 1, HASH_CHARS),
            )
        )
        .where(d.action.in_(HUMAN), d.is_machine == sa.false())
        .order_by(d.at, d.id)
    )  # fmt: skip
    if graph is not None:
        query = query.where(drafts.c.graph == graph, drafts.c.graph_version == version)
    if played is not None:
        query = query.where(of_versions(drafts.c.graph_version, played=played))
    return [
        row | {"gate": None if row["detail"] is None else bool(row["detail"]["approves"])}
        for row in store.read(query)
    ]


def _standing(
    store: Store, graph: str, version: str, since: str | None
) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the human decision that stands on each (draft, text hash), made since a time."""
    d = decisions.c
    query = (
        sa.select(d.draft_id, d.action, d.reason_code, d.text_hash, d.actor, d.at)
        .select_from(decisions.join(drafts, drafts.c.id == d.draft_id))
        .where(
            d.action.in_([*HUMAN, *BACK]), d.is_machine == sa.false(), drafts.c.graph == graph,
            drafts.c.graph_version == version,
        )
        .order_by(d.draft_id, d.at, d.id)
    )  # fmt: skip
    if since is not None:
        query = query.where(d.at >= since)
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for row in store.read(query):
        key = (row["draft_id"], row["text_hash"])
        if row["action"] in BACK:
            last.pop(key, None)
        else:
            last[key] = row
    return last
