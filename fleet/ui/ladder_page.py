"""The ladder's page: who may do what, why, since when, until when, and what would move it."""

from datetime import datetime, timedelta
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.domain.trust import Rung
from fleet.errors import FleetError
from fleet.runtime import ladder
from fleet.runtime.ladder_show import ladder_rows
from fleet.ui import charts, resources, theme
from fleet.ui.stops import stop_button
from fleet.ui.untrusted import escaped

DAYS = 30
NARROW_H = 36  # hours; a bar under this is too short for its rung's name
WORDS = {
    "suggest": "suggests", "draft": "drafts", "judge": "judges in silence", "approve": "approves",
}  # fmt: skip


def show() -> None:
    """Draw the page."""
    fleet = resources.fleet()
    rows = ladder_rows(fleet)
    title, stop = st.columns([4, 1.2], vertical_alignment="center")
    with title:
        st.title(_title(rows))
    with stop:
        stop_button()
    policy = ladder.ladder_policy(fleet)
    heard = next((row["heartbeat_at"] for row in rows if row["heartbeat_at"]), None)
    beat = f"last heartbeat {_ago(heard)}" if heard else "no heartbeat yet"
    theme.note(
        f"Up one rung at a time, down at once. Grants end by themselves. If the monitor is silent "
        f"for {policy.heartbeat_s // 60} min, all fall to {policy.fall_to} ({beat})."
    )
    for rung, column in zip(Rung, st.columns(len(Rung), gap="small"), strict=True):
        with column:
            _rung(rung, policy, [row for row in rows if row["effective"] == rung.value])
    _history(rows)
    _move(rows)


def _title(rows: list[dict[str, Any]]) -> str:
    above = sum(Rung(row["effective"]).height > Rung.DRAFT.height for row in rows)
    ready = sum(bool(row["up"] and row["up"]["ready"]) for row in rows)
    stand = {0: "No version stands", 1: "One version stands"}.get(above, f"{above} versions stand")
    return f"{stand} above DRAFT; {ready or 'none'} may rise"


def _ago(at: str) -> str:
    seconds = int((SystemClock().now() - datetime.fromisoformat(at)).total_seconds())
    return f"{seconds} s ago" if seconds < 120 else f"{seconds // 60} min ago"  # noqa: PLR2004  # two minutes


def _rung(rung: Rung, policy: Any, rows: list[dict[str, Any]]) -> None:
    rule = policy.rungs[rung.value]
    st.subheader(rung.value, anchor=False)
    last = WORDS[rule.permissions[-1]]
    share = f" · {rule.sample_share:.0%} to people" if rule.daily_cap else ""
    theme.note(f"{last}  \n{rule.daily_cap:,} a day{share}")
    if not rows:
        theme.note("nobody")
    for row in rows:
        with st.container(border=True, gap="xxsmall"):
            _card(row)


def _card(row: dict[str, Any]) -> None:
    st.markdown(f"**{name_of(row)}**")
    last = row["last_decision"]
    st.markdown(theme.verdict(last["decision"]) if last else theme.verdict("INSUFFICIENT"))
    if row["fell_back"]:
        st.markdown(f":red[fell from {row['rung']}: {escaped(row['fell_back'], 60)}]")
    since = f"since {row['since'][:10]}" if row["since"] else "new version"
    st.markdown(since)
    up = row["up"]
    if up and up["ready"]:
        st.markdown("Up: **grant it**")
    elif up:
        more = up["needed_verdicts"]
        first = up["missing"][0] if up["missing"] else "nothing"
        st.markdown(f"Up: **{more} more runs**" if more else f"Up: {escaped(first, 70)}")
    until = row["until"]
    theme.note(f"expires {until[:10]}" if until else "no grant to expire")


def name_of(row: dict[str, Any]) -> str:
    """Return a version's name as Markdown; a version that names its graph stands alone."""
    graph, version = row["graph"], row["version"]
    return escaped(version if version.startswith(graph) else f"{graph} {version}", 60)


def _history(rows: list[dict[str, Any]]) -> None:
    st.subheader(f"How they got here, last {DAYS} days", anchor=False)
    moved = [row for row in rows if row["history"]]
    if not moved:
        theme.note("No version was ever moved. A version starts at DRAFT and rises on evidence.")
        return
    ink, now = charts.palette(), SystemClock().now()
    start = now - timedelta(days=DAYS)
    figure = go.Figure()
    for row in moved:
        name = f"{row['graph']} {row['version']}"
        for rung, left, right in _spans(row["history"], start, now):
            wide = right - left > timedelta(hours=NARROW_H)
            figure.add_bar(
                y=[name], x=[(right - left).total_seconds() * 1000], base=[left], orientation="h",
                marker={"color": ink.rungs[Rung(rung).height]}, width=0.5, hoverinfo="text",
                text=rung if wide else "", textposition="inside", insidetextanchor="start",
                hovertext=f"{rung} from {left:%d %b %H:%M} to {right:%d %b %H:%M}",
            )  # fmt: skip
        for move in row["history"]:
            up = Rung(move["to_rung"]).height > Rung(move["from_rung"] or "DRAFT").height
            figure.add_scatter(
                x=[datetime.fromisoformat(move["at"])], y=[name], mode="markers",
                marker=charts.verdict_mark("PROMOTE" if up else "ROLLBACK"),
                hovertext=f"{move['at'][:16]} by {move['by']}: {move['reason'][:80]}",
                hoverinfo="text",
            )  # fmt: skip
    figure.add_vline(x=now, line={"color": ink.text, "width": 1.5})
    figure.update_layout(barmode="overlay")
    charts.styled(figure, height=60 + 38 * len(moved), left=170)
    figure.update_xaxes(range=[start, now + timedelta(days=2)], tickformat="%-d %b")
    charts.show(figure, key="ladder history", alt="Rungs of each version over the last 30 days")


def _spans(
    history: list[dict[str, Any]], start: datetime, now: datetime
) -> list[tuple[str, datetime, datetime]]:
    moves = sorted(history, key=lambda move: move["at"])
    times = [datetime.fromisoformat(move["at"]) for move in moves]
    spans = [(moves[0]["from_rung"] or "DRAFT", start, max(start, times[0]))]
    for move, at, end in zip(moves, times, [*times[1:], now], strict=True):
        spans.append((move["to_rung"], max(start, at), max(start, end)))
    return [(rung, left, right) for rung, left, right in spans if right > left]


def _move(rows: list[dict[str, Any]]) -> None:
    """Offer a grant or a revocation; the store's rules decide, and their answer is shown."""
    with st.expander("Move a version by name"), st.form("move", border=False):
        names = {f"{row['graph']} {row['version']}": row for row in rows}
        name = st.selectbox("Version", list(names))
        target = st.selectbox("Rung", [rung.value for rung in Rung], index=1)
        reason = st.text_input("Reason", max_chars=300)
        if st.form_submit_button("Move"):
            row = names[str(name)]
            try:
                done = ladder.grant(
                    resources.fleet(), row["graph"], row["version"], Rung(target), reason=reason,
                    actor=resources.actor(),
                )  # fmt: skip
                st.toast(f"{name}: {done['from']} to {done['rung']}")
                st.rerun()
            except FleetError as error:
                st.markdown(f":red[{escaped(str(error), 400)}]")
