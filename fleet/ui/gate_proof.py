"""Below the gate's fold: the champion, the ablation, the ledger of decisions, digests."""

from typing import Any

import pandas as pd
import streamlit as st

from fleet.adapters.store.grants import read_history
from fleet.errors import FleetError
from fleet.release_gate.ablation import LeftOut
from fleet.runtime import gate_view
from fleet.runtime.gate_view import GateView
from fleet.ui import charts, gate_charts, resources, theme
from fleet.ui.untrusted import escaped, plain
from fleet.ui.version_names import plain_name

REPLAYED = "gate.replayed"
SAME, OTHER, UNKNOWN = "✓ same bytes", "▼ other bytes", "not replayed"
DIGEST = 8
SIGNS = {"PROMOTE": "▲ PROMOTE", "HOLD": "◆ HOLD", "ROLLBACK": "▼ ROLLBACK"}


def champion(view: GateView, rivals: list[str]) -> None:
    """Draw paired differences against a chosen version, and what they rest on."""
    said = plain_name(view.artifact, view.baseline) if view.baseline else ""
    head = f"Against the champion {escaped(said)}, same scenarios" if said else "Against a champion"
    st.subheader(head, anchor=False)
    if view.recorded is None and rivals:
        st.selectbox(
            "Champion", [None, *rivals], key=f"gate.rival {view.artifact} {view.version}",
            format_func=lambda each: plain_name(view.artifact, each) if each else "nobody",
        )  # fmt: skip
    comparison = view.decision.comparison
    if comparison is None:
        theme.note(
            "This version was measured, and compared with nobody. Two versions are paired by the "
            "mails that both have answered; `fleet gate decide --baseline FILE` pairs any two."
        )
        return
    rows: list[dict[str, Any]] = [d.as_json() for d in comparison.differences]
    charts.show(
        gate_charts.differences(rows), key="differences",
        alt="Paired differences in points, with the most that each dimension may lose",
    )  # fmt: skip
    theme.note(f"{comparison.unpaired:,} of {comparison.scenarios:,} scenarios had no partner.")


def ablation(view: GateView) -> None:
    """Draw the verdict without one dimension, and without two where only a pair decides."""
    st.subheader("Ablation: the verdict without one dimension", anchor=False)
    pivotal = [each for each in view.ablation if each.is_pivotal]
    quiet = [each for each in view.ablation if not each.is_pivotal]
    table = [_left_out(each) for each in pivotal]
    if quiet:
        name = "any other" if pivotal else "any one, any two"
        outcome = view.decision.outcome.value
        table.append(
            {"Left out": name, "Verdict": theme.verdict(outcome), "Reading": "not pivotal"}
        )
    st.table(table)
    unmeasured = [
        gate_charts.NAMES[j.name] for j in view.decision.judgments
        if j.rule.required and not j.has_evidence
    ]  # fmt: skip
    if unmeasured:
        theme.note(f"○ Required and measured by nothing yet: {', '.join(unmeasured)}.")


def _left_out(each: LeftOut) -> dict[str, str]:
    names = " and ".join(gate_charts.NAMES[name] for name in each.names)
    words = "**pivotal**" if len(each.names) == 1 else "**the two are pivotal**"
    return {"Left out": names, "Verdict": theme.verdict(each.outcome.value), "Reading": words}


def ledger_table(pair: tuple[str, str], rows: list[dict[str, Any]]) -> None:
    """Draw every recorded decision; a chosen row opens it, and all can be replayed at once."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
        st.subheader("Decision ledger", anchor=False)
        if rows and st.button(f"Replay all {len(rows)}", icon=":material/replay:"):
            for row in rows:
                replay(row["id"])
    if not rows:
        theme.note("○ Nothing was recorded yet: `Record` above, or `fleet gate decide --record`.")
        return
    moves = _moves(pair)
    known = st.session_state.get(REPLAYED, {})
    frame = pd.DataFrame(
        {
            "Decided": row["decided_at"][:16].replace("T", " "),
            "Verdict": SIGNS[row["decision"]],
            "Rung": moves.get(row["id"], row["serving_rung"] or "DRAFT"),
            "First reason": plain(gate_charts.said(row["result"]["reasons"][0]))[:140],
            "Waived by": plain((row["waiver"] or {}).get("by") or ""),
            "Evidence": row["evidence_digest"][:DIGEST],
            "Replay": known.get(row["id"], UNKNOWN),
        }
        for row in rows
    )
    ink = charts.palette()
    hues = {"▲": ink.good, "◆": ink.hold, "▼": ink.bad}
    styled = frame.style.map(lambda word: f"color: {hues.get(word[:1], '')}", subset=["Verdict"])
    event = st.dataframe(
        styled, hide_index=True, on_select="rerun", selection_mode="single-row",
        key=f"gate.ledger {pair[0]} {pair[1]}", height=min(38 + 35 * len(rows), 360),
    )  # fmt: skip
    chosen = event.selection.rows
    if chosen:
        _open(pair, rows[chosen[0]]["id"])


def _open(pair: tuple[str, str], decision_id: str) -> None:
    """Show the chosen decision above, once a choice."""
    shown = f"gate.opened {pair[0]} {pair[1]}"
    if st.session_state.get(shown) == decision_id:
        return
    st.session_state[shown] = decision_id
    st.session_state[f"gate.open {pair[0]} {pair[1]}"] = decision_id
    st.rerun()


def _moves(pair: tuple[str, str]) -> dict[str, str]:
    """Return which decision moved the version, and from where to where."""
    found = {}
    for move in read_history(resources.fleet().store, *pair):
        words = f"{move['from_rung']} → {move['to_rung']}"
        if move["decision_id"]:
            found[move["decision_id"]] = words
        elif "ROLLBACK by " in move["reason"]:
            found[move["reason"].partition("ROLLBACK by ")[2].partition(":")[0]] = words
    return found


def replay(decision_id: str) -> str:
    """Decide again from the record, and remember what came of it; return it in words."""
    try:
        outcome = gate_view.replay_decision(resources.fleet().store, decision_id)
        word, said = SAME, f"{SIGNS[outcome]}, the same bytes."
    except FleetError as error:
        word, said = OTHER, f"▼ {error}"
    st.session_state.setdefault(REPLAYED, {})[decision_id] = word
    return said


def digests(view: GateView) -> None:
    """Draw what the decision can be found again by."""
    decision = view.decision
    with st.expander("Digests and bytes"):
        st.code(
            f"evidence {decision.evidence_digest}\npolicy   {decision.policy_digest}\n"
            f"record   {view.recorded or 'none: as of now'}",
            language=None,
        )
