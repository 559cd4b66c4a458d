"""Names of people, firms and products in a sentence, by their capitals and what stands before them.

In German every noun has a capital, so one such word is a name only after a title or a legal form
follows; elsewhere any unknown capital inside a sentence is one.
"""

# patterns stay whole
import re
from collections.abc import Iterator

from fleet.domain.provenance import RowRef
from fleet.drafting.claim_facts import Known
from fleet.drafting.claim_words import (
    COMMON,
    FIRM_FORMS,
    MONTHS,
    NAME_CUE,
    OPENER,
    TITLES,
    WEEKDAYS,
)

NAME = re.compile(
    r"[A-ZÀ-ÖØ-Þ][\w'’-]*(?:\s+(?:de|da|van|von|der|den|di|del|la|le)?\s?[A-ZÀ-ÖØ-Þ0-9][\w'’-]*)*"
)
WORD = re.compile(r"\S+")
HAILED = re.compile(  # in lower case: with a capital it stands in one run with the name
    r"\s*(?:hey|hi|hello|hallo|hoi|hé|ei|ey|ehi|coucou|salut|hola|olá|ciao|dear|lieber?|beste"
    r"|car[oa]|cher|chère|estimad[oa]|gentile) "
)
CUE_REACH = 40  # characters before a name in which a title may stand
FIRM_WORDS = 2  # a name and its legal form
ODD = re.compile(r"^[A-ZÀ-Þ]{3,}|[a-zà-ÿ][A-ZÀ-Þ]|\d")  # no ordinary word opens a sentence so
NOUN = re.compile(  # how German nouns end that stand after a preposition without an article
    r"(?:ung|heit|keit|schaft|ion|tät|nis|tum|en|ern|eln|anz|enz|ment|ing|isse)$"
    r"|^(?:anfang|bedarf|interesse|freude|hilfe|support|preis|budget|zeit|mail|telefon|team|start|wunsch|recht|gruß|dank"
    r"|beginn|sinn|vertrieb|einkauf|technik|post|ihnen|stand|grund|vorteil|wert|umfang|seite|blick|abstand|vertrag)$",
    re.IGNORECASE,
)
ABSTRACT = re.compile(  # nouns that two in a row make no name of
    r"(?:ung|heit|keit|schaft|ion|tät|nis)(?:en|se)?$|^(?:Zeit|Zeiten|Fragen|Anfang|Interesse|Hilfe|Support|Budget|Mail|Preise?|Kosten)$"
)
VARIANT = re.compile(  # what a maker adds to a product's name, so that it names another product
    r"[\s-](?:(?:Plus|Max|Pro|Ultra|Premium|Elite|Mega|Lite|Light|Enterprise|Prime|Advanced|Standard|Basic|Edition|Cloud|Suite"
    r"|Express|Turbo|Neo|Next|One|Mini|Gold|Platinum|Deluxe|Professional|Essential|XX?L|I{2,3}|IV|X|S)\b(?!['’])"
    r"|\d{1,2}\b(?![.,]\d|[\s\u202f\u00a0]\d{3}\b|\s?(?:€|\$|£|%|EUR|USD|GBP|[a-z])))"
)
CAPITAL = re.compile(r"\s[A-ZÀ-Þ][\w'’-]*")
Named = tuple[int, int, str, tuple[RowRef, ...]]  # start, end, kind, rows


def product_claims(text: str, name: str, rows: tuple[RowRef, ...], known: Known) -> Iterator[Named]:
    """Yield each mention of one product; a word more makes it a product that no row holds."""
    body = r"[\s-]".join(re.escape(part) for part in name.split())
    for match in re.finditer(rf"(?<!\w){body}(?!\w)", text, re.IGNORECASE):
        more = VARIANT.match(text, match.end())
        if not more and known.language != "de":
            more = CAPITAL.match(text, match.end())
            word = more.group().strip() if more else ""
            if more and (known.is_name(word) or word.lower() in COMMON or word.lower() in MONTHS):
                more = None
        yield match.start(), (more or match).end(), "product", () if more else rows


def name_claims(text: str, known: Known) -> Iterator[Named]:
    """Yield the names of a sentence, with the rows that hold them."""
    letter = re.search(r"[^\W\d_]", text)
    first = letter.start() if letter else 0
    hail = HAILED.match(text)
    for match in NAME.finditer(text):
        opening = match.start() <= first
        before = text[max(0, match.start() - CUE_REACH) : match.start()].lower()
        for start, words, titled in _runs(match.group()):
            hailed = hail is not None and start == 0 and match.start() == hail.end()
            cued = titled or hailed or (start == 0 and _cued(before, words, known))
            found = _read(words, known, opening=opening and start == 0, cue=cued)
            if found:
                at = match.start() + start
                end = at + len(match.group()[start:].split(words[-1])[0]) + len(words[-1])
                yield at, max(end, at + 1), *found


def _cued(before: str, words: list[str], known: Known) -> bool:
    cue = NAME_CUE.search(before)
    if not cue or words[0].lower() in COMMON:
        return False
    plain = known.language == "de" and cue.group().strip() in ("für", "bei", "von", "mit")
    return not (plain and len(words) == 1 and NOUN.search(words[0]))


def _runs(text: str) -> Iterator[tuple[int, list[str], bool]]:
    """Split capitals in a row at titles: what follows one is a name."""
    start, words, titled = 0, list[str](), False
    for match in WORD.finditer(text):
        word = match.group().strip("'’-")
        if word.lower() in TITLES:
            if words:
                yield start, words, titled
            start, words, titled = match.end() + 1, [], True
        else:
            words.append(word)
    if words:
        yield start, words, titled


def _read(
    words: list[str], known: Known, *, opening: bool, cue: bool
) -> tuple[str, tuple[RowRef, ...]] | None:
    strange = [w for w in words if w and not known.is_name(w) and w.lower() not in COMMON]
    strange = [w for w in strange if w.lower() not in MONTHS and w.lower() not in WEEKDAYS]
    strange = [w for w in strange if not w[0].islower()]  # "von" between two names
    german = known.language == "de"
    firm = len(words) > 1 and words[-1].lower() in FIRM_FORMS
    if german and firm and strange and strange[-1] not in words[-FIRM_WORDS:]:
        firm = False  # a noun before a firm that is known
    if firm and not (opening and len(words) > FIRM_WORDS and strange == words[:1]):
        cue = True
    if german and not cue:
        strange = _longest_run(words, [w for w in strange if not ABSTRACT.search(w)])
    named = opening and german and len(strange) > 1 and not OPENER.match(words[0])
    odd = bool(strange) and strange[0] == words[0] and bool(ODD.search(words[0]))
    if opening and strange and strange[0] == words[0] and not (cue or named or odd):
        strange = strange[1:] if len(words) > 1 else []
    if strange and not odd and known.is_plain(strange, cue=cue):
        return None
    if strange:
        kind = "product" if any(c.isdigit() for w in strange for c in w) else "name"
        return kind, ()
    rows = known.name_rows(words)
    return ("name", rows) if rows else None


def _longest_run(words: list[str], strange: list[str]) -> list[str]:
    """Return the most unknown words in a row: a pronoun between German nouns joins no name."""
    runs: list[list[str]] = [[]]
    for word in words:
        if word in strange:
            runs[-1].append(word)
        else:
            runs.append([])
    return max(runs, key=len)
