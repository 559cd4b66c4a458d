"""A look-up of words may only skip what a closer look would find empty."""

import re

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fleet.intent.cues import CUE, find_cues
from fleet.intent.words import CUES, NEGATORS
from fleet.mailbox.auto_reply import I_AM_AWAY, MACHINE, SUBJECT, is_automatic
from fleet.mailbox.mail_tokens import tokens_of_mail
from fleet.mailbox.opt_out import _askable, _folded, _in_clauses, _is_hinted
from fleet.mailbox.opt_out_idioms import ALONE, IDIOMS
from fleet.mailbox.opt_out_words import Part
from fleet.mailbox.tokens import LONGEST_KNOWN, Known, lowered, tokens_of

ASKING = """unsubscribe unsubcribe stop stopp cease remove delete me us my list address data off from
not no don't never nothing more again want wish receive send email mail mails newsletter write
contact please para auf hören arrêtez n'écrivez-moi löschen mich bitte keine mehr supprimez moi
plus consent withdraw object enough basta baja darme lista de um follow-up i we they to be been
our the this customers hesitate leave out 7 ж é x_y don’t don`t"""
PHRASES = sorted({phrase.replace("*", "") for phrases in CUES.values() for phrase in phrases})
GLUE = [
    " ",
    "\n",
    ", ",
    ". ",
    "? ",
    "! ",
    "-",
    "'",
    "’",
    "",
    " 7 ",
    "_",
    " 😀 ",
    "“",
    "”",
    "(",
    "\x92",
]


def texts(words: list[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(st.sampled_from(words), st.sampled_from([" "] * 12 + GLUE))
    return st.lists(pairs, max_size=14).map(lambda found: "".join(a + b for a, b in found))


@settings(max_examples=600)
@given(texts(ASKING.split()))
def test_no_clause_that_asks_is_skipped(text: str) -> None:
    tokens = tokens_of(lowered(text))
    folded = _folded(tokens.low)
    assert _in_clauses(folded, _askable(tokens)) == _in_clauses(folded)


@settings(max_examples=250)
@given(st.from_regex(IDIOMS), texts(ASKING.split()))
def test_no_idiom_comes_without_its_hint(idiom: str, around: str) -> None:
    text = lowered(f"{around} {idiom}")
    tokens = tokens_of_mail("", text)
    if IDIOMS.search(_folded(text)):
        assert tokens.reply_parts & Part.HINT
        assert _is_hinted(tokens.reply)


@given(st.from_regex(ALONE))
def test_no_word_that_can_stand_alone_is_unknown(text: str) -> None:
    if ALONE.match(_folded(lowered(text))):
        assert tokens_of_mail(text, "").subject_parts & Part.ALONE


# letters that a search for "s", "k" or "i" takes for them, whatever the case
ODD = set("ſKıİ")
ABSENCES = [
    re.compile(rf"(?<!\w)(?:{each.pattern})(?!\w)", re.IGNORECASE) for each in (MACHINE, I_AM_AWAY)
]


@settings(max_examples=150)
@given(st.one_of(*map(st.from_regex, ABSENCES)))
def test_no_absence_is_skipped(text: str) -> None:
    assume(ODD.isdisjoint(text))
    machine, person = (each.search(text) for each in ABSENCES)
    if machine or (person and "?" not in text):
        assert is_automatic("", text)


@given(st.from_regex(SUBJECT))
def test_no_subject_of_a_machine_is_skipped(subject: str) -> None:
    assume(ODD.isdisjoint(subject))
    assert is_automatic(subject, "") is bool(SUBJECT.match(subject.strip()))


@settings(max_examples=600)
@given(texts([*PHRASES, *NEGATORS, *ASKING.split()]))
def test_the_cues_are_those_of_a_search_from_every_word(text: str) -> None:
    low = lowered(text)
    wanted, free = [], 0
    for word in re.finditer(r"\w+", low):
        tried = [pattern.match(low, word.start()) for pattern in CUE.values()]
        found = next(filter(None, tried), None)
        if found and word.start() >= free:
            wanted.append(found.span())
            free = found.end()
    assert [cue.span() for cue in find_cues(tokens_of(low))] == wanted


def test_a_word_too_long_to_be_one_is_looked_up_but_not_remembered() -> None:
    known = Known(len)
    assert [known[b"a" * 100_000], known[b"word"]] == [100_000, 4]
    assert list(known) == [b"word"]
    assert LONGEST_KNOWN < 100_000
