"""The ladder's page: who may do what, why, since when, until when, and what would move it."""

from datetime import datetime
from typing import Any

import streamlit as st

from fleet.adapters.clock import SystemClock
from fleet.domain.trust import Rung, is_simulated
from fleet.runtime import ladder
from fleet.runtime.ladder_show import ladder_rows
from fleet.ui import ladder_history, ladder_moves, people, resources, shadow_panel, theme
from fleet.ui.stops import stop_button
from fleet.ui.untrusted import escaped
from fleet.ui.version_names import marked_name

TWO_MINUTES, TWO_HOURS, TWO_DAYS = 120, 120 * 60, 48 * 3600
WORDS = {
    "suggest": "suggests only", "draft": "drafts, people send", "judge": "judges in silence",
    "approve": "sends, sampled back",
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
    beat = f"last heartbeat {ago(heard)}" if heard else "no heartbeat yet"
    theme.note(
        f"Up one rung at a time, down at once. Grants end by themselves. If the monitor is silent "
        f"for {policy.heartbeat_s // 60} min, all fall to {policy.fall_to} ({beat})."
    )
    for rung, column in zip(Rung, st.columns(len(Rung), gap="small"), strict=True):
        with column:
            _rung(rung, policy, [row for row in rows if row["effective"] == rung.value])
    ladder_history.show(rows)
    shadow_panel.show(rows)
    people.show()
    ladder_moves.show(rows)


def _title(rows: list[dict[str, Any]]) -> str:
    above = sum(Rung(row["effective"]).height > Rung.DRAFT.height for row in rows)
    ready = sum(bool(row["up"] and row["up"]["ready"]) for row in rows)
    stand = {0: "No version stands", 1: "One version stands"}.get(above, f"{above} versions stand")
    return f"{stand} above DRAFT; {ready or 'none'} may rise"


def ago(at: str) -> str:
    """Return how long ago a stored time was, in the unit that people would say."""
    seconds = int((SystemClock().now() - datetime.fromisoformat(at)).total_seconds())
    if seconds < TWO_MINUTES:
        return f"{seconds} s ago"
    if seconds < TWO_HOURS:
        return f"{seconds // 60} min ago"
    return f"{seconds // 3600} h ago" if seconds < TWO_DAYS else f"{seconds // 86_400} d ago"


def _rung(rung: Rung, policy: Any, rows: list[dict[str, Any]]) -> None:
    rule = policy.rungs[rung.value]
    st.subheader(rung.value, anchor=False)
    leads = "0 a day"
    if rule.daily_cap:
        leads = (
            f"{rule.daily_cap:,} a day, {rule.canary_share:.0%} of leads  \n"
            f"{rule.sample_share:.0%} of them to people"
        )
    theme.note(f"{WORDS[rule.permissions[-1]]}  \n{leads}")
    if not rows:
        theme.note("nobody")
    for row in sorted(rows, key=_order):
        with st.container(border=True, gap="xxsmall"):
            if row["since"] or row["last_decision"]:
                _card(row)
            else:
                st.markdown(f"{marked_name(row['graph'], row['version'])} :gray[new]")
                st.markdown(f"{theme.verdict('INSUFFICIENT', '')} {up_words(row)}")


def _order(row: dict[str, Any]) -> tuple[bool, bool, str]:
    """Who fell comes first, then who has a grant: those are the cards that ask for a look."""
    return not row["fell_back"], row["since"] is None, row["version"]


def _card(row: dict[str, Any]) -> None:
    st.markdown(marked_name(row["graph"], row["version"]))
    last = row["last_decision"]
    st.markdown(theme.verdict(last["decision"]) if last else theme.verdict("INSUFFICIENT"))
    if row["fell_back"]:
        if is_simulated(row["version"]) and row["fell_back"] == "monitor silent":
            st.markdown(f"stood on **{row['rung']}** when it was last played")
        else:
            st.markdown(f":red[fell from {row['rung']}: {escaped(row['fell_back'], 60)}]")
    since = f"since {_day(row['since'])} by {escaped(row['by'], 24)}" if row["since"] else None
    st.markdown(since or "new version")
    st.markdown(f"Up: {up_words(row)}")
    if Rung(row["rung"]).height > Rung.DRAFT.height and not row["fell_back"]:
        st.markdown("Down: drift, a grave defect")
    theme.note(f"expires {_day(row['until'])}" if row["until"] else "no grant to expire")


def up_words(row: dict[str, Any]) -> str:
    """Say in Markdown what would lift a version by one rung."""
    up = row["up"]
    if row["fell_back"] == "monitor silent" and is_simulated(row["version"]):
        return "nothing: it was simulated"
    if row["fell_back"] == "monitor silent":
        return "start `fleet worker`: it watches"
    if not up:
        return "this is the top"
    if up["ready"]:
        return "**grant it**"
    needed = (up["shadow"] or {}).get("needed") or {}
    beside = [
        f"**{needed[key]} more {word}**"
        for key, word in (("verdicts", "verdicts"), ("rejections", "refused drafts"))
        if needed.get(key)
    ]
    if beside:
        return ", ".join(beside)
    if up["needed_verdicts"]:
        return f"**{up['needed_verdicts']:,} more runs**"
    return escaped(up["missing"][0] if up["missing"] else "nothing", 70)


def _day(at: str) -> str:
    return f"{datetime.fromisoformat(at):%-d %b}"


def name_of(row: dict[str, Any]) -> str:
    """Return a version's name as Markdown in bold, marked when it was simulated."""
    return marked_name(row["graph"], row["version"])
