"""What a person does with a plan: steer it, hold it without a lens, edit it, start it."""

from datetime import date
from typing import Any

import streamlit as st

from fleet.adapters.store import panels as rows
from fleet.campaign_panel.values import Stage, Touch
from fleet.errors import FleetError, InputError
from fleet.runtime.panel import PanelRun, Panels, start_plan
from fleet.ui import device, panel_plan, resources, theme
from fleet.ui.untrusted import escaped

RUN, COMPARED, MESSAGE = "panel.run", "panel.compared", "panel.message"
STEERABLE = (Stage.EMPATHISE, Stage.DEFINE, Stage.IDEATE, Stage.CRITIQUE)
ANY, MOST = "All", 200


def steering(panels: Panels, run: PanelRun) -> None:
    """Draw the steering form behind its button."""
    with (
        st.popover("Add a constraint", icon=":material/add:", key=f"steer {run.answer['id']}"),
        st.form("steer", border=False),
    ):
        text = st.text_input(
            "What must hold", key="panel.word",
            placeholder="at most 3 touches; no calls; open with FACT; leave out FACT",
        )  # fmt: skip
        stage = st.selectbox(
            "Said after", STEERABLE, index=len(STEERABLE) - 1, format_func=lambda s: s.value
        )
        if st.form_submit_button("Say it", icon=":material/add:"):
            _compare(lambda: panels.steer(run, text, after=stage), f"“{escaped(text, 120)}”",
                     adopt=True)  # fmt: skip


def without(panels: Panels, run: PanelRun) -> None:
    """Draw the comparison with a panel that lacks the mandatory lens."""
    lens = panels.policy.mandatory
    title = panels.policy.lenses[lens].title
    if st.button(f"Without the {title.lower()}", icon=":material/compare_arrows:"):
        _compare(lambda: panels.without(run, lens), f"Without the {title.lower()}", adopt=False)


def compared(run: PanelRun, start: date) -> dict[str, Any] | None:
    """Draw the last comparison, side by side when nothing of it was adopted; return it."""
    found: dict[str, Any] | None = st.session_state.get(COMPARED)
    if found is None:
        return None
    with st.container(border=True):
        st.subheader(f"{found['title']}: what changes", anchor=False)
        panel_plan.changes(found["changes"])
        if not found["adopted"]:
            plans = [("As adopted", run.answer), (found["title"], found["run"].answer)]
            panel_plan.beside([(name, answer["touches"]) for name, answer in plans], start)
    return found


def edit(panels: Panels, run: PanelRun) -> None:
    """Draw the plan as an editable grid; an edit that does not hold is refused by name."""
    with st.expander("Edit the plan"):
        grid = st.data_editor(
            [
                {"Day": touch["day_offset"]}
                | {name: touch[name.lower()] for name in ("Channel", "Angle", "Goal")}
                for touch in run.answer["touches"]
            ],
            key=f"edit {run.answer['id']}", num_rows="fixed",
            column_config={
                "Day": st.column_config.NumberColumn(min_value=0, step=1),
                "Channel": st.column_config.SelectboxColumn(
                    options=list(run.brief.constraints.channels)
                ),
            },
        )  # fmt: skip
        if st.button("Keep my edit", icon=":material/edit:"):
            _act(lambda: _keep_edit(panels, run, grid), "Your edit is kept and recorded.")


def start(run: PanelRun) -> None:
    """Draw the choice of contacts and the button that starts the campaign, behind "Adopt plan"."""
    store = resources.fleet().store
    values = rows.segment_values(store)
    adopt = st.popover(
        "Adopt plan", icon=":material/check:", type="primary", key=f"adopt {run.answer['id']}"
    )
    with adopt:
        theme.note("Each touch is drafted when it is due, and each draft waits for your approval.")
        title = st.text_input("Name", run.brief.goal[:80], key=f"name {run.answer['id']}")
        industry, country = st.columns(2)
        trade = industry.selectbox("Industry", [ANY, *values["industry"]], key="panel.industry")
        land = country.selectbox("Country", [ANY, *values["country"]], key="panel.country")
        people = rows.segment_contacts(
            store, limit=MOST, industry=None if trade == ANY else trade,
            country=None if land == ANY else land,
        )  # fmt: skip
        count = "1 contact" if len(people) == 1 else f"{len(people)} contacts"
        if st.button(
            f"Start with {count}", type="primary", icon=":material/play_arrow:",
            disabled=not people, shortcut=device.key("A") if people else None,
        ):  # fmt: skip
            _act(lambda: _start(run, title, people), "")


def message() -> None:
    """Draw what the last action said."""
    said = st.session_state.pop(MESSAGE, None)
    if said:
        (st.success if said[0] else st.error)(escaped(said[1], 400))


def keep(panels_run: PanelRun) -> None:
    """Store a run and show it."""
    from fleet.runtime.panel import keep_run

    keep_run(resources.fleet().store, panels_run, actor=resources.actor())
    st.session_state[RUN] = panels_run
    st.query_params["panel"] = panels_run.answer["id"]


def _compare(work: Any, title: str, *, adopt: bool) -> None:
    def act() -> None:
        found = work()
        st.session_state[COMPARED] = {
            "title": title, "changes": found["changes"], "run": found["run"], "adopted": adopt,
        }  # fmt: skip
        if adopt:
            keep(found["run"])

    _act(act, "The panel went on from there." if adopt else "Held again, side by side.")


def _keep_edit(panels: Panels, run: PanelRun, grid: list[dict[str, Any]]) -> None:
    touches = []
    for old, new in zip(run.answer["touches"], grid, strict=True):
        if new["Day"] is None:
            raise InputError(f"touch {old['index']} has no day: give a whole number from 0")
        touches.append(
            Touch(
                index=old["index"], day_offset=int(new["Day"]), channel=str(new["Channel"]),
                angle=str(new["Angle"]), goal=str(new["Goal"]), evidence=tuple(old["evidence"]),
            )
        )  # fmt: skip
    keep(panels.edit(run, touches))


def _start(run: PanelRun, title: str, people: list[str]) -> str:
    made = start_plan(
        resources.fleet(), run, name=title, contact_ids=people, actor=resources.actor()
    )
    left = ", ".join(f"{why}: {count}" for why, count in made["skipped"].items())
    people_said = "1 contact" if made["contacts"] == 1 else f"{made['contacts']} contacts"
    said = f"The campaign has started: {people_said}, {made['touches']} touches in all."
    return said + (f" Left out: {left}." if left else "")


def _act(work: Any, done: str) -> None:
    try:
        with st.spinner("The panel is at work"):
            said = work()
        st.session_state[MESSAGE] = (True, said if isinstance(said, str) else done)
    except FleetError as error:
        st.session_state[MESSAGE] = (False, str(error))
    st.rerun()
