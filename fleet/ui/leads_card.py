"""One lead: what to do next, the rows that lead there, and what its chance is made of."""

from typing import Any

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.recommending import recommend
from fleet.errors import FleetError
from fleet.runtime.lead_reasons import Reasons, lead_reasons
from fleet.runtime.scoring_draft import draft_first_mail
from fleet.ui import leads_path, leads_words, resources, svg, theme
from fleet.ui.untrusted import escaped, plain

SHOWN = 4  # recommendations looked up


def why(row: dict[str, Any]) -> str:
    """Return what weighs most, in a few words: the mail first, then the strongest raise."""
    if row["intent"] is not None and row["intent_label"] in ("hot", "interested"):
        return {"hot": "Newest mail wants to buy"}.get(
            row["intent_label"], "Newest mail is interested"
        )
    factors = (row["detail"] or {}).get("factors", [])
    raised = next((f for f in factors if f["effect"] > 0), None)
    chosen = raised or next(iter(factors), None)
    if chosen is None:
        return "Base rate only"
    return plain(
        ("" if raised else "But: ") + leads_words.phrase(chosen["feature"], chosen["value"])
    )


def next_step(row: dict[str, Any], wait_below: float) -> str:
    """Return what to do with a lead, in two words."""
    if row["draft_id"]:
        return "Reply waits"
    if row["high"] - row["low"] > svg.WIDE:
        return "Ask first"
    return "Wait" if row["value"] < wait_below else "Contact"


def show(lead: dict[str, Any]) -> None:
    """Draw the card of one lead."""
    fleet = resources.fleet()
    try:
        answer = recommend(
            fleet.store, ("contacts", lead["id"]), fleet.policies, SystemClock().now(), kind=None,
            k=SHOWN,
        )  # fmt: skip
    except FleetError as error:
        theme.note(f"The paths cannot be read: {escaped(str(error))}")
        return
    with st.container(border=True, gap="small"):
        _head(lead, answer)
        found, reasons = answer["recommendations"], lead_reasons(fleet, lead)
        chance = "Why no chance" if lead["value"] is None else f"Why {lead['value']:.2f}"
        rest = found if reasons else found[1:]
        more = f"{'What next' if reasons else 'Other paths'}, {len(rest)}"
        path, others, because = st.tabs(["Path", more, chance])
        with path:
            if reasons:
                item = {"path": list(reasons.path)}
                leads_path.draw(item, "main", lead_id=lead["id"], words=_worth(reasons))
            elif found:
                leads_path.draw(found[0], "main", lead_id=lead["id"])
            else:
                theme.note(_no_path(answer))
        with others:
            for place, item in enumerate(rest, 1):
                leads_path.draw(item, f"other {place}", lead_id=lead["id"])
            if not rest:
                theme.note("No other row can be reached over keys from here.")
        with because:
            _because(lead)


def _worth(reasons: Reasons) -> str:
    """Return in words what each row of the path is worth to the lead's place."""
    kept, moved = [], []
    for step in reasons.without:
        row = "without " + escaped(f"{step['table']}:{step['id']}", 60)
        if step["rank"] == reasons.rank:
            kept.append(row)
        else:
            place = leads_words.ordinal(step["rank"])
            moved.append(f"{row} it ranks {place}, at {step['chance']:.2f}")
    if kept:
        moved.append(f"{' or '.join(kept)} it keeps that place")
    tail = "; ".join(moved) or "no row of this path is among what the model reads"
    return f"Ranks {leads_words.ordinal(reasons.rank)}. Take a hop away: {tail}."


def _head(lead: dict[str, Any], answer: dict[str, Any]) -> None:
    title, act = st.columns([3.4, 1], vertical_alignment="top")
    with title:
        st.subheader(f"{escaped(lead['name'], 80)}: {_aim(answer)}", anchor=False)
        _badges(lead, answer)
    with act, st.container(horizontal=True, horizontal_alignment="right"):
        if lead["draft_id"]:
            if st.button("Open the draft", type="primary", icon=":material/rule:"):
                st.switch_page("pages/approvals.py", query_params={"item": lead["draft_id"]})
        elif st.button("Draft a mail", type="primary", icon=":material/edit:"):
            _draft(lead)


def _aim(answer: dict[str, Any]) -> str:
    found = answer["recommendations"]
    if not found:
        return "nothing to recommend"
    target = found[0]["target"]
    return {
        "opportunities": "move this deal next", "companies": "look at this account next",
        "contacts": "talk to this contact next",
    }[target["table"]]  # fmt: skip


def _badges(lead: dict[str, Any], answer: dict[str, Any]) -> None:
    looked, found = answer["looked_at"], answer["recommendations"]
    hops = sum(len(item["path"]) - 1 for item in found)
    with st.container(horizontal=True, gap="xsmall"):
        if lead["value"] is None:
            theme.badge(theme.UNKNOWN, "No open deal: no chance given")
        elif lead["method"] == "trained":
            theme.badge(theme.METHODS["trained"], f"Trained, {_version(lead)}")
        elif (lead["detail"] or {}).get("factors"):
            theme.badge(theme.METHODS["rules"], "A rule over one column")
        else:
            theme.badge(theme.METHODS["rules"], "Base rate: no usable signal")
        if hops:
            theme.badge(
                theme.SUPPORTED, f"All {hops} hops are rows" if hops > 1 else "The hop is a row"
            )
        st.badge(f"{looked['rows']} rows, {looked['edges']} edges read", color="gray")
        if looked["capped"]:
            st.badge(f"{len(looked['capped'])} hubs cut", color="gray")
        if answer["dropped"]:
            st.badge(f"{len(answer['dropped'])} dropped: {_reasons(answer)}", color="gray")


def _version(lead: dict[str, Any]) -> str:
    return escaped(str((lead["detail"] or {}).get("model_version") or "unknown"), 7)


def _reasons(answer: dict[str, Any]) -> str:
    return ", ".join(dict.fromkeys(item["reason"] for item in answer["dropped"]))


def _no_path(answer: dict[str, Any]) -> str:
    if answer["dropped"]:
        return f"Every path was dropped: {_reasons(answer)}."
    return "No account, contact or open deal is joined to this contact by a key."


def _draft(lead: dict[str, Any]) -> None:
    try:
        draft_id = draft_first_mail(resources.fleet(), lead["id"], actor=resources.actor())
    except FleetError as error:
        st.toast(str(error))
        return
    st.switch_page("pages/approvals.py", query_params={"item": draft_id})


def _because(lead: dict[str, Any]) -> None:
    detail = lead["detail"]
    if detail is None:
        theme.note("A chance is given to contacts with an open deal; this one has none.")
        return
    theme.note(
        f"**{lead['value']:.2f}**, {lead['low']:.2f} to {lead['high']:.2f} · scored "
        f"{lead['recorded_at'][:16].replace('T', ' ')} · about opportunities:"
        f"{escaped(detail.get('opportunity_id'), 60)}"
    )
    rows = [
        {
            "Because of": escaped(leads_words.phrase(item["feature"], item["value"]), 90),
            "Effect": f"{'raises' if item['effect'] > 0 else 'lowers'} {item['effect']:+.2f}",
        }
        for item in detail.get("factors") or ()
    ] + [
        {"Because of": f"{escaped(name, 60)}: unknown", "Effect": "not used"}
        for name in detail.get("missing") or ()
    ]  # fmt: skip
    if rows:
        st.table(rows)
    theme.note(
        "Effects are log odds against an average deal. An unknown value widens the interval and "
        "moves no score."
    )
