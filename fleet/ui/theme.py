"""The vocabulary of the pages: one colour, icon and word for each state."""

from dataclasses import dataclass
from typing import Literal

import streamlit as st

Hue = Literal["red", "orange", "green", "blue", "violet", "gray"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A state as it is shown: never colour alone."""

    hue: Hue
    icon: str
    word: str


RISKS: dict[str, Sign] = {
    "high": Sign(hue="red", icon=":material/stat_3:", word="High risk"),
    "medium": Sign(hue="orange", icon=":material/stat_2:", word="Medium risk"),
    "low": Sign(hue="gray", icon=":material/stat_1:", word="Low risk"),
}
RISK_ORDER = {"high": 3, "medium": 2, "low": 1}
SUPPORTED = Sign(hue="green", icon=":material/check:", word="Supported")
NO_ROW = Sign(hue="red", icon=":material/block:", word="No row: blocks sending")
ATTESTED = Sign(hue="gray", icon=":material/person:", word="By name")
METHODS: dict[str, Sign] = {
    "model": Sign(hue="violet", icon=":material/neurology:", word="Model"),
    "trained": Sign(hue="blue", icon=":material/query_stats:", word="Trained"),
    "rules": Sign(hue="orange", icon=":material/rule:", word="Rules"),
    "human": Sign(hue="gray", icon=":material/person:", word="By name"),
}
UNKNOWN = Sign(hue="gray", icon=":material/help:", word="No evidence yet")

VERDICT_KIND: dict[str, str] = {
    **dict.fromkeys(("PROMOTE", "PASS", "OK", "TERMINATES", "working"), "good"),
    **dict.fromkeys(("HOLD", "MARGINAL", "WATCH", "ORPHAN_WAIT", "STALLED"), "hold"),
    **dict.fromkeys(
        ("ROLLBACK", "FAIL", "CRITICAL", "DRIFT", "LOOP", "LIVELOCK", "DEADLOCK", "VIOLATION",
         "BUDGET_EXCEEDED"),
        "bad",
    ),
    **dict.fromkeys(("INSUFFICIENT", "WARMING", "expired", "not judged"), "thin"),
}  # fmt: skip
SHAPES = {"good": "▲", "hold": "◆", "bad": "▼", "thin": "○"}
VERDICT_HUES: dict[str, Hue] = {"good": "green", "hold": "orange", "bad": "red", "thin": "gray"}


def verdict(word: str, label: str | None = None) -> str:
    """Return Markdown of a verdict: shape, hue and word together; unknown words are grey facts."""
    kind = VERDICT_KIND.get(word, "thin")
    return f":{VERDICT_HUES[kind]}-badge[{SHAPES[kind]} {label or word}]"


def badge(sign: Sign, word: str | None = None) -> None:
    """Draw a state as a badge; `word` replaces the usual word."""
    st.badge(word or sign.word, icon=sign.icon, color=sign.hue)


def note(text: str) -> None:
    """Write a note of our own words; text of others goes through `show_untrusted`."""
    st.markdown(f":small[:gray[{text}]]")


def is_dark() -> bool:
    """Whether the browser shows the dark theme."""
    return st.context.theme.type == "dark"
