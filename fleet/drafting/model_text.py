"""From what a model wrote to plain text that may stand in a mail, or a reason why it may not.

Markup goes, hidden characters go, a greeting or signature of its own goes: ours are put around it.
Links and addresses that our rows do not hold, banned words and odd lengths refuse the whole text.
"""

import html
import re
from collections.abc import Iterator

from fleet.drafting.claims import HIDDEN
from fleet.drafting.facts import Facts
from fleet.drafting.policy import DraftingPolicy, VoicePolicy
from fleet.errors import MalformedReply
from fleet.mailbox.language import detect_language

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
ELEMENT = re.compile(
    r"<(script|style|head|title|iframe|object|svg|template)\b[^>]*>.*?(?:</\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
BREAK = re.compile(r"</?(?:br|p|div|li|ul|ol|tr|h[1-6]|blockquote)\b[^<>]*>", re.IGNORECASE)
TAG = re.compile(r"<[a-zA-Z/!?][^<>]*(?:>|\Z)")
MARKDOWN = re.compile(r"\*\*|__|`+|^#{1,6}[ \t]+|^[ \t]*[*•-][ \t]+", re.MULTILINE)
CUT = re.compile(r"^(?:-{2,}|_{2,}|—|={3,})[ \t]*$", re.MULTILINE)
SCHEME = re.compile(
    r"\b(?:https?|ftp|file|mailto|tel|sms|data|javascript|vbscript)\s*:\s*[^\s\"'<>]+|//[^\s\"'<>/]+",
    re.IGNORECASE,
)
BARE = re.compile(  # what mail clients turn into a link by themselves
    r"(?<![\w@.-])(?:[A-Za-z0-9][A-Za-z0-9-]+\.)+(?:com|net|org|io|co|biz|info|app|dev|ai|eu|de|fr|es"
    r"|it|pt|nl|uk|us|ch|at|be|br|ru|cn|xyz|top|site|online|shop|link|click|ly|me|gl|example|test)\b"
)
ADDRESS = re.compile(r"[^\s@<>()\[\]\"',;:]+@[^\s@<>()\[\]\"',;:]+")
HOST = re.compile(r"^(?:https?:)?//(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)
GREETING = re.compile(
    r"^(?:hi|hello|dear|hey|good (?:morning|afternoon|day)|hallo|guten (?:tag|morgen)"
    r"|sehr geehrte\w*|liebe[rs]?|bonjour|bonsoir|ch[eè]re?s?|hola|buenos d[ií]as|buenas tardes"
    r"|estimad[oa]s?|ciao"
    r"|buongiorno|salve|gentile|egregi[oa]|ol[aá]|bom dia|boa tarde|prezad[oa]s?|car[oa]s?|beste"
    r"|geachte|goede(?:morgen|middag|ndag)|dag)\b[^.?\n]{0,60}$",
    re.IGNORECASE,
)
CLOSING = re.compile(
    r"^(?:(?:best|kind|warm)(?:est)?(?: regards| wishes)?|regards|(?:yours )?sincerely|cheers"
    r"|(?:mit )?freundliche\w* gr\w+|viele gr\w+|beste gr\w+|herzliche gr\w+|(?:bien )?cordialement"
    r"|bien à vous|(?:meilleures )?salutations|atentamente|(?:un )?(?:cordial )?saludos?"
    r"|(?:cordiali|distinti) saluti|un saluto|atenciosamente|(?:com os melhores )?cumprimentos"
    r"|(?:met )?vriendelijke groet\w*|groeten|hoogachtend)\s*[,.!]?$",
    re.IGNORECASE,
)
CLOSING_LINES = 5  # a closing with a name, a role, a company and a place under it
FENCE = re.compile(r"<<<\s*(?:data|end)\b|</?untrusted\b", re.IGNORECASE)


def plain_text(raw: str, facts: Facts, policy: DraftingPolicy) -> str:
    """Return the plain paragraphs of a model's text; raises MalformedReply with the reason."""
    text = html.unescape(raw).replace("\r\n", "\n").replace("\r", "\n")
    text = CONTROL.sub("", HIDDEN.sub("", text)).replace("\u202f", " ").replace("\u00a0", " ")
    if FENCE.search(text):
        raise MalformedReply("it repeats the prompt's fences")
    _refuse_links(text, facts, policy.voice)
    text = TAG.sub("", BREAK.sub("\n", ELEMENT.sub("", text)))
    text = _own_middle(MARKDOWN.sub("", text))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return _calm(text, policy.voice.max_exclamations)


def check_language(text: str, language: str) -> None:
    """Refuse a text that is plainly written in another of the seven languages."""
    if detect_language(text) not in (None, language):
        raise MalformedReply(f"it is not in the thread's language ({language})")


def check_voice(text: str, policy: DraftingPolicy) -> None:
    """Refuse a message, without its footer, that is not in the brand's voice or length."""
    voice = policy.voice
    words = len(text.split())
    if not voice.min_words <= words <= voice.max_words:
        raise MalformedReply(f"{words} words; {voice.min_words} to {voice.max_words} are wanted")
    if any(len(line) > voice.max_line for line in text.splitlines()):
        raise MalformedReply(f"a line is longer than {voice.max_line} characters")
    low = " ".join(text.casefold().split())
    for phrase in (*voice.banned_promises, *voice.banned_phrases):
        if re.search(rf"(?<!\w){re.escape(phrase.casefold())}(?!\w)", low):
            raise MalformedReply(f"it says {phrase!r}, which the brand voice bans")


def _refuse_links(text: str, facts: Facts, voice: VoicePolicy) -> None:
    known = {address.lower() for address in _addresses(facts)}
    ours = {address.rpartition("@")[2] for address in known} | set(voice.allowed_hosts)
    ours |= {facts.company.domain.lower()} if facts.company and facts.company.domain else set()
    for match in ADDRESS.finditer(text):
        if match.group().strip(".!?").lower() not in known:
            raise MalformedReply("it names a mail address that no row holds")
    for match in SCHEME.finditer(text):
        host = HOST.match(match.group())
        if host is None or not _is_ours(host.group(1), ours):
            raise MalformedReply("it links to a place that no row holds")
    for match in BARE.finditer(text):
        if not _is_ours(match.group(), ours):
            raise MalformedReply("it links to a place that no row holds")


def _addresses(facts: Facts) -> Iterator[str]:
    people = (facts.sender, facts.contact, *facts.people)
    yield from (person.email for person in people if person and person.email)
    if facts.mail:
        yield facts.mail.from_address


def _is_ours(host: str, ours: set[str]) -> bool:
    host = host.lower().strip(".")
    return any(host == name or host.endswith("." + name) for name in ours)


def _own_middle(text: str) -> str:
    """Drop what stands around the message: ours comes instead."""
    cut = CUT.search(text)
    lines = (text[: cut.start()] if cut else text).strip().splitlines()
    if lines and GREETING.match(lines[0].strip()):
        lines = lines[1:]
    filled = [number for number, line in enumerate(lines) if line.strip()]
    for number in filled[-CLOSING_LINES:]:
        if CLOSING.match(lines[number].strip()):
            lines = lines[:number]
            break
    return "\n".join(lines)


def _calm(text: str, allowed: int) -> str:
    """Turn exclamation marks beyond the allowed number into full stops."""
    text = re.sub(r"!{2,}", "!", text)
    head, *rest = text.split("!")
    marks = ["!" if number < allowed else "." for number in range(len(rest))]
    return head + "".join(mark + part for mark, part in zip(marks, rest, strict=True))
