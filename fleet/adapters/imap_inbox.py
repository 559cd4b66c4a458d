"""New mail from a live mailbox: a Maildir folder, or IMAP over TLS; idempotent by Message-ID.

A mail is stored before it is marked seen, so a kill in between only means that it is looked at
again and found to be known.
"""

import imaplib
import ssl
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from fleet.adapters.mail_in import read_mails
from fleet.adapters.store.mail import store_mails
from fleet.errors import InputError
from fleet.mailbox.message import parse_message
from fleet.ports import Store

TIMEOUT_S = 20
AT_ONCE = 200
LOCAL = ("127.0.0.1", "localhost", "::1")


def poll_inbox(url: str, store: Store, now: datetime) -> dict[str, int]:
    """Bring in what is new; return how many mails came in and how many were known.

    Raises InputError for a URL that names no mailbox, or a server that refuses the login.
    """
    if "://" not in url:
        found = [raw for _, raw in read_mails(Path(url)) if raw]
        return store_mails(store, [parse_message(raw) for raw in found], now)
    parts = urlsplit(url)
    if parts.scheme not in ("imaps", "imap") or not parts.hostname:
        raise InputError(
            "FLEET_INBOX is no mailbox: give a Maildir or imaps://user:pass@host/INBOX"
        )
    if parts.scheme == "imap" and parts.hostname not in LOCAL:
        raise InputError("FLEET_INBOX would send a password in the clear: use imaps://")
    counts = {"imported": 0, "unchanged": 0}
    try:
        with _connect(parts.scheme, parts.hostname, parts.port) as server:
            server.login(unquote(parts.username or ""), unquote(parts.password or ""))
            server.select(unquote(parts.path.lstrip("/")) or "INBOX")
            for uid, raw in _unseen(server):
                done = store_mails(store, [parse_message(raw)], now)
                counts = {key: counts[key] + done[key] for key in counts}
                server.uid("STORE", uid, "+FLAGS", "(\\Seen)")
    except imaplib.IMAP4.error:
        raise InputError(
            f"the mailbox at {parts.hostname} refused us: check user and password"
        ) from None
    except OSError as error:
        raise InputError(f"the mailbox at {parts.hostname} does not answer: {error}") from None
    return counts


def _connect(scheme: str, host: str, port: int | None) -> imaplib.IMAP4:
    if scheme == "imap":
        return imaplib.IMAP4(host, port or 143, timeout=TIMEOUT_S)
    context = ssl.create_default_context()
    return imaplib.IMAP4_SSL(host, port or 993, ssl_context=context, timeout=TIMEOUT_S)


def _unseen(server: imaplib.IMAP4) -> Iterator[tuple[str, bytes]]:
    _, found = server.uid("SEARCH", "UNSEEN")
    words = found[0].split() if found and isinstance(found[0], bytes) else []
    for word in words[:AT_ONCE]:
        uid = word.decode("ascii")
        _, parts = server.uid("FETCH", uid, "(BODY.PEEK[])")
        raw = next((part[1] for part in parts or [] if isinstance(part, tuple)), None)
        if isinstance(raw, bytes):
            yield uid, raw
