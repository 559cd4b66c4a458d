"""Liveness: what must end and why, who waits for whom, and runs the guard found going round."""

from collections import Counter
from typing import Any

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.adapters.jsonl import parse_lines
from fleet.adapters.store.liveness_rows import list_findings, open_waits, settle_finding
from fleet.liveness.events import judge_events
from fleet.liveness.policy import LivenessPolicy
from fleet.liveness.waits import wait_cycles
from fleet.policy import section
from fleet.runtime.certificates import certify_registry
from fleet.ui import charts, resources, theme
from fleet.ui.liveness_stops import path, show_stop
from fleet.ui.liveness_waits import cycle_edges, draw, show_waits, targets
from fleet.ui.untrusted import escaped, plain

BANNERS = 3
MOST_EVENTS = 2_000


def show() -> None:
    """Draw the page."""
    findings = list_findings(resources.fleet().store)
    stuck = [row for row in findings if row["status"] == "open"]
    certificates = _certificates()
    waits = open_waits(resources.fleet().store)
    st.title(_title(len(stuck), len(wait_cycles(targets(waits))), certificates))
    theme.note("No model is asked: a certificate is a proof, and a stop names the steps it saw.")
    for row in stuck[:BANNERS]:
        _banner(row)
    left, right = st.columns([1.5, 1], gap="medium")
    with left:
        if findings:
            show_stop(stuck[0] if stuck else findings[0])
        _graphs(certificates)
        _judge()
    with right:
        show_waits(waits)
        _found(findings)


@st.cache_resource(show_spinner=False)
def _certificates() -> dict[str, dict[str, Any]]:
    return {name: each.as_json() for name, each in certify_registry().items()}


def _title(stuck: int, cycles: int, certificates: dict[str, dict[str, Any]]) -> str:
    proved = sum(each["verdict"] == "TERMINATES" for each in certificates.values())
    all_end = f"{proved} of {len(certificates)} graphs must end"
    circular = f"{cycles} circular wait{'s' if cycles > 1 else ''}" if cycles else ""
    went = f"{stuck} lead{'s' if stuck > 1 else ''} went round" if stuck else ""
    if went or circular:
        return f"{' and '.join(filter(None, (went, circular)))}; {all_end}"
    return f"{all_end}, and no lead goes round"


def _banner(row: dict[str, Any]) -> None:
    text = (row["detail"] or {}).get("text") or row["verdict"]
    st.error(
        f"### ▼ {row['verdict']} · handed to a person\n**{escaped(row['lead_id'] or '', 60)}**: "
        f"{escaped(text, 300)}. The lead is kept; no new plan touches it."
    )
    if st.button("I have looked at it", key=f"settle:{row['id']}"):
        settle_finding(
            resources.fleet().store, row["id"], actor=resources.actor(), now=SystemClock().now()
        )
        st.rerun()


def _graphs(certificates: dict[str, dict[str, Any]]) -> None:
    st.subheader("What must end, and after how many steps at most", anchor=False)
    st.table(
        [
            {
                "Verdict": theme.verdict(each["verdict"]),
                "Graph": f"**{name}**",
                "Steps at most": str(
                    each["max_steps"] if each["max_steps"] is not None else "none"
                ),
            }
            for name, each in certificates.items()
        ]
    )


def _found(findings: list[dict[str, Any]]) -> None:
    st.subheader("What the guard found", anchor=False)
    if not findings:
        theme.note("○ Nothing yet. Each round of the fleet is judged.")
        return
    counts = Counter(row["verdict"] for row in findings)
    last = {row["verdict"]: row for row in reversed(findings)}
    st.table(
        [
            {
                "Verdict": theme.verdict(verdict), "Runs": f"{count:,}",
                "Last": escaped((last[verdict]["detail"] or {}).get("text"), 80),
            }
            for verdict, count in counts.items()
        ]
    )  # fmt: skip


def _judge() -> None:
    """Judge somebody's events, as `fleet liveness run` does, and draw the loop."""
    st.subheader("Judge a run by its events", anchor=False)
    given = st.file_uploader("Events, one JSON object a line", type=["jsonl", "ndjson"])
    if given is None:
        theme.note("Nothing is stored. The same answer comes from `fleet liveness run`.")
        return
    rows, bad = parse_lines(given.getvalue()[:20_000_000])
    policy = section(resources.fleet().policies, "liveness", LivenessPolicy)
    findings, odd = judge_events(rows[:MOST_EVENTS], policy)
    for note in (*bad, *odd)[:5]:
        theme.note(escaped(note, 200))
    for number, finding in enumerate(findings[:5]):
        text = finding["evidence"].get("text", "no loop was seen")
        st.markdown(
            f"{theme.verdict(finding['verdict'])} **{escaped(finding['run_id'], 60)}** "
            f"{escaped(text, 200)}"
        )
        mine = [
            row for row in rows
            if isinstance(row, dict) and str(row.get("run_id")) == finding["run_id"]
        ]  # fmt: skip
        charts.show(path(mine, finding), key=f"path {number}", alt=escaped(text, 200))
        cycle = finding["evidence"].get("cycle") or ()
        if finding["verdict"] == "DEADLOCK":
            draw(cycle_edges(cycle), [list(map(plain, cycle[:-1]))], key=f"waits {number}")
