"""The only ways text of others reaches a page."""

import string

import streamlit as st

WORD_JOINER = "\u2060"
# Streamlit turns these into links and arrows after it has read the escapes
BROKEN = ("://", "www.", "@", "<-", "->", "--", "<=", ">=", "~=")
PUNCTUATION = frozenset(string.punctuation)
SHORT = 300


def show_untrusted(text: object) -> None:
    """Write foreign text as it is: no Markdown, no HTML, nothing fetched."""
    st.text("" if text is None else str(text))


def escaped(text: str) -> str:
    """Return foreign text that Markdown shows literally, on one line."""
    flat = " ".join(text.split())
    for mark in BROKEN:
        start = mark if mark != "www." else "www"
        cut = len(start) - 1 or 1
        end = "." if mark == "www." else ""
        flat = flat.replace(mark, start[:cut] + WORD_JOINER + start[cut:] + end)
    return "".join("\\" + c if c in PUNCTUATION else c for c in flat)


def tinted(text: str, hue: str) -> str:
    """Return foreign text as a Markdown span with a background of our hue."""
    shown = escaped(text)
    return f":{hue}-background[{shown}]" if shown else ""


def label(text: object) -> str:
    """Return foreign text for a label that Markdown reads: short, escaped, one line."""
    return escaped(str(text or "")[:SHORT])
