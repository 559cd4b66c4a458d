"""Plans: who waits for a decision, how every contact's run ended, and one plan step by step."""

from datetime import datetime, timedelta
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fleet.adapters.clock import SystemClock
from fleet.runtime.orchestrator_view import ALL, LIMIT, list_plans, plan_counts, plan_totals
from fleet.runtime.rdav_example import CASES, play
from fleet.ui import device, orchestrator_plan, orchestrator_words, resources, theme
from fleet.ui.own_command import run_command
from fleet.ui.untrusted import plain

BATCH = 20
ROW = 35  # pixels of a line of the list
KIND, NAME, SEEN, ROUND = "plans.kind", "plans.name", "plans.seen", "plans.round"
EXAMPLE = "plans.example"


def show() -> None:
    """Draw the page."""
    fleet = resources.fleet()
    counts, totals = plan_counts(fleet), plan_totals(fleet)
    title, act = st.columns([4, 1.2], vertical_alignment="center")
    with title:
        st.title(_title(totals))
    with act, st.container(horizontal_alignment="right"):
        _plan_more()
    theme.note("Each step passes the gate before it acts, and rows prove it afterwards.")
    if not counts[ALL]:
        theme.note("○ No plan yet. `fleet run orchestrator` makes one for each contact.")
        return
    if device.is_phone():  # what waits comes before the list and the numbers
        kind, plan = _filter(counts), st.container()
        _one(plan, _pick(kind, counts))
        _numbers(totals)
        return
    _numbers(totals)
    kind = _filter(counts)
    left, right = st.columns([1, 1.75], gap="medium")
    with left:
        chosen = _pick(kind, counts)
    _one(right, chosen)


def _one(place: DeltaGenerator, chosen: str | None) -> None:
    played = st.session_state.get(EXAMPLE)
    with place:
        if chosen:
            orchestrator_plan.draw(chosen, on_decided=_forget)
        elif played and played[0] == st.session_state.get(KIND):
            orchestrator_plan.example(played[1])


def _title(totals: dict[str, Any]) -> str:
    n, people = totals["steps_waiting"], totals["contacts"]
    if not people and not n:
        return "No contact has a plan yet"
    waits = f"{n:,} steps wait for you" if n != 1 else "1 step waits for you"
    whom = f"{people:,} contacts" if people != 1 else "1 contact"
    return f"{waits if n else 'No step waits'}; {whom} ended in a named state"


def _plan_more() -> None:
    if not st.button(f"Plan for {BATCH} contacts", icon=":material/account_tree:"):
        return
    with st.spinner("Planning"):
        problem = run_command("run", "orchestrator", "--limit", str(BATCH))
    st.toast(problem or "Planned. Contacts that have a plan already were passed over.")
    if not problem:
        st.rerun()


def _numbers(totals: dict[str, Any]) -> None:
    oldest, faults = totals["oldest"], totals["faults"]
    waited = _age(SystemClock().now() - datetime.fromisoformat(oldest)) if oldest else None
    worst = next(iter(faults), None)
    calls = totals["model_calls"]
    cost = totals["cost_usd"] if calls else 0.0
    spent = f"{calls:,} model calls" if calls else "no model was asked"
    tiles = (
        ("Wait for you", f"{totals['steps_waiting']:,}", f"oldest {waited}" if waited else "none"),
        ("Contacts handled", f"{totals['contacts']:,}", "each in a named state"),
        (
            "Faults of plans", f"{sum(faults.values()):,}",
            f"most: {worst.replace('_', ' ')}" if worst else "none was counted",
        ),
        ("Cost so far", f"${cost:,.2f}" if cost is not None else "○ unknown", spent),
    )  # fmt: skip
    with st.grid(4, min_column_width=158, gap="small"):
        for name, value, text in tiles:
            st.metric(name, value, delta_description=text, border=True)


def _age(age: timedelta) -> str:
    hours, rest = divmod(int(age.total_seconds()) // 60, 60)
    if age.days:
        return f"{age.days} d"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _filter(counts: dict[str, int]) -> str:
    """Draw the ends with their counts; the three off-path cases are there at 0 too."""
    names = [name for name in orchestrator_words.KINDS if counts[name] or name in (*CASES, ALL)]
    first = ALL if st.query_params.get("run") or not counts["waiting"] else "waiting"
    if st.session_state.get(KIND) not in names:
        st.session_state[KIND] = first
    kind = str(
        st.segmented_control(
            "End", names, key=KIND, required=True, label_visibility="collapsed",
            format_func=lambda name: f"{orchestrator_words.KINDS[name]} {counts[name]:,}",
        )
    )  # fmt: skip
    if kind in orchestrator_words.CASES:
        theme.note(orchestrator_words.CASES[kind])
    return kind


def _pick(kind: str, counts: dict[str, int]) -> str | None:
    """Draw the list; return the run to show: the picked one, the linked one, or the first."""
    name = st.text_input(
        "Find a contact", key=NAME, placeholder="Find a contact by name", icon=":material/search:",
        label_visibility="collapsed",
    )  # fmt: skip
    asked = st.query_params.get("run")
    if st.session_state.setdefault(SEEN, (kind, name)) != (kind, name):
        st.session_state[SEEN], asked = (kind, name), None  # a new list begins with its first
    rows = list_plans(resources.fleet(), kind, name=name)
    if not rows:
        theme.note("○ No such plan.")
        if kind in CASES and st.button("Play an example", icon=":material/play_arrow:"):
            with st.spinner("Playing"):
                st.session_state[EXAMPLE] = (kind, play(kind))
        played = st.session_state.get(EXAMPLE)
        return None if played and played[0] == kind else asked
    ids = [row["id"] for row in rows]
    key = f"plans.grid.{kind}.{name}.{st.session_state.get(ROUND, 0)}"
    first = [] if asked and asked not in ids else [ids.index(asked) if asked else 0]
    first = st.session_state.setdefault(f"{key}.first", first)
    picked = st.dataframe(
        [
            {
                "Contact": plain(row["contact"] or row["subject_id"])[:60],
                "End": orchestrator_words.standing(row)[1],
                "Begun": str(row["started_at"])[5:16].replace("T", " "),
            }
            for row in rows
        ],
        hide_index=True, height=min(_height(len(rows)), 250 if device.is_phone() else 560),
        on_select="rerun",
        selection_mode="single-row", alt="Plans of the chosen end", key=key,
        selection_default={"selection": {"rows": first}},
        column_config={"Begun": st.column_config.TextColumn(width=92)},
    )  # fmt: skip
    if len(rows) == LIMIT < counts[kind]:
        theme.note(f"The newest {LIMIT:,} of {counts[kind]:,}: find others by name.")
    at = picked["selection"]["rows"]
    run = ids[at[0]] if at and at[0] < len(ids) else asked or ids[0]
    st.query_params["run"] = run
    return str(run)


def _height(rows: int) -> int:
    return ROW * (rows + 1) + 3


def _forget() -> None:
    """After a decision the list begins anew with whoever waits next."""
    st.query_params.pop("run", None)
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
