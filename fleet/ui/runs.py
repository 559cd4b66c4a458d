"""Durable runs: what waits and why, one run's steps, and its life on a timeline."""

from collections import Counter
from datetime import datetime
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fleet.adapters.store.run_people import people_of_runs
from fleet.adapters.store.runs import find_run
from fleet.errors import FleetError
from fleet.runtime.lead_life import CUT, lead_life
from fleet.runtime.threads import cancel_thread, list_threads, open_saver, show_thread
from fleet.ui import charts, resources, runs_life, runs_survival, theme
from fleet.ui.own_command import run_command
from fleet.ui.run_words import graph_words, state_words, step_words
from fleet.ui.untrusted import escaped, plain

STATES = {
    "dead": "Dead letters", "running": "Running", "waiting_human": "Wait for a person",
    "waiting_timer": "Asleep", "completed": "Completed", "cancelled": "Cancelled",
}  # fmt: skip
KINDS = {
    "dead": "FAIL", "running": "OK", "waiting_human": "HOLD", "waiting_timer": "WATCH",
    "completed": "OK", "cancelled": "INSUFFICIENT",
}  # fmt: skip
SHOWN = 200
ROW_PX, TALL = 36, 576  # pixels of a row (and of the head) and of the table at most
DAY_S, HOUR_S, MINUTE_S = 86_400, 3_600, 60


def show() -> None:
    """Draw the page."""
    counts = Counter(resources.run_counts())
    st.title(_title(counts))
    theme.note("A run ends, waits, or is a dead letter with its reason: none is ever lost.")
    names = [name for name in STATES if counts[name]]
    if not names:
        theme.note("No run yet. `fleet run inbox` starts one for each new mail.")
        return
    state = st.segmented_control(
        "State", names, format_func=lambda key: f"{STATES[key]} {counts[key]:,}",
        default=names[0], required=True, label_visibility="collapsed", key="runs.state",
    )  # fmt: skip
    rows = list_threads(resources.fleet(), state=state, limit=SHOWN)
    left, right = st.columns([1.5, 1], gap="medium")
    with left:
        chosen = _table(rows)
        runs_survival.show()
    with right, st.container(border=True, gap="xsmall"):
        _one(chosen)


def _title(counts: Counter[str]) -> str:
    dead, waiting = counts["dead"], counts["waiting_human"] + counts["waiting_timer"]
    if dead:
        return f"{dead} run{'s' if dead > 1 else ''} failed and {'wait' if dead > 1 else 'waits'}"
    return f"No run failed; {waiting:,} wait" if waiting else "No run failed, and none waits"


def _table(rows: list[dict[str, Any]]) -> dict[str, Any]:
    who = people_of_runs(resources.fleet().store, [row["thread_id"] for row in rows])
    table = [
        {
            "About": plain(who.get(row["thread_id"], row["subject"]["id"]))[:40],
            "Run": graph_words(row["graph"]),
            "Age": _age(row["age_s"]),
            "Where it stands": state_words(row),
        }
        for row in rows
    ]
    picked = st.dataframe(
        table, hide_index=True, row_height=ROW_PX, on_select="rerun",
        height=min(ROW_PX * (len(table) + 1), TALL), key="runs.grid",
        selection_mode="single-row-required", alt="Runs of the chosen state",
        column_config={"Age": st.column_config.TextColumn("Age", width=60)},
    )  # fmt: skip
    at = picked["selection"]["rows"]
    row = rows[at[0] if at and at[0] < len(rows) else 0]
    return row | {"who": who.get(row["thread_id"])}


def _age(seconds: float) -> str:
    for size, unit in ((DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s"


def _one(row: dict[str, Any]) -> None:
    shown = show_thread(resources.fleet(), row["thread_id"])
    st.subheader(f"{escaped(graph_words(row['graph']), 24)}: {_who(row)}", anchor=False)
    st.markdown(
        f"{theme.verdict(KINDS[row['state']], STATES[row['state']])} "
        f":gray-badge[:material/stairs: {escaped(row['version'])}] "
        f":small[:gray[{escaped(row['thread_id'], 60)}]]"
    )
    if row["error"]:
        st.text(plain(row["error"])[:400])
    if shown.get("problem"):
        st.markdown(f":red[{escaped(shown['problem'], 300)}]")
    theme.note(
        f"{row['attempts']} {'try' if row['attempts'] == 1 else 'tries'}, "
        f"begun {row['started_at'][:19].replace('T', ' ')}"
        + (f", ended {row['ended_at'][:19].replace('T', ' ')}" if row["ended_at"] else "")
    )
    _acts(row)
    _lead(row)
    steps = shown["steps"]
    if steps:
        st.markdown("**Its steps**")
        _life(steps)
    for decision in shown.get("decisions") or ():
        same = theme.verdict("OK", "same bytes") if decision.get("same") else ""
        theme.note(f"{escaped(decision['action'])}: {decision['decision']} {same}")


def _who(row: dict[str, Any]) -> str:
    return escaped(row["who"] or f"{row['subject']['table']}:{row['subject']['id']}", 60)


def _lead(row: dict[str, Any]) -> None:
    """Draw every run that served the same lead, by time."""
    fleet = resources.fleet()
    known = find_run(fleet.store, row["thread_id"])
    if known is None:
        return
    life = lead_life(fleet, known, open_saver(fleet))
    st.markdown("**The lead's life**" if len(life) > 1 else "**The run's life**")
    runs_life.draw(life, row["thread_id"])
    died = sum(span["kind"] == CUT for each in life for span in each["spans"])
    theme.note(
        (
            f"✕ {died} time{'s' if died > 1 else ''} a worker died; each run went on. "
            if died
            else ""
        )
        + "Thick: work. Dashed: waits for a person. Dotted: asleep."
    )


def _acts(row: dict[str, Any]) -> None:
    name, open_one = row["thread_id"], row["state"] not in ("completed", "cancelled")
    with st.container(horizontal=True, gap="xsmall"):
        retry = st.button(
            "Retry", icon=":material/replay:", disabled=row["state"] not in ("dead", "running"),
            type="primary" if row["state"] == "dead" else "secondary",
        )  # fmt: skip
        fork = st.button("Fork", icon=":material/fork_right:")
        cancel = st.button("Cancel", disabled=not open_one)
    problem = None
    if retry:
        problem = run_command("threads", "resume", name, "--as", resources.actor())
    elif fork:
        problem = run_command("threads", "fork", name, "--as", resources.actor())
    elif cancel:
        try:
            cancel_thread(resources.fleet(), name, actor=resources.actor())
        except FleetError as error:
            problem = str(error)
    else:
        return
    st.toast(problem or "Done.")
    if not problem:
        st.rerun()


def _life(steps: list[dict[str, Any]]) -> None:
    """Draw the steps on a time axis; a gap is a wait or a crash that was got over."""
    ink = charts.palette()
    times = [datetime.fromisoformat(step["at"]) for step in steps][::-1]
    names = [step_words(step["next"]) for step in steps][::-1]
    figure = go.Figure()
    figure.add_scatter(
        x=times, y=names, mode="lines+markers", line={"color": ink.faint, "width": 1.5},
        marker={"size": 9, "color": ink.data}, hoverinfo="x+y",
    )  # fmt: skip
    charts.styled(figure, height=60 + 26 * len(set(names)), left=90)
    short = (times[-1] - times[0]).total_seconds() < MINUTE_S
    figure.update_xaxes(nticks=3, tickformat="%H:%M:%S.%L" if short else "%H:%M:%S")
    charts.show(figure, key="life", alt="The steps of this run by time")
