"""What the panel takes from a fact: its theme, a short quote, and a warning where it commands.

Facts are data. Markup is dropped, reading stops at the first sentence that gives orders, and only
the first words are ever repeated; so no text in a fact can move anything but its own quote.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from fleet.campaign_panel.policy import GoalKind, PanelPolicy, Theme
from fleet.campaign_panel.values import Brief, Fact

TAG = re.compile(r"<[^<>]{0,400}>?")
ORDERS = re.compile(
    r"\b(ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,40}\b(all|any|previous|prior|above|earlier|"
    r"instruction|instructions|rules|constraints|system)\b"
    r"|\b(system|assistant|developer)\s*(prompt|message|:)|\byou (are now|must|will|shall)\b"
    r"|\b(new|updated) instructions?\b|\bact as\b|\bjailbreak|\bsubject\s*:|\bbody\s*:"
    r"|\b(set|make|use|send|output|return|respond|reply|write|plan)\b[^.!?\n]{0,40}"
    r"\b(touches|subject|body|max_touches|min_gap|horizon|json|emails? (to|every))\b"
    r"|[{}`\[\]]{2,}|<\s*/?\s*(script|img|a|iframe|style|untrusted|data)\b|javascript:|https?://",
    re.IGNORECASE,
)  # fmt: skip
HIDDEN = re.compile("[\u0000-\u001f\u007f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÄÖÜÉ0-9])")
NUMBER = re.compile(r"\d")
EDGES = " \t\"'“”‘’`*_#|-–—:;,.!"
READ_CHARS = 600
LONGEST_WORD = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One fact as the panel sees it."""

    id: str
    theme: str
    quote: str  # "" when there is nothing fit to repeat
    has_number: bool
    commands: bool  # it gives orders or holds markup: quoted, never obeyed
    forbidden: bool  # it promises what no seller may promise


def read_facts(brief: Brief, policy: PanelPolicy) -> tuple[Reading, ...]:
    """Read every fact by itself; the order is the brief's."""
    return tuple(read_fact(fact, policy) for fact in brief.facts)


def read_fact(fact: Fact, policy: PanelPolicy) -> Reading:
    """Read one fact; what comes after a command is not read at all."""
    line = " ".join(HIDDEN.sub(" ", fact.text[:READ_CHARS]).split())
    order = ORDERS.search(line)
    head = line[: order.start()] if order else line
    plain = TAG.sub(" ", head).replace("<", " ").replace(">", " ")
    first = SENTENCE.split(" ".join(plain.split()))[0]
    lowered = first.lower()
    return Reading(
        id=fact.id,
        theme=theme_of(lowered, policy.themes),
        quote=_quote(first, policy),
        has_number=NUMBER.search(first) is not None,
        commands=order is not None or plain.strip() != head.strip(),
        forbidden=any(_stands(word, lowered) for word in policy.forbidden),
    )


def theme_of(lowered: str, themes: Mapping[str, Theme]) -> str:
    """Return the theme with the most of its words in the text; ties go to the later table.

    The later tables are the narrower ones: a price with "new" in it is a price.
    """
    best, most = "general", 0
    for name, theme in themes.items():
        count = sum(1 for word in theme.words if _stands(word, lowered))
        if count and count >= most:
            best, most = name, count
    return best


def goal_of(text: str, goals: Mapping[str, GoalKind]) -> GoalKind:
    """Return the first kind of goal with a word in the text, else the general one."""
    lowered = text.lower()
    found = [kind for kind in goals.values() if any(_stands(word, lowered) for word in kind.words)]
    return found[0] if found else goals["general"]


def has_word(text: str, words: tuple[str, ...]) -> bool:
    """Tell whether one of the words stands in the text."""
    lowered = text.lower()
    return any(_stands(word, lowered) for word in words)


def quote_text(text: str, limit: int) -> str:
    """Return foreign text as one short line without markup, for a transcript."""
    line = " ".join(TAG.sub(" ", HIDDEN.sub(" ", text[: limit * 4])).split())
    line = line.replace("<", " ").replace(">", " ")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _quote(sentence: str, policy: PanelPolicy) -> str:
    words = policy.quote_words
    parts = "".join(sign for sign in sentence if sign.isprintable()).strip(EDGES).split()
    kept = " ".join(part[:LONGEST_WORD] for part in parts[:words]).strip(EDGES)
    if has_word(kept, policy.message_like):
        return ""
    return f"{kept} …" if len(parts) > words else kept


def _stands(word: str, lowered: str) -> bool:
    # the plain search first: it is far cheaper, and nearly always the answer
    return word in lowered and _matcher(word).search(lowered) is not None


@lru_cache(maxsize=4096)
def _matcher(word: str) -> re.Pattern[str]:
    left = r"(?<!\w)" if word[:1].isalnum() else ""
    right = r"(?!\w)" if word[-1:].isalnum() else ""
    return re.compile(left + re.escape(word) + right)
