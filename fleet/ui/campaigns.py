"""Campaigns: the funnel of each, its touches in time, and pause, resume or a new cadence."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fleet.adapters.store import campaign_reads as reads
from fleet.adapters.store import campaigns as rows
from fleet.errors import FleetError
from fleet.runtime import campaigns
from fleet.runtime.campaign_cadence import change_cadence
from fleet.ui import charts, resources, theme
from fleet.ui.untrusted import escaped, plain

WORDS = {
    "scheduled": "Asleep until due", "drafting": "Being drafted", "held": "Wait for approval",
    "approved": "Approved, leaving", "sent": "Sent", "skipped": "Skipped by a person",
    "stopped": "Stopped: they answered", "cancelled": "Cancelled",
}  # fmt: skip
ORDER = ("sent", "approved", "held", "drafting", "scheduled", "skipped", "stopped", "cancelled")
SHORT = {
    "sent": "sent", "approved": "approved", "held": "wait", "drafting": "drafted",
    "scheduled": "asleep", "skipped": "skipped", "stopped": "stopped", "cancelled": "cancelled",
}  # fmt: skip
BADGES = {"running": "OK", "paused": "HOLD", "finished": "INSUFFICIENT", "cancelled": "FAIL"}
DAYS = 90
SHOWN = 200


def show() -> None:
    """Draw the page."""
    found = rows.list_campaigns(resources.fleet().store)
    active = sum(row["status"] == "running" for row in found)
    st.title(_title(len(found), active))
    theme.note("Each touch is drafted when it is due, and waits for a person. A reply ends it all.")
    if not found:
        theme.note(
            "Plan one in the *Campaign room*, or let an approved plan of a contact start it."
        )
        return
    names = {row["id"]: f"{plain(row['name'])[:60]} ({row['status']})" for row in found}
    asked = st.query_params.get("id")
    chosen = st.selectbox(
        "Campaign", list(names), format_func=names.__getitem__, key="campaigns.id",
        index=list(names).index(asked) if asked in names else 0, label_visibility="collapsed",
    )  # fmt: skip
    st.query_params["id"] = str(chosen)
    row = rows.read_campaign(resources.fleet().store, str(chosen))
    counts = rows.funnel(resources.fleet().store, row["id"])
    _head(row, counts)
    left, right = st.columns([1.4, 1], gap="medium")
    with left:
        _funnel(row, counts)
        _next(row)
    with right:
        _plan(row)


def _title(total: int, active: int) -> str:
    if not total:
        return "No campaign yet"
    return "1 campaign runs" if active == 1 else f"{active} campaigns run"


def _head(row: dict[str, Any], counts: dict[str, int]) -> None:
    source = row["plan_source"]
    made = "Panel" if source == "panel" else "Constant drip, nobody deliberated it"
    st.markdown(
        f"{theme.verdict(BADGES.get(row['status'], 'INSUFFICIENT'), row['status'])} "
        f":gray-badge[:material/forum: {escaped(made)}] "
        f":small[:gray[{counts['contacts']} contacts, begun {row['created_at'][:10]} by "
        f"{escaped(row['created_by'] or 'nobody')}]]"
    )
    fleet, actor = resources.fleet(), resources.actor()
    acts = {
        "Pause": (row["status"] == "running", campaigns.pause_campaign),
        "Resume": (row["status"] == "paused", campaigns.resume_campaign),
        "Cancel": (row["status"] in ("running", "paused"), campaigns.cancel_campaign),
    }
    with st.container(horizontal=True, gap="xsmall"):
        for name, (allowed, act) in acts.items():
            if st.button(name, disabled=not allowed):
                try:
                    act(fleet, row["id"], actor=actor)
                    st.rerun()
                except FleetError as error:
                    st.toast(str(error))


def _funnel(row: dict[str, Any], counts: dict[str, int]) -> None:
    st.subheader("How far the sequences came", anchor=False)
    by_touch = reads.touch_counts(resources.fleet().store, row["id"])
    if not by_touch:
        theme.note("○ No touch yet.")
        return
    sent, answered = counts["sent"], counts.get("stopped:replied", 0)
    theme.note(
        f"{counts['contacts']:,} contacts, {counts['held'] + counts['approved']:,} drafts wait, "
        f"{sent:,} mails sent, {answered:,} answered."
    )
    days = {touch["index"]: touch["day_offset"] for touch in row["plan"]["touches"]}
    charts.show(
        funnel_figure(by_touch, days), key="funnel", alt="Touches by their number and state"
    )
    stops = {k.partition(":")[2]: n for k, n in counts.items() if k.startswith("stopped:")}
    if stops:
        said = ", ".join(f"{escaped(str(why))} {n}" for why, n in sorted(stops.items()))
        theme.note(f"Sequences stopped: {said}.")


def funnel_figure(by_touch: list[dict[str, Any]], days: dict[int, int]) -> go.Figure:
    """Draw a bar a touch, divided by state: what is done first, what is still to come last."""
    ink = charts.palette()
    hues = {
        "sent": (ink.data, ink.page), "approved": (ink.interval, ink.text),
        "held": (ink.hold, ink.page), "drafting": (ink.interval, ink.text),
        "scheduled": (ink.track, ink.mute), "skipped": (ink.grid, ink.mute),
        "stopped": (ink.thin, ink.page), "cancelled": (ink.grid, ink.mute),
    }  # fmt: skip
    names = {
        n: f"{n}. day {days[n]}" if n in days else f"{n}."
        for n in sorted({r["position"] for r in by_touch})
    }
    figure = go.Figure()
    for state in ORDER:
        found = {row["position"]: row["n"] for row in by_touch if row["status"] == state}
        if not found:
            continue
        fill, text = hues[state]
        figure.add_bar(
            x=[found.get(n, 0) for n in names], y=list(names.values()), orientation="h", width=0.62,
            marker={"color": fill, "line": {"width": 0}}, textposition="inside",
            insidetextanchor="middle", textfont={"color": text},
            text=[f"{found[n]:,} {SHORT[state]}" if n in found else "" for n in names],
            hovertemplate=f"%{{x}} {SHORT[state]}<extra></extra>",
        )  # fmt: skip
    charts.styled(figure, height=40 + 38 * len(names), left=70, right=8, top=6, bottom=6)
    figure.update_layout(barmode="stack")
    figure.update_xaxes(visible=False)
    figure.update_yaxes(autorange="reversed")
    return figure


def _next(row: dict[str, Any]) -> None:
    """List the touches that come next, the first due above."""
    st.subheader("What comes next", anchor=False)
    coming = reads.next_touches(resources.fleet().store, row["id"], SHOWN)
    if not coming:
        theme.note("○ Nothing: every sequence has ended.")
        return
    st.dataframe(
        [
            {
                "Due": touch["due_at"][:16].replace("T", " "), "#": touch["position"],
                "Contact": plain(touch["name"])[:40], "State": WORDS[touch["status"]],
                "Angle": plain(touch["angle"] or "introduction")[:60],
            }
            for touch in coming
        ],
        hide_index=True, key="next", height=300, alt="The touches that come next",
    )  # fmt: skip


def _plan(row: dict[str, Any]) -> None:
    st.subheader("The plan", anchor=False)
    touches = row["plan"]["touches"]
    st.dataframe(
        [
            {
                "#": touch["index"], "Day": touch["day_offset"], "Channel": touch["channel"],
                "Angle": plain(touch["angle"] or "introduction")[:80],
            }
            for touch in touches
        ],
        hide_index=True, key="plan", alt="The touches of the plan",
    )  # fmt: skip
    if row["status"] not in ("running", "paused"):
        return
    with st.expander("Change the cadence"):
        gap = st.number_input("Days between touches", 1, DAYS // max(1, len(touches)), 7)
        new = row["plan"] | {
            "touches": [t | {"day_offset": n * int(gap)} for n, t in enumerate(touches)]
        }
        try:
            seen = change_cadence(
                resources.fleet(), row["id"], new, actor=resources.actor(), apply=False
            )
            theme.note(
                f"{seen['moved']} touches move, {len(seen['recalled'])} drafts are recalled, "
                f"{seen['added']} added, {seen['removed']} removed. What was sent stays."
            )
            _recalled(seen["recalled"])
            if st.button("Change it"):
                change_cadence(
                    resources.fleet(), row["id"], new, actor=resources.actor(), apply=True
                )
                st.rerun()
        except FleetError as error:
            st.markdown(f":red[{escaped(str(error), 300)}]")


def _recalled(found: list[dict[str, Any]]) -> None:
    """List the drafts that the change takes back, before it does."""
    if not found:
        return
    shown = found[:SHOWN]
    names = reads.contact_names(resources.fleet().store, [row["contact_id"] for row in shown])
    st.dataframe(
        [
            {
                "Recalled": plain(names.get(row["contact_id"]) or row["contact_id"])[:40],
                "Why": row["why"],
            }
            for row in shown
        ],
        hide_index=True, key="recalled", height=180, alt="The drafts that would be recalled",
    )  # fmt: skip
