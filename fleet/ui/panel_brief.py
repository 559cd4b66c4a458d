"""The brief as a form: presets to begin with, and one line for what does not fit."""

from typing import Any

import streamlit as st

from fleet.campaign_panel.policy import PanelPolicy
from fleet.errors import InputError
from fleet.ui.panel_presets import PRESETS

PRESET = "panel.preset"


def form(policy: PanelPolicy) -> dict[str, Any] | None:
    """Draw the form; return the brief in the wire format when it was handed in."""
    chosen = st.segmented_control("Begin with", list(PRESETS), default="Renewal", key=PRESET)
    preset = PRESETS[chosen or "Renewal"]
    name = chosen or "Renewal"
    with st.form(f"brief {name}", border=True):
        left, right = st.columns([1.4, 1])
        with left:
            goal = st.text_input("Goal", preset["goal"], key=f"goal {name}")
            segment = st.text_input("Segment", preset["segment"], key=f"segment {name}")
            facts = st.text_area(
                "Offer facts, one a line as `id: text`", preset["facts"], height=150,
                key=f"facts {name}",
            )  # fmt: skip
        with right:
            voice = st.text_input("Brand voice", preset["brand_voice"], key=f"voice {name}")
            most = st.number_input(
                "Touches at most",
                1,
                policy.max_max_touches,
                preset["max_touches"],
                key=f"most {name}",
            )
            horizon = st.number_input(
                "Days", 1, policy.max_horizon_days, preset["horizon_days"], key=f"days {name}"
            )
            gap = st.number_input(
                "Days apart, at least", 0, policy.max_horizon_days, preset["min_gap_days"],
                key=f"gap {name}",
            )  # fmt: skip
            channels = st.multiselect(
                "Channels", list(policy.known_channels), preset["channels"], key=f"channels {name}"
            )
        sent = st.form_submit_button("Hold the panel", type="primary", icon=":material/forum:")
    if not sent:
        return None
    return {
        "goal": goal, "segment": segment, "offer_facts": read_fact_lines(facts),
        "brand_voice": voice,
        "constraints": {
            "max_touches": int(most), "horizon_days": int(horizon), "min_gap_days": int(gap),
            "channels": list(channels),
        },
    }  # fmt: skip


def read_fact_lines(text: str) -> list[dict[str, str]]:
    """Read `id: text` lines; a line without an id gets its number. Raises InputError on none."""
    facts = []
    for number, line in enumerate((item.strip() for item in text.splitlines()), 1):
        if not line:
            continue
        name, colon, rest = line.partition(":")
        fits = colon and rest.strip() and " " not in name.strip()
        found = (name, rest) if fits else (f"fact{number}", line)
        facts.append({"id": found[0].strip(), "text": found[1].strip()})
    if not facts:
        raise InputError("the brief has no fact: write at least one line `id: text`")
    return facts
