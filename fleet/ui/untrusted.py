"""Foreign text on a page: never Markdown, never HTML, never a link.

`st.text` renders plain characters. Where foreign text must stand inside our own Markdown, every
ASCII punctuation mark is escaped and automatic links are broken by a word joiner.
"""

import re

import streamlit as st

PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
AUTOMATIC = re.compile(r"(://|www\.|@|<-|->|--|<=|>=|~=)", re.IGNORECASE)
JOINER = "\u2060"
HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\x00-\x08\x0b-\x1f\x7f]")
LONGEST = 20_000


def show_untrusted(text: str | None) -> None:
    """Draw foreign text as it is, control characters shown as `·`."""
    st.text(plain(text))


def plain(text: str | None) -> str:
    """Return text without characters that reorder or hide others, cut at a readable length."""
    shown = HIDDEN.sub("·", text or "")
    return shown if len(shown) <= LONGEST else shown[:LONGEST] + " … (cut)"


def escaped(text: str | None, limit: int = 300) -> str:
    """Return foreign text fit to stand inside our own Markdown."""
    line = " ".join(plain(text).split())[:limit]
    joined = AUTOMATIC.sub(lambda match: JOINER.join([*match.group(), ""]), line)
    return PUNCTUATION.sub(r"\\\1", joined)
