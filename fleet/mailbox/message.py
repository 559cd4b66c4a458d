"""One mail from its bytes: headers, the newest reply, and what kind of mail it is.

Tolerant: a broken charset is read as Windows-1252, HTML without text becomes text, a missing
Message-ID gets one from the digest. Nothing in a mail is fetched, followed or obeyed.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser

from fleet.mailbox.auto_reply import AWAY, MACHINE, SUBJECT
from fleet.mailbox.away import return_date
from fleet.mailbox.bounce import Bounce, read_bounce
from fleet.mailbox.language import detect_language
from fleet.mailbox.opt_out import detect_opt_out
from fleet.mailbox.quotes import newest_reply

LONGEST_BODY = 200_000
AUTO_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponse")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMail:
    """A mail as data."""

    message_id: str
    in_reply_to: str | None
    references: tuple[str, ...]
    from_address: str
    from_name: str | None
    to_address: str
    cc: str | None
    subject: str
    body: str
    reply: str
    kind: str  # person | auto_reply | out_of_office | bounce | opt_out
    at: str
    attachments: tuple[str, ...]
    language: str | None  # ISO 639-1, None where too little is said
    returns_on: str | None  # ISO date, of an out-of-office
    bounce: Bounce | None
    digest: str
    odd: tuple[str, ...]


def parse_message(raw: bytes) -> ParsedMail:
    """Read one mail; every oddity that was repaired is named in `odd`."""
    digest = hashlib.sha256(raw).hexdigest()
    mail = message_from_bytes(raw, policy=policy.default)
    odd: list[str] = []
    senders = _addresses(mail, "from")
    name, address = senders[0] if senders else ("", "")
    if not address:
        odd.append("no sender")
    subject = _header(mail, "subject")
    body = _body(mail, odd)
    reply = newest_reply(body)
    kind, at = _kind(mail, subject, reply), _at(mail, odd)
    return ParsedMail(
        message_id=_header(mail, "message-id") or f"<{digest[:32]}@no-id.invalid>",
        in_reply_to=_header(mail, "in-reply-to") or None,
        references=tuple(re.findall(r"<[^<>\s]+>", _header(mail, "references"))),
        from_address=address.lower(), from_name=name or None,
        to_address=", ".join(a for _, a in _addresses(mail, "to")).lower(),
        cc=", ".join(a for _, a in _addresses(mail, "cc")) or None,
        subject=subject, body=body, reply=reply, kind=kind, at=at,
        attachments=tuple(_attachments(mail)), language=detect_language(f"{subject}\n{reply}"),
        returns_on=_returns(subject, reply, at) if kind == "out_of_office" else None,
        bounce=read_bounce(raw) if kind == "bounce" else None, digest=digest, odd=tuple(odd),
    )  # fmt: skip


def _header(mail: EmailMessage, name: str) -> str:
    try:
        value = mail.get(name, "")
    except (ValueError, LookupError, IndexError, AttributeError):
        return ""  # a header that the parser cannot read says nothing
    return " ".join(str(value).replace("\0", "").split())


def _addresses(mail: EmailMessage, name: str) -> list[tuple[str, str]]:
    return [(n, a) for n, a in getaddresses([_header(mail, name)]) if a]


def _body(mail: EmailMessage, odd: list[str]) -> str:
    try:
        part = mail.get_body(preferencelist=("plain", "html"))
    except (KeyError, AttributeError, ValueError):
        part = None
    if part is None:
        odd.append("no text part")
        return ""
    text = _text(part, odd)
    if part.get_content_type() == "text/html":
        text = html_to_text(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if len(text) > LONGEST_BODY:
        odd.append("body cut")
        text = text[:LONGEST_BODY]
    return text


def _text(part: MIMEPart, odd: list[str]) -> str:
    payload = part.get_payload(decode=True)
    raw = (
        payload
        if isinstance(payload, bytes)
        else str(part.get_payload()).encode("utf-8", "replace")
    )
    charset = part.get_content_charset() or "utf-8"
    for name in (charset, "utf-8"):
        try:
            return raw.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    odd.append(f"not {charset}")
    return raw.decode("cp1252", "replace")


def _attachments(mail: EmailMessage) -> list[str]:
    names = [part.get_filename() for part in mail.walk() if part.get_filename()]
    return [str(name)[:200] for name in names]


def _kind(mail: EmailMessage, subject: str, reply: str) -> str:
    if (
        mail.get_content_type() == "multipart/report"
        or "mailer-daemon" in _header(mail, "from").lower()
    ):
        return "bounce"
    if detect_opt_out(subject, reply):
        return "opt_out"
    submitted = _header(mail, "auto-submitted").lower()
    automatic = submitted not in ("", "no") or any(_header(mail, name) for name in AUTO_HEADERS)
    automatic = automatic or _header(mail, "precedence").lower() == "auto_reply"
    if automatic or SUBJECT.match(subject) or MACHINE.search(reply):
        return "out_of_office" if AWAY.search(f"{subject} {reply}") else "auto_reply"
    return "person"


def _at(mail: EmailMessage, odd: list[str]) -> str:
    try:
        at = parsedate_to_datetime(_header(mail, "date"))
    except (ValueError, TypeError, IndexError):
        odd.append("no date")
        at = datetime.fromtimestamp(0, UTC)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _returns(subject: str, reply: str, at: str) -> str | None:
    day = return_date(f"{subject}\n{reply}", datetime.fromisoformat(at).date())
    return day.isoformat() if day else None


class _Text(HTMLParser):
    """Keeps the words of HTML; scripts, styles and addresses of images are dropped."""

    BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # the base class's shape
        if tag in ("script", "style", "head"):
            self.hidden += 1
        elif tag in self.BREAKS:
            self.parts.append("\n> " if tag == "blockquote" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "head"):
            self.hidden = max(0, self.hidden - 1)

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def html_to_text(html: str) -> str:
    """Return the words of an HTML mail.

    >>> html_to_text("<p>Hi <b>Ann</b></p><script>x()</script>").strip()
    'Hi Ann'
    """
    reader = _Text()
    reader.feed(html)
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.parts)).strip()
