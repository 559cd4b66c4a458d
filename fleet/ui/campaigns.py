"""Campaigns: the funnel of each, its touches in time, and pause, resume or a new cadence."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fleet.adapters.store import campaigns as rows
from fleet.errors import FleetError
from fleet.runtime import campaigns
from fleet.runtime.campaign_cadence import change_cadence
from fleet.ui import charts, resources, theme
from fleet.ui.untrusted import escaped, plain

STATES = ("scheduled", "drafting", "held", "approved", "sent", "skipped", "stopped", "cancelled")
WORDS = {
    "scheduled": "Asleep until due", "drafting": "Being drafted", "held": "Wait for approval",
    "approved": "Approved, leaving", "sent": "Sent", "skipped": "Skipped by a person",
    "stopped": "Stopped: they answered", "cancelled": "Cancelled",
}  # fmt: skip
BADGES = {"running": "OK", "paused": "HOLD", "finished": "INSUFFICIENT", "cancelled": "FAIL"}
DAYS = 90


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
        _funnel(counts)
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


def _funnel(counts: dict[str, int]) -> None:
    st.subheader("Touches by state", anchor=False)
    ink = charts.palette()
    names = [WORDS[state] for state in STATES if counts[state]]
    values = [counts[state] for state in STATES if counts[state]]
    if not values:
        theme.note("○ No touch yet.")
        return
    figure = go.Figure()
    figure.add_bar(
        x=values, y=names, orientation="h", marker={"color": ink.data}, width=0.6,
        text=[f"{value:,}" for value in values], textposition="outside", cliponaxis=False,
        hoverinfo="skip",
    )  # fmt: skip
    charts.styled(figure, height=60 + 34 * len(values), left=170, right=50)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(autorange="reversed")
    charts.show(figure, key="funnel", alt="How many touches stand in each state")
    stops = {k.partition(":")[2]: n for k, n in counts.items() if k.startswith("stopped:")}
    if stops:
        said = ", ".join(f"{escaped(str(why))} {n}" for why, n in sorted(stops.items()))
        theme.note(f"Sequences stopped: {said}.")


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
            if st.button("Change it"):
                change_cadence(
                    resources.fleet(), row["id"], new, actor=resources.actor(), apply=True
                )
                st.rerun()
        except FleetError as error:
            st.markdown(f":red[{escaped(str(error), 300)}]")
