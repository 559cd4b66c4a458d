"""The newest reply of a mail: without quoted history, and without the signature.

Works on whole lines and is linear in their number. What cannot be told apart stays in: a line too
much is better than a lost sentence. Interleaved answers below a quote are kept apart by `>` alone.
"""

import re

_WROTE = r"wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|geschreven|schrijft|skrev"
INTRO = re.compile(
    rf"^\s*(?:On|Am|Le|El|Il|Em|Op|Den)\b.{{4,240}}\b(?:{_WROTE})\b.{{0,120}}:\s*$", re.IGNORECASE
)
INTRO_START = re.compile(r"^\s*(?:On|Am|Le|El|Il|Em|Op)\b.{6,200}$")
INTRO_END = re.compile(rf"\b(?:{_WROTE})\b.{{0,120}}:\s*$", re.IGNORECASE)
DIVIDER = re.compile(
    r"^\s*(?:-{2,}\s*(?:Original Message|Ursprüngliche Nachricht|Message d'origine|Mensaje original"
    r"|Messaggio originale|Mensagem original|Oorspronkelijk bericht|Forwarded message"
    r"|Weitergeleitete Nachricht)\s*-{2,}|_{10,})\s*$",
    re.IGNORECASE,
)
HEADER = re.compile(
    r"^\s*\*?(?:From|Von|De|Da|Van|Sent|Gesendet|Envoyé|Enviado|Inviato|Verzonden|Date|Datum|Data"
    r"|Fecha|To|An|À|Para|A|Aan|Subject|Betreff|Objet|Asunto|Oggetto|Assunto|Onderwerp)\*?\s*:\s*\S",
    re.IGNORECASE,
)
SIGNATURE = re.compile(
    r"^(?:-- ?|—|Sent from my .{1,40}|Von meinem .{1,40} gesendet|Envoyé de mon .{1,40}"
    r"|Enviado desde mi .{1,40}|Inviato da .{1,40}|Enviado do meu .{1,40}"
    r"|Verzonden vanaf .{1,40}|Get Outlook for .{1,20})\s*$",
    re.IGNORECASE,
)
HEADER_LINES = 2
# No line can end the reply unless it starts like one of these: most mails need no closer look.
SUSPECT = re.compile(
    r"^[^\S\n]*(?:>|--|__|—|\*?[^\W\d_]{1,12}\*?[^\S\n]*:"
    r"|(?:On|Am|Le|El|Il|Em|Op|Den|Sent|Von|Envoyé|Enviado|Inviato|Verzonden|Get)\b)",
    re.IGNORECASE | re.MULTILINE,
)
ODD_BREAKS = re.compile("\r(?!\n)|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def newest_span(body: str) -> tuple[int, int]:
    r"""Return `start, end` of the newest reply in a body.

    >>> body = "Yes, please.\n\nOn Mon, 1 Jan 2026, Ann wrote:\n> Shall we?"
    >>> body[slice(*newest_span(body))]
    'Yes, please.'
    """
    if not SUSPECT.search(body) and not ODD_BREAKS.search(body):
        start = len(body) - len(body.lstrip())
        return (start, len(body.rstrip())) if start < len(body) else (0, 0)
    lines = body.splitlines(keepends=True)
    end, offset = len(body), 0
    for number, line in enumerate(lines):
        if _ends_reply(lines, number):
            end = offset
            break
        offset += len(line)
    kept = body[:end]
    start = len(kept) - len(kept.lstrip())
    return (start, len(kept.rstrip())) if kept.strip() else _after_quotes(body, lines)


def newest_reply(body: str) -> str:
    """Return the text of the newest reply; empty when the mail says nothing of its own."""
    start, end = newest_span(body)
    return body[start:end]


def _ends_reply(lines: list[str], number: int) -> bool:
    line = lines[number].rstrip("\r\n")
    if line.lstrip().startswith(">") or DIVIDER.match(line) or SIGNATURE.match(line):
        return True
    if INTRO.match(line):
        return True
    following = lines[number + 1].rstrip("\r\n") if number + 1 < len(lines) else ""
    if INTRO_START.match(line) and INTRO_END.search(following):
        return True
    block = lines[number : number + HEADER_LINES + 1]
    return len(block) > HEADER_LINES and all(HEADER.match(each) for each in block)


def _after_quotes(body: str, lines: list[str]) -> tuple[int, int]:
    """A bottom-posted reply: what stands under the last quoted line."""
    offset, start = 0, 0
    for line in lines:
        offset += len(line)
        if line.lstrip().startswith(">") or INTRO.match(line.rstrip("\r\n")):
            start = offset
    rest = body[start:]
    if not start or not rest.strip():
        return 0, 0
    lead = len(rest) - len(rest.lstrip())
    inner = rest.strip()
    for number, line in enumerate(kept := inner.splitlines(keepends=True)):
        if SIGNATURE.match(line.rstrip("\r\n")):
            inner = "".join(kept[:number]).rstrip()
            break
    return start + lead, start + lead + len(inner)
