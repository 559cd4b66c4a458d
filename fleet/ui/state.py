"""What a browser session remembers between two runs of a page."""

import uuid

import streamlit as st

CHOSEN = "chosen_draft"
LAST = "last_decision"
SAID = "said"


def choose(draft_id: str | None) -> None:
    """Open a draft in the approvals page."""
    st.session_state[CHOSEN] = draft_id


def chosen() -> str | None:
    """Return the open draft, or None."""
    found: str | None = st.session_state.get(CHOSEN)
    return found


def say(text: str) -> None:
    """Keep one line to show on the next run."""
    st.session_state[SAID] = text


def heard() -> str | None:
    """Take the kept line."""
    found: str | None = st.session_state.pop(SAID, None)
    return found


def request_key(name: str) -> str:
    """Return one key per shown action: a second click carries the same one."""
    key: str = st.session_state.setdefault(f"request:{name}", uuid.uuid4().hex)
    return key
