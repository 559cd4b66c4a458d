"""What agents and people say and do, as patterns: acts, refusals, consent, claims."""

import re

ACT = re.compile(
    r"^(?:[a-z0-9]+[._:/-])?(?:book|update|cancel|create|send|delete|add|remove|modify|set|write|"
    r"insert|post|put|exchange|return|change|buy|pay|refund|edit|commit|submit|approve|publish|"
    r"schedule|enroll|suppress|assign|merge|upload|upsert|patch)",
    re.IGNORECASE,
)
HANDOVER = re.compile(r"transfer|escalat|hand_?(?:off|over)|to_human", re.IGNORECASE)
DECLINE = re.compile(
    r"\b(?:unfortunately|unable|cannot|can['’]t|can not|sorry|apologi[sz]e|"
    r"not (?:able|possible|eligible|allowed|permitted)|leider|nicht möglich|malheureusement)\b",
    re.IGNORECASE,
)
TROUBLE = re.compile(
    r"\b(?:error|fail(?:ed|s|ure)?|issue|problem|invalid|not found|wrong|retry|try again|"
    r"seems|mistake|does not|doesn['’]t|didn['’]t|fehler|erreur)\b",
    re.IGNORECASE,
)
CONSENT = re.compile(
    r"\b(?:yes|yeah|yep|confirm(?:ed)?|proceed|go ahead|sure|ok(?:ay)?|please do|correct|agreed?|"
    r"sounds good|do it|ja|oui|sí|bestätig\w*)\b",
    re.IGNORECASE,
)
ANNOUNCED = re.compile(
    r"(?:\bi(?:['’]ll| will| am going to)\b(?! (?:be|wait|not)\b)|\blet me\b|\bplease hold\b|"
    r"\bone moment\b|\bnext,? i\b)[^?]*$",
    re.IGNORECASE,
)
CLAIMED = re.compile(
    r"\b(?:has|have) been (?:successfully )?(?:booked|updated|cancell?ed|created|sent|deleted|"
    r"added|removed|modified|changed|refunded|scheduled|submitted|processed)\b|"
    r"\bsuccessfully (?:booked|updated|cancell?ed|created|sent|deleted|added|removed|modified|"
    r"changed|refunded|scheduled|submitted|processed)\b",
    re.IGNORECASE,
)
THANKS = re.compile(
    r"\b(?:thanks?|thank you|cheers|bye|that is all|that['’]s all|danke|merci|gracias|grazie|"
    r"obrigad[oa]|bedankt|dank u)\b",
    re.IGNORECASE,
)
STOP = re.compile(r"#{2,}\s*[A-Z_]+\s*#{2,}|\bTERMINATE\b")
WORD = re.compile(r"\w+(?:[@.'-]\w+)*", re.UNICODE)
DATE = re.compile(r"^\d{4}-\d{2}-(\d{2})$")
TELLING = re.compile(r"[@\d]")  # an argument that names one thing: an id, an amount, an address
FIGURE = re.compile(  # a power of ten is how a number is written, and no number of its own
    r"(?<![\w.-])(?<!10\^)(?<!10\*\*)(?<!10\^\{)(?!10\s?(?:\^|\*\*\d|[⁰¹²³⁴-⁹⁻]))"
    r"\d+(?:,\d{3})*(?:\.\d+)?(?![\w-])"
)
THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
DIGITS = re.compile(r"\d+")
QUOTED = re.compile(r"'[^']{1,80}'|\"[^\"]{1,80}\"|`[^`]{1,80}`")
HEXISH = re.compile(r"\b(?=\w*\d)\w{3,}\b")
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text, in lower case."""
    return frozenset(WORD.findall(text.lower()))


def overlap(first: frozenset[str], second: frozenset[str]) -> float:
    """Return the share of common words (Jaccard 1901); 0 when both are empty.

    >>> overlap(word_set("cancel my flight"), word_set("cancel the flight"))
    0.5
    """
    union = len(first | second)
    return len(first & second) / union if union else 0.0


def normalised(text: str, limit: int = 200) -> str:
    """Return a text without what differs from run to run: ids, numbers, quoted values.

    >>> normalised("Error: user 'a_1177' not found at 12:30")
    'error: user ‹›  not found at ‹›'
    """
    plain = NUMBER.sub("‹›", HEXISH.sub("‹›", QUOTED.sub("‹› ", text[: 4 * limit])))
    return plain.strip().lower()[:limit]
