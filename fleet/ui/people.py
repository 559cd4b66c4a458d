"""People are measured too, and see it: planted drafts caught, speed, agreement; second looks."""

from typing import Any

import streamlit as st

from fleet.adapters.store.review_reads import find
from fleet.errors import FleetError
from fleet.runtime.autonomy_shadow import autonomy_policy, people_measures
from fleet.runtime.canaries import due_for_second, second_look
from fleet.ui import resources, theme, untrusted
from fleet.ui.untrusted import escaped

LEVELS = ((0.8, "almost perfect"), (0.6, "substantial"), (0.4, "moderate"), (0.2, "fair"))


def show() -> None:
    """Draw what the team may know of itself."""
    fleet = resources.fleet()
    found, rule = people_measures(fleet), autonomy_policy(fleet).people
    st.subheader("People at the queue", anchor=False)
    theme.note(
        "Shown to the team, and read by nothing else. Planted drafts are good ones with one number "
        "made wrong; a careful reader refuses them. Ranges are 95 % intervals."
    )
    if not found["reviewers"]:
        theme.note("○ Nobody has decided a draft yet.")
        return
    st.table([_row(person, rule) for person in found["reviewers"]])
    team = (
        f"People and gate agree at kappa {_kappa(found['kappa'])} ({found['compared']:,} drafts)."
    )
    second = (
        f"A second person, blind, agrees at kappa {_kappa(found['second_kappa'])} over "
        f"{found['second_looks']:,} drafts."
        if found["second_looks"]
        else "No draft was looked at twice yet."
    )
    st.markdown(f"{team} {second}")
    _second(rule.second_review_share)


def _row(person: dict[str, Any], rule: Any) -> dict[str, str]:
    rate = person["catch_rate"]
    caught = f"{person['caught']} of {person['canaries']}"
    if rate:
        caught = f"{rate[0]:.0%}  \n:gray[{rate[1]:.0%} – {rate[2]:.0%} · {caught}]"
    elif person["canaries"] < rule.min_canaries:
        caught += f"  \n:gray[a rate after {rule.min_canaries}]"
    median, fast = person["median_s"], person["fast_share"]
    speed = "○ not timed" if median is None else f"{median:.0f} s"
    if fast is not None:
        speed += f"  \n:gray[{fast:.0%} under {rule.fast_s:g} s]"
    return {
        "Reviewer": escaped(person["actor"], 60),
        "Decided": f"{person['decided']:,}  \n:gray[{person['longest_streak']} approved in a row]",
        "Planted ones caught": caught,
        "Median time": speed,
        "Kappa with the gate": f"{_kappa(person['kappa'])}  \n:gray[{person['compared']:,} drafts]",
    }


def _kappa(triple: list[float] | None) -> str:
    if triple is None:
        return "○ not defined"
    level = next((word for floor, word in LEVELS if triple[0] >= floor), "slight or none")
    return f"{triple[0]:.2f} ({triple[1]:.2f} – {triple[2]:.2f}), {level}"


def _second(share: float) -> None:
    """Offer the next draft that somebody else decided; the first answer is not shown."""
    if share <= 0:
        theme.note(
            "Blind second looks are off in this policy (`second_review_share` is 0): a team of one "
            "has nobody to be second."
        )
        return
    fleet = resources.fleet()
    due = due_for_second(fleet, resources.actor(), share)
    with st.expander(f"Blind second look: {len(due)} wait for you", expanded=bool(due)):
        if not due:
            theme.note(f"{share:.0%} of what others decided comes here. Nothing waits now.")
            return
        draft = find(fleet.store, due[0])
        theme.note("What would you do with it? Your answer changes nothing about this message.")
        untrusted.show_untrusted(f"To {draft['to_address']}\n{draft['subject']}\n\n{draft['body']}")
        with st.container(horizontal=True):
            send = st.button("I would send it", key=f"second:yes:{due[0]}")
            refuse = st.button("I would refuse it", key=f"second:no:{due[0]}")
        if send or refuse:
            _answer(draft, approves=send)


def _answer(draft: dict[str, Any], *, approves: bool) -> None:
    try:
        second_look(
            resources.fleet(), draft["id"], approves=approves, actor=resources.actor(),
            text_hash=draft["text_hash"],
        )  # fmt: skip
    except FleetError as error:
        st.markdown(f":red[{escaped(str(error), 300)}]")
        return
    st.rerun()
