"""The campaign room: a brief goes in, the lenses argue in front of you, a plan comes out.

Nothing here writes or sends a message: the plan holds days, channels and angles.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.store.panel_outcomes import read_outcomes
from fleet.adapters.store.panels import list_panels
from fleet.campaign_panel.drip import weekly_drip
from fleet.campaign_panel.emit import touch_json
from fleet.errors import FleetError
from fleet.runtime.panel import PanelRun, Panels, panels_of, stored_run
from fleet.ui import panel_brief, panel_plan, panel_start, panel_talk, resources, theme
from fleet.ui.untrusted import escaped, plain

EARLIER = 20
LIVE = 520  # pixels of the room while it talks; it follows the newest turn


def show() -> None:
    """Draw the page."""
    panels = panels_of(resources.fleet())
    run = _current(panels)
    if run is None:
        st.title("Brief the panel")
        theme.note("Lenses argue about days and angles before anybody writes a word.")
        panel_start.message()
        _brief(panels)
        _earlier(None)
        return
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    with left:
        _head(run)
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        panel_start.steering(panels, run)
        panel_start.start(run)
    panel_start.message()
    _room(panels, run)
    _plan(panels, run)
    with st.expander("Another brief, or an earlier panel"):
        _earlier(run.answer["id"])
        _brief(panels)


def _current(panels: Panels) -> PanelRun | None:
    held: PanelRun | None = st.session_state.get(panel_start.RUN)
    asked = st.query_params.get("panel")
    if held is None and asked:
        try:
            held = stored_run(resources.fleet().store, panels, asked)
            st.session_state[panel_start.RUN] = held
        except FleetError:
            st.query_params.pop("panel", None)
    return held


def _earlier(shown: str | None) -> None:
    """Offer the panels that were held before, newest first."""
    kept = [row for row in list_panels(resources.fleet().store, EARLIER) if row["id"] != shown]
    if not kept:
        return
    goals = {row["id"]: f"{row['created_at'][:16]}  {plain(row['brief']['goal'])}" for row in kept}
    chosen = st.selectbox(
        "Held before", list(goals), index=None, format_func=lambda key: goals[key][:100],
        placeholder="Open an earlier panel", key=f"panel.earlier {shown}",
    )  # fmt: skip
    if chosen:
        st.session_state.pop(panel_start.RUN, None)
        st.session_state.pop(panel_start.COMPARED, None)
        st.query_params["panel"] = chosen
        st.rerun()


def _brief(panels: Panels) -> None:
    place = st.empty()
    try:
        with place.container():
            raw = panel_brief.form(panels.policy)
        if raw is None:
            return
        brief = panels.read(raw)
    except FleetError as error:
        st.error(escaped(str(error), 400))
        return
    place.empty()  # the room takes the place of the form
    status = st.status("The panel is sitting")
    with st.container(border=True, height=LIVE, gap=None, autoscroll=True):
        for fresh, done in panels.follow(brief):
            for note in fresh:
                panel_talk.one_turn(note.as_json(), panels.policy)
                status.update(label=panel_talk.progress(note, panels.policy))
            if done is not None:
                st.session_state.pop(panel_start.COMPARED, None)
                panel_start.keep(done)
    st.rerun()


def _head(run: PanelRun) -> None:
    answer, limits = run.answer, run.brief.constraints
    st.title(_title(answer))
    budget = answer["provenance"]["budget"]
    facts = [
        f"at most {limits.max_touches} touches in {limits.horizon_days} days",
        f"{limits.min_gap_days} days apart or more",
        f"round {answer['rounds']} of {budget['max_rounds']}",
        f"{budget['calls']} of {budget['max_calls']} model calls",
        f"{_money(budget['cost_usd'])} of {budget['max_cost_usd']:.2f} USD",
    ]
    st.markdown(" ".join(f":gray-badge[{fact}]" for fact in facts) + f" {_method(answer)}")
    problem = answer["provenance"].get("problem")
    named = f"The problem: {escaped(problem, 300)} " if problem else ""
    theme.note(f"{named}It stopped because {escaped(answer['provenance']['stop'], 300)}.")
    if answer["source"] != "panel":
        st.warning("The panel settled on nothing. This is the default weekly drip, and says so.")


def _room(panels: Panels, run: PanelRun) -> None:
    turns = panel_talk.choose_turns(run.answer["transcript"])
    left, right = st.columns([1.36, 1], gap="small")
    with left:
        panel_talk.talk(turns, panels.policy)
    with right:
        panel_talk.board(run.answer, panels.policy)


def _plan(panels: Panels, run: PanelRun) -> None:
    start = panel_plan.monday_after(SystemClock().now().date())
    drip = [touch_json(touch) for touch in weekly_drip(run.brief, panels.policy)]
    titles = {name: lens.title for name, lens in panels.policy.lenses.items()}
    found = panel_start.compared(run, start)
    rows: list[panel_plan.Row] = [("Panel plan", run.answer["touches"], True)]
    if found is not None and not found["adopted"]:
        rows.append((found["title"], found["run"].answer["touches"], False))
    rows.append(("Default drip", drip, False))
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.subheader("The plan against the default drip", anchor=False)
            st.markdown(_difference(run.answer, drip))
        panel_plan.calendar(rows, start, run.brief.constraints.horizon_days)
        panel_plan.table(run.answer["touches"], start)
        panel_start.edit(panels, run)
        panel_start.without(panels, run)
    with st.container(border=True):
        outcomes = read_outcomes(resources.fleet().store, run.answer["id"])
        panel_plan.ledger(run.answer["dissent"], titles, outcomes)


def _title(answer: Mapping[str, Any]) -> str:
    touches = answer["touches"]
    count = "1 touch" if len(touches) == 1 else f"{len(touches)} touches"
    if answer["source"] != "panel":
        return f"No plan was agreed: the default drip of {count}"
    still = answer["objections"]["open"]
    doubts = (
        "no doubt kept" if not still else "1 doubt kept" if still == 1 else f"{still} doubts kept"
    )
    return f"{count} over {touches[-1]['day_offset']} days, {doubts}"


def _difference(answer: Mapping[str, Any], drip: list[dict[str, Any]]) -> str:
    still = answer["objections"]["open"]
    kept = f":orange-badge[:material/flag: {still} kept]" if still else ":green-badge[✓ none open]"
    return f":gray-badge[{len(answer['touches'])} touches instead of {len(drip)}] {kept}"


def _method(answer: Mapping[str, Any]) -> str:
    source = answer["provenance"]["source"]
    sign = theme.METHODS["rules" if source in ("rule", "heuristic") else source]
    return f":{sign.hue}-badge[{sign.icon} {sign.word}]"


def _money(cost: float | None) -> str:
    return "unknown" if cost is None else f"{cost:.3f}"
