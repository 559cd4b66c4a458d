"""One mail from an approved text: headers that cannot be injected into, and List-Unsubscribe.

Decides nothing. Refuses an address that no header can carry.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from urllib.parse import quote

from fleet.errors import InputError

TEXT = policy.SMTP.clone(max_line_length=76)  # of quoted-printable lines, RFC 2045
WIRE = policy.SMTP.clone(max_line_length=998)  # RFC 5322's limit: no header is folded below it
MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
ADDRESS = re.compile(r"[^\s@<>\",;:()\[\]\\]+@[^\s@<>\",;:()\[\]\\]+")
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
SUBJECT_LENGTH = 300  # characters; a header line may have 998 bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What is sent to one recipient, and from whom."""

    sender: str
    recipient: str
    subject: str
    body: str
    message_id: str
    at: datetime
    in_reply_to: str | None = None
    references: Sequence[str] = ()
    public_url: str | None = None
    token: str | None = None  # names the recipient to the one-click endpoint


def compose(out: Outgoing) -> bytes:
    """Return the mail in wire form (CRLF); raises InputError on an address that is none."""
    mail = EmailMessage(policy=TEXT)
    name, address = parseaddr(out.sender)
    mail["From"] = formataddr((_line(name), checked(address)))
    mail["To"] = checked(out.recipient)
    mail["Subject"] = _line(out.subject)[:SUBJECT_LENGTH]
    mail["Date"] = format_datetime(out.at)
    mail["Message-ID"] = out.message_id
    if out.in_reply_to and MESSAGE_ID.fullmatch(out.in_reply_to.strip()):
        mail["In-Reply-To"] = out.in_reply_to.strip()
    thread = [ref for ref in map(str.strip, out.references) if MESSAGE_ID.fullmatch(ref)]
    if thread:
        mail["References"] = " ".join(thread)
    mail["List-Unsubscribe"] = unsubscribe(out, address)
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "no"
    mail.set_content(out.body, charset="utf-8", cte="quoted-printable")
    return mail.as_bytes(policy=WIRE)


def unsubscribe(out: Outgoing, address: str) -> str:
    """Return the List-Unsubscribe value: our https endpoint, else a mail to the sender."""
    if out.public_url and out.public_url.startswith("https://"):
        who = quote(out.token or out.recipient, safe="")
        return f"<{_line(out.public_url).rstrip('/')}/unsubscribe?u={who}>"
    subject = quote(f"unsubscribe {out.recipient}", safe="")
    return f"<mailto:{address}?subject={subject}>"


def checked(address: str) -> str:
    """Return an address whose domain is ASCII; raises InputError on what is no address."""
    local, _, domain = address.strip().rpartition("@")
    try:
        plain = f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise InputError(f"{address!r} cannot be written in a mail header") from None
    if not ADDRESS.fullmatch(plain):
        raise InputError(f"{address!r} is no mail address")
    return plain


def _line(text: str) -> str:
    printable = "".join(
        " " if ord(letter) < ord(" ") or letter == "\x7f" else letter for letter in text
    )
    return " ".join(printable.encode("utf-8", "replace").decode().split())
