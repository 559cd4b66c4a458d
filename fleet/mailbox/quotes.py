"""The newest reply of a mail: without quoted history, and without the signature.

Works on whole lines and is linear in their number. What cannot be told apart stays in: a line too
much is better than a lost sentence. Answers that stand between quoted lines are all of them the
newest reply; what follows the last quote of a reply that stands above it is not.
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
SUSPECT = re.compile(  # led by the line break, so that a search skips from line to line
    r"\n[^\S\n]*+(?:[>—]|--|__|\*?[^\W\d_]{1,12}+\*?[^\S\n]*+:"
    r"|(?=[aodeglisv])"  # most lines start like none of these words
    r"(?:On|Am|Le|El|Il|Em|Op|Den|Sent|Von|Envoyé|Enviado|Inviato|Verzonden|Get)\b)",
    re.IGNORECASE,
)


def newest_span(body: str) -> tuple[int, int]:
    r"""Return `start, end` of the newest reply in a body; quotes it answers may stand inside.

    >>> body = "Yes, please.\n\nOn Mon, 1 Jan 2026, Ann wrote:\n> Shall we?"
    >>> body[slice(*newest_span(body))]
    'Yes, please.'
    """
    start, text = newest_text(body)
    return start, start + len(text)


def newest_text(body: str) -> tuple[int, str]:
    r"""Return where the newest reply starts, and its text; quoted lines in it are blanked.

    The text is as long as the part of the body that it stands for, so that offsets stay true.

    >>> newest_text("> Monday?\nNo.\n> Tuesday?\nYes.")
    (10, 'No.\n          \nYes.')
    """
    ended = _reply_end(body)
    if ended is None:
        return _trimmed(body, 0)
    offset, lines, number = ended
    above = body[:offset]
    if above.strip() and not _is_interleaved(lines, number):
        return _trimmed(above, 0)
    return _trimmed(_between_quotes(lines), 0)


def _reply_end(body: str) -> tuple[int, list[str], int] | None:
    """Return where the first line starts that ends the reply, all lines, and its number."""
    lines = body.splitlines(keepends=True)
    at = number = 0
    if len(lines) == body.count("\n") + (body[-1:] != "\n"):
        for suspect in SUSPECT.finditer("\n" + body):
            start = suspect.start()
            number += body.count("\n", at, start)
            at = start
            if _ends_reply(lines, number):
                return at, lines, number
        return None
    # breaks that only Unicode knows
    for number, line in enumerate(lines):
        if SUSPECT.match("\n" + line) and _ends_reply(lines, number):
            return at, lines, number
        at += len(line)
    return None


def newest_reply(body: str) -> str:
    """Return the text of the newest reply; empty when the mail says nothing of its own."""
    start, text = newest_text(body)
    if "\n" not in text or text == body[start : start + len(text)]:
        return text
    blank = re.compile(r"[^\S\n]{2,}(?=\n)|^[^\S\n]+$", re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", blank.sub("", text))


def _trimmed(text: str, offset: int) -> tuple[int, str]:
    kept = text.strip()
    return (offset + len(text) - len(text.lstrip()), kept) if kept else (0, "")


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _is_interleaved(lines: list[str], first: int) -> bool:
    """Whether own words stand between two quotes: below the first, above the last.

    No line before `first` is quoted.
    """
    quoted = [n for n in range(first, len(lines)) if lines[n].lstrip()[:1] == ">"]
    if not quoted or len(quoted) == quoted[-1] - quoted[0] + 1:
        return False
    between = lines[quoted[0] : quoted[-1]]
    return any(
        line.strip() and not _is_quoted(line) and not _is_intro(between, number)
        for number, line in enumerate(between)
    )


def _is_intro(lines: list[str], number: int) -> bool:
    line = lines[number].rstrip("\r\n")
    after = lines[number + 1].rstrip("\r\n") if number + 1 < len(lines) else ""
    before = lines[number - 1].rstrip("\r\n") if number else ""
    return bool(
        INTRO.match(line)
        or (INTRO_START.match(line) and INTRO_END.search(after))
        or (INTRO_END.search(line) and INTRO_START.match(before))
    )


def _between_quotes(lines: list[str]) -> str:
    """Return a body with quotes and their introductions blanked, up to a signature or a divider."""
    kept: list[str] = []
    for number, line in enumerate(lines):
        bare = line.rstrip("\r\n")
        block = lines[number : number + HEADER_LINES + 1]
        old = len(block) > HEADER_LINES and all(HEADER.match(each) for each in block)
        if DIVIDER.match(bare) or old or (SIGNATURE.match(bare) and "".join(kept).strip()):
            break
        if _is_quoted(line) or _is_intro(lines, number) or SIGNATURE.match(bare):
            kept.append(" " * len(bare) + line[len(bare) :])
        else:
            kept.append(line)
    return "".join(kept)


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
