"""The room: who said what on which facts, and the board of objections beside it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from fleet.campaign_panel.policy import PanelPolicy
from fleet.campaign_panel.values import Note
from fleet.ui import theme
from fleet.ui.untrusted import escaped, show_untrusted

STAGES = {
    "empathise": "Empathise", "define": "Define", "ideate": "Ideate", "critique": "Challenge",
    "converge": "Settle",
}  # fmt: skip
ICONS = frozenset((
    "insights", "gavel", "record_voice_over", "person_search", "schedule", "shield", "groups",
    "balance", "campaign", "mail", "payments",
))  # fmt: skip
HEIGHT = 360
OPEN = theme.Sign(hue="orange", icon=":material/flag:", word="Open")
RESOLVED = theme.Sign(hue="green", icon=":material/check:", word="Resolved")
NOT_ADOPTED = theme.Sign(hue="gray", icon=":material/remove:", word="Not adopted")
SIGNS = {"open": OPEN, "resolved": RESOLVED, "not adopted": NOT_ADOPTED}
SEVERITY = {"blocker": 0, "major": 1, "minor": 2}


def choose_turns(transcript: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Draw the stages; return the turns of the chosen one, or all of them without a choice."""
    names = {key: f"✓ {word}" for key, word in STAGES.items()}
    chosen = st.segmented_control(
        "Stages", list(STAGES), format_func=names.__getitem__, label_visibility="collapsed",
        width="stretch", key="panel.stage",
    )  # fmt: skip
    return [turn for turn in transcript if chosen in (None, turn["stage"])]


def talk(turns: Iterable[Mapping[str, Any]], policy: PanelPolicy, *, height: int = HEIGHT) -> None:
    """Draw the turns in a box that scrolls by itself."""
    with st.container(border=True, height=height, gap=None, autoscroll=False):
        drawn = False
        for turn in turns:
            one_turn(turn, policy)
            drawn = True
        if not drawn:
            theme.note("No lens speaks here: convergence is a function of the notes.")


def one_turn(turn: Mapping[str, Any], policy: PanelPolicy) -> None:
    """Draw what one lens said: name, stance, claims with the facts they rest on."""
    lens = policy.lenses.get(turn["lens"])
    title = lens.title if lens else "You"
    icon = lens.icon if lens and lens.icon in ICONS else "person"
    hue = "orange" if turn["stance"] in ("objects", "doubts the agreement") else "gray"
    with st.chat_message(turn["lens"], avatar=f":material/{icon}:"):
        st.markdown(
            f"**{escaped(title, 40)}** :{hue}[{escaped(turn['stance'], 40)}]"
            f" :small[:gray[{STAGES[turn['stage']]}, round {turn['round']}{_by(turn)}]]"
        )
        if turn.get("problem"):
            show_untrusted(turn["problem"])
        lines = spoken(turn)
        for text, evidence in lines:
            with st.container(gap=None):
                show_untrusted(text)
                st.markdown(cites(evidence))
        if not lines:
            theme.note("no rows" if turn["stage"] != "critique" else "no objection")


def spoken(turn: Mapping[str, Any]) -> list[tuple[str, Sequence[str]]]:
    """Return what a turn says, line by line, with the facts each rests on.

    A turn without claims says its proposed touches, or its objections.
    """
    if turn["claims"]:
        return [(claim["text"], claim["evidence"]) for claim in turn["claims"]]
    touches = [
        (f"Day {touch['day_offset']}, {touch['channel']}: {touch['angle']}", touch["evidence"])
        for touch in turn.get("touches", ())
    ]
    return [*touches, *((item["reason"], item["evidence"]) for item in turn.get("objections", ()))]


def progress(note: Note, policy: PanelPolicy) -> str:
    """Say who has just spoken, and where the room stands."""
    lens = policy.lenses.get(note.lens)
    who = lens.title if lens else "You"
    return f"Round {note.round}, {STAGES[note.stage.value]}: {escaped(who, 40)} has spoken"


def cites(ids: Sequence[str]) -> str:
    """Return badges of the facts something rests on; without any it says so."""
    if not ids:
        return ":gray-badge[no rows]"
    return " ".join(f":gray-badge[:material/table_rows: {escaped(item, 60)}]" for item in ids)


def board(answer: Mapping[str, Any], policy: PanelPolicy) -> None:
    """Draw every objection once, open ones first; they stay on the adopted plan."""
    counts = answer["objections"]
    with st.container(border=True, height=HEIGHT, gap="xsmall"):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.subheader("Objections", anchor=False)
            theme.note(
                f"{counts['raised']} raised, {counts['resolved']} resolved, {counts['open']} open"
            )
        for item in unique_objections(answer["transcript"]):
            text, sign = st.columns([3, 1.1], vertical_alignment="top")
            with text, st.container(gap=None):
                show_untrusted(item["reason"])
                lens = policy.lenses.get(item["lens"])
                who = lens.title if lens else item["lens"]
                asks = escaped(item["demand"], 80)
                theme.note(f"{escaped(who, 40)}, {item['severity']}. Asks for: {asks}.")
            with sign:
                theme.badge(SIGNS[item["status"]])
        if not counts["raised"]:
            theme.note("Nobody objected.")
        st.markdown(":small[:gray[:material/lock: Sets days and angles only. It cannot write or "
                    "send a mail.]]")  # fmt: skip


def unique_objections(transcript: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each objection once: open first, then by severity."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for turn in transcript:
        for item in turn.get("objections", ()):
            reason = item["reason"] if item["remedy"] == "none" else ""
            found.setdefault((item["lens"], reason, item["demand"]), dict(item))
    order = list(SIGNS)
    return sorted(
        found.values(), key=lambda item: (order.index(item["status"]), SEVERITY[item["severity"]])
    )


def _by(turn: Mapping[str, Any]) -> str:
    if turn.get("why_rule"):
        return f", by rule: {escaped(turn['why_rule'], 80)}"
    return {"model": ", by model", "human": ", by a person"}.get(turn["origin"], ", by rule")
