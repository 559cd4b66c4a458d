"""The context of a run, from rows: ids, versions, flags and codes; no text of anybody in it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fleet.intent.score import IntentPolicy, score_keywords
from fleet.mailbox.opt_out import detect_opt_out
from fleet.orchestrator.rdav.hostile import is_hostile
from fleet.orchestrator.rdav.values import GRAPH, VERSION, digest

DEAL_KEYS = ("stage", "amount", "expected_close", "opened_at")


def build_context(rows: Mapping[str, Any], intent: IntentPolicy, now: datetime) -> dict[str, Any]:
    """Return what planner, check and gate see of one contact; `rows` is as the store reads it."""
    contact = rows["contact"]
    mails = {mail["id"]: _mail(mail, rows, intent) for mail in rows["mails"]}
    deals = {
        deal["id"]: {key: deal[key] for key in DEAL_KEYS} | {"open": deal["outcome"] is None}
        for deal in rows["deals"]
    }
    ids = {
        "contacts": [contact["id"]], "emails": list(mails), "opportunities": list(deals),
        "campaigns": sorted(rows["campaigns"]),
    }  # fmt: skip
    return {
        "contact": {"id": contact["id"], "owner_id": contact["owner_id"]},
        "company_id": contact["company_id"],
        "world": _world(rows, mails),
        "ids": ids,
        "refs": _refs(ids, contact, mails),
        "versions": _versions(rows),
        "mails": mails,
        "deals": deals,
        "drafts": sorted(rows["drafts"]),
        "mailed": rows["outbound"] is not None,
        "quiet_days": _days_since(rows["last_mail"], now),
        "opens_account": rows["opens_account"],
        "history": dict(rows["history"]),
        "settled": rows["settled"],
        "today": now.date().isoformat(),
    }


def trigger_of(context: Mapping[str, Any], look_again_days: int) -> str:
    """Name what a run is about: the same state of the world gives the same run, found again.

    What the run itself changes is not part of it; a person's decision, a mail, or time is.
    """
    world = context["world"]
    day = datetime.fromisoformat(context["today"]).toordinal()
    flags = [world[name] for name in ("suppressed", "opted_out", "do_not_contact", "halted")]
    return digest(
        [
            GRAPH, VERSION, flags, world["inbound"], world["address"], context["settled"],
            sorted(context["deals"]), day // look_again_days,
        ]
    )[:16]  # fmt: skip


def _mail(mail: Mapping[str, Any], rows: Mapping[str, Any], intent: IntentPolicy) -> dict[str, Any]:
    text = f"{mail['subject']}\n{mail['reply']}"
    stored = rows["scores"].get(mail["id"])
    guess = score_keywords(mail["subject"], mail["reply"], intent)
    email = (rows["contact"]["email"] or "").strip().lower()
    return {
        "kind": mail["kind"],
        "at": mail["at"],
        "thread_id": mail["thread_id"],
        "label": stored["label"] if stored else guess.label,
        "score_confidence": stored["confidence"] if stored else None,
        "scored": stored is not None,
        "hostile": is_hostile(text) or is_hostile(mail["body"]),
        "from_contact": bool(email) and mail["from_address"].strip().lower() == email,
        "opt_out": detect_opt_out(mail["subject"], mail["reply"]) is not None,
    }


def _world(rows: Mapping[str, Any], mails: Mapping[str, Any]) -> dict[str, Any]:
    contact = rows["contact"]
    asked = rows["opted_out"] or any(mail["opt_out"] for mail in mails.values())
    suppressed = rows["suppressed"]
    if suppressed is False and any(mail["kind"] == "bounce" for mail in mails.values()):
        suppressed = True  # until the inbox has read it, the address counts as lost
    return {
        "address": bool(contact["email"]),
        "suppressed": suppressed,
        "opted_out": asked,
        "do_not_contact": contact["do_not_contact"],
        "halted": rows["halted"],
        "replied": rows["inbound_at"] is not None
        and (rows["outbound"] is None or rows["inbound_at"] > rows["outbound"]),
        "inbound": rows["inbound"],
    }


def _refs(
    ids: Mapping[str, list[str]], contact: Mapping[str, Any], mails: Mapping[str, Any]
) -> list[str]:
    refs = [f"{table}:{row_id}" for table, known in ids.items() for row_id in known]
    refs += [f"scores:intent:{mail_id}" for mail_id in mails]
    return [*refs, f"companies:{contact['company_id']}"] if contact["company_id"] else refs


def _versions(rows: Mapping[str, Any]) -> dict[str, int]:
    contact = rows["contact"]
    found = {f"contacts:{contact['id']}": contact["row_version"]}
    found |= {f"opportunities:{deal['id']}": deal["row_version"] for deal in rows["deals"]}
    return found


def _days_since(at: str | None, now: datetime) -> int | None:
    return (now - datetime.fromisoformat(at)).days if at else None
