"""Bounces: whose mail came back, and whether for good (RFC 3464, RFC 3463)."""

import re
from dataclasses import dataclass

RECIPIENT = re.compile(rb"(?im)^(?:final|original)-recipient:\s*(?:rfc822|utf-8);\s*(\S+)")
STATUS = re.compile(rb"(?im)^status:\s*([245]\.\d{1,3}\.\d{1,3})")
SAID = re.compile(rb"\b([45]\.\d{1,3}\.\d{1,3})\b|\b([45]\d\d)[ -]")
ADDRESS = re.compile(rb"<?([\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)>?")
GONE = re.compile(
    rb"(?i)user unknown|no such user|mailbox (?:not found|unavailable)|does not exist|unknown user"
    rb"|address rejected|recipient rejected|unbekannt|inconnu|desconocid|sconosciut|desconhecid"
)
READ = 20_000  # bytes; a notice says what happened at its top, the returned mail follows


@dataclass(frozen=True, slots=True)
class Bounce:
    """The address that mail cannot reach, with its RFC 3463 status where one was given."""

    address: str | None
    status: str | None

    @property
    def is_hard(self) -> bool:
        """Whether no later try can succeed; a status that is missing counts as final."""
        return not (self.status or "5").startswith("4")


def read_bounce(raw: bytes) -> Bounce:
    """Read a bounce's bytes; a notice in plain words is searched for an address and a code."""
    found = RECIPIENT.search(raw)
    status = STATUS.search(raw)
    head = _notice(raw)
    if found:
        address = found.group(1)
    else:
        named = ADDRESS.search(head)
        address = named.group(1) if named else b""
    code = status.group(1) if status else _code(head)
    return Bounce(
        address.decode("ascii", "ignore").strip("<>").lower() or None,
        code.decode("ascii") if code else None,
    )


def _code(head: bytes) -> bytes | None:
    said = SAID.search(head)
    if said:
        return said.group(1) or said.group(2)[:1] + b".0.0"
    return b"5.1.1" if GONE.search(head) else None


def _notice(raw: bytes) -> bytes:
    """Return the words of a plain notice: its body, up to the mail that it returns."""
    body = raw.partition(b"\r\n\r\n")[2] or raw.partition(b"\n\n")[2]
    return body[:READ]
