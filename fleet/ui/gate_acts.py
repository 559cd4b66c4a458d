"""What a person may do on the gate's page: record, replay, export, stand for what is missing."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.domain.trust import Rung
from fleet.errors import FleetError
from fleet.release_gate.ladder_waivers import NEVER, blocking_of
from fleet.runtime import ladder
from fleet.runtime.gate_view import GateView
from fleet.ui import gate_charts, gate_export, gate_proof, resources, theme
from fleet.ui.untrusted import escaped
from fleet.ui.version_names import plain_name

SCORES = {
    "FAILED": "ROLLBACK", "VINDICATED": "PROMOTE", "OPEN": "HOLD", "UNPROVED": "INSUFFICIENT",
}  # fmt: skip


def buttons(view: GateView) -> None:
    """Draw what can be done with the decision that is shown."""
    if view.recorded is None:
        if st.button("Record", icon=":material/edit_note:", disabled=not view.runs):
            _record(view)
    elif st.button("Replay", icon=":material/replay:"):
        st.toast(gate_proof.replay(view.recorded))
    st.download_button(
        "PDF", lambda: gate_export.evidence_pack(view), icon=":material/download:",
        file_name=f"{view.artifact}-{view.version}-{view.recorded or 'now'}.pdf",
        mime="application/pdf",
    )  # fmt: skip


def _record(view: GateView) -> None:
    """Decide and record; the ladder moves by itself or by a person, never by this button."""
    try:
        done = ladder.gate_version(
            resources.fleet(), view.artifact, view.version, actor=resources.actor(),
            baseline=view.baseline,
        )  # fmt: skip
    except FleetError as error:
        st.toast(f"▼ {error}")
        return
    st.session_state[f"gate.open {view.artifact} {view.version}"] = done["id"]
    st.rerun()


def waiver(pair: tuple[str, str], newest: dict[str, Any] | None) -> None:
    """Offer a waiver of the newest HOLD; the rules decide whether it is enough."""
    given = _given(pair)
    held: list[str] = []
    others: list[str] = []
    if newest is not None and newest["decision"] == "HOLD":
        held, others = blocking_of(newest["result"])
    elif not given:
        return
    with st.expander("Waiver: stand by name for what the newest HOLD lacks"):
        for each in given:
            names = ", ".join(gate_charts.NAMES[name] for name in each["dimensions"])
            st.markdown(
                f"{theme.verdict(SCORES[each['score']], each['score'])} **{escaped(each['by'])}** "
                f"until {each['until'][:10]} for {names}: {escaped(each['reason'])}"
            )
        if others:
            theme.note(f"○ This HOLD takes no waiver: {escaped(others[0])}.")
        elif any(name in NEVER for name in held):
            theme.note("○ This HOLD lacks safety, and safety is never waived.")
        elif held:
            _form(pair, held)


def _form(pair: tuple[str, str], held: list[str]) -> None:
    fleet = resources.fleet()
    now, policy = SystemClock().now(), ladder.ladder_policy(fleet)
    theme.note(
        f"A waiver lasts {policy.max_waiver_days:g} days at most, is never for safety, and is "
        "scored by what happens after it."
    )
    with st.form("waiver", border=False):
        names = st.multiselect(
            "Dimensions", [name for name in held if name not in NEVER],
            format_func=gate_charts.NAMES.__getitem__,
        )  # fmt: skip
        target = st.selectbox("Rung", [rung.value for rung in Rung][2:])
        by = st.text_input("Your name", value=resources.actor(), max_chars=80)
        reason = st.text_input("Reason", max_chars=300)
        latest = (now + timedelta(days=policy.max_waiver_days)).date()
        end = st.date_input("Until", value=latest, min_value=now.date(), max_value=latest)
        if st.form_submit_button("Stand for it"):
            until = datetime.combine(end, time(now.hour, now.minute), UTC)
            _waive(pair, names, Rung(target), by, reason, until)


def _waive(
    pair: tuple[str, str], names: list[str], target: Rung, by: str, reason: str, until: datetime
) -> None:
    fleet = resources.fleet()
    try:
        ladder.waive(fleet, *pair, names, target=target, by=by, reason=reason, until=until)
        done = ladder.grant(fleet, *pair, target, reason=reason, actor=by, until=until)
    except FleetError as error:
        st.markdown(f":red[{escaped(str(error), 400)}]")
        return
    st.toast(f"{plain_name(*pair)}: {done['from']} to {done['rung']}")
    st.rerun()


def _given(pair: tuple[str, str]) -> list[dict[str, Any]]:
    from fleet.runtime.ladder_show import scored_waivers

    return scored_waivers(resources.fleet(), *pair)
