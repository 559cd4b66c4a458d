"""Panels as they were held: the brief, the answer, and every note it can be replayed from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.store.audit import Entry, write_audited
from fleet.adapters.store.schema import companies, contacts, panels
from fleet.adapters.store.statements import many
from fleet.errors import RowNotFound
from fleet.ports import Store

LIST_LIMIT = 100
PROVENANCE = (
    "confidence", "reason", "source", "evidence", "model", "prompt_digest", "policy_digest",
    "code_version",
)  # fmt: skip


def save_panel(
    store: Store, brief: Mapping[str, Any], answer: Mapping[str, Any],
    notes: Sequence[Mapping[str, Any]], *, now: datetime, actor: str,
) -> dict[str, Any]:  # fmt: skip
    """Keep a panel once; the same brief and notes again change nothing. Returns what is kept."""
    panel_id = answer["id"]
    known = store.read(sa.select(panels.c.id).where(panels.c.id == panel_id))
    if not known:
        provenance = answer["provenance"]
        row = {
            "id": panel_id, "brief": brief, "result": {"answer": answer, "notes": list(notes)},
            "status": status_of(answer), "created_at": stamp(now), "recorded_at": stamp(now),
        } | {key: provenance.get(key) for key in PROVENANCE}  # fmt: skip
        digests = {
            "source": answer["source"],
            "transcript_digest": provenance["transcript_digest"],
            "policy_digest": provenance["policy_digest"],
        }
        entry = Entry(now, actor, "panel", f"panels:{panel_id}", digests)
        fresh = sa.select(panels.c.id).where(
            panels.c.id == panel_id, panels.c.created_at == row["created_at"]
        )
        write_audited(store, [many(panels, [row], skip_known=True)], [entry], when=fresh)
    return load_panel(store, panel_id)


def load_panel(store: Store, panel_id: str) -> dict[str, Any]:
    """Return `{id, brief, answer, notes, status, created_at}`; raises RowNotFound."""
    rows = store.read(sa.select(panels).where(panels.c.id == panel_id))
    if not rows:
        raise RowNotFound("panels", panel_id)
    row = rows[0]
    kept = {key: row[key] for key in ("id", "brief", "status", "created_at")}
    return kept | {"answer": row["result"]["answer"], "notes": row["result"]["notes"]}


def list_panels(store: Store, limit: int = LIST_LIMIT) -> list[dict[str, Any]]:
    """Return `{id, brief, status, created_at}`, newest first."""
    c = panels.c
    query = sa.select(c.id, c.brief, c.status, c.created_at)
    return store.read(query.order_by(c.created_at.desc(), c.id).limit(limit))


def status_of(answer: Mapping[str, Any]) -> str:
    """Return `converged`, or `fallback` when the default drip stands in."""
    return "converged" if answer["source"] == "panel" else "fallback"


def segment_values(store: Store) -> dict[str, list[str]]:
    """Return `{industry, country}`: the values a campaign's contacts can be chosen by."""
    return {
        "industry": _values(store, companies.c.industry),
        "country": _values(store, contacts.c.country),
    }


def segment_contacts(
    store: Store, *, industry: str | None = None, country: str | None = None, limit: int
) -> list[str]:
    """Return ids of contacts with an address who may be written to, in the order of their ids."""
    query = (
        sa.select(contacts.c.id)
        .select_from(contacts.outerjoin(companies, contacts.c.company_id == companies.c.id))
        .where(contacts.c.email.is_not(None), contacts.c.do_not_contact == sa.false())
    )
    if industry:
        query = query.where(companies.c.industry == industry)
    if country:
        query = query.where(contacts.c.country == country)
    return [row["id"] for row in store.read(query.order_by(contacts.c.id).limit(limit))]


def _values(store: Store, column: sa.Column[Any]) -> list[str]:
    query = sa.select(column.label("value")).where(column.is_not(None)).distinct()
    return [row["value"] for row in store.read(query.order_by("value").limit(LIST_LIMIT))]
