"""What the browser is: a phone or a desk, with letter keys or without."""

import streamlit as st

KEYS = "keys.on"
PHONES = ("iphone", "android", "mobile")


def is_phone() -> bool:
    """Whether the browser says that it runs on a phone; there is no width to ask for."""
    agent = str(st.context.headers.get("User-Agent", "")).lower()
    return any(word in agent for word in PHONES)


def key(letter: str) -> str | None:
    """Return a letter key for a button, or None where keys are off or there is no keyboard."""
    return letter if st.session_state.get(KEYS, True) and not is_phone() else None


def keys_switch() -> None:
    """Draw the off switch: one stray letter outside a box approves a draft."""
    if is_phone():
        return
    on = st.toggle("Letter keys", value=st.session_state.get(KEYS, True), key="keys.toggle")
    if on != st.session_state.get(KEYS, True):
        st.session_state[KEYS] = on
        st.rerun()
