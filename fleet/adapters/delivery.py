"""Where mail goes: an SMTP relay, or a Maildir with one .eml a recipient.

A transport answers with a receipt. `NotSent` says that the mail certainly did not leave;
any other failure leaves that open.
"""

import contextlib
import hashlib
import os
import smtplib
import ssl
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from fleet.errors import FleetError, InputError

PERMANENT = 500
REFUSED = 400
PORT, TLS_PORT = 587, 465
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NotSent(FleetError):
    """The mail did not leave; `permanent` when another try would not help."""

    def __init__(self, why: str, *, permanent: bool) -> None:
        super().__init__(why)
        self.permanent = permanent


class Transport(Protocol):
    """One way to deliver; `name` is kept with a message while it is being sent."""

    name: str

    def open(self) -> None:
        """Get ready before anything is marked as being sent; raises NotSent."""
        ...

    def deliver(self, sender: str, recipient: str, message_id: str, mail: bytes) -> str:
        """Deliver and return the receipt; raises NotSent when it certainly did not leave."""
        ...

    def find(self, message_id: str) -> str | None:
        """Return the receipt of a mail delivered before, or None when there is none."""
        ...

    def can_find(self) -> bool:
        """Whether `find` knows about every mail that was delivered."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Maildir:
    """A folder with `tmp`, `new` and `cur`; the file name follows from the Message-ID."""

    name = "maildir"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self) -> None:
        """Create the folders."""
        try:
            for name in ("tmp", "new", "cur"):
                (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise NotSent(f"{self.folder}: {error.strerror}", permanent=False) from None

    def deliver(self, sender: str, recipient: str, message_id: str, mail: bytes) -> str:
        """Write the whole file, then give it its name; a second time changes nothing."""
        del sender, recipient
        name = file_name(message_id)
        part, final = self.folder / "tmp" / f"{name}.{os.getpid()}", self.folder / "new" / name
        try:
            with part.open("wb") as file:
                file.write(mail)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(part, final)
            part.unlink()
            _sync(final.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink()
            if self.find(message_id):
                return f"maildir {name}"
            raise NotSent(f"{final}: {error.strerror}", permanent=False) from None
        return f"maildir {name}"

    def find(self, message_id: str) -> str | None:
        """Look for the file, also where a mail program has moved it."""
        name = file_name(message_id)
        seen = (self.folder / "new" / name).exists() or any(self.folder.glob(f"cur/{name}*"))
        return f"maildir {name}" if seen else None

    def can_find(self) -> bool:
        """Return True: the file is the delivery."""
        return True

    def close(self) -> None:
        """Nothing to let go of."""


class Smtp:
    """A relay at `smtp://user:pass@host:port` (STARTTLS when offered) or `smtps://…`."""

    name = "smtp"

    def __init__(self, url: str, timeout_s: float) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            raise InputError("FLEET_SMTP_URL has no valid port") from None
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise InputError("FLEET_SMTP_URL: write smtp://user:pass@host:port or smtps://…")
        self.tls = parts.scheme == "smtps"
        self.host, self.port = parts.hostname, port or (TLS_PORT if self.tls else PORT)
        self.user, self.password = unquote(parts.username or ""), unquote(parts.password or "")
        self.timeout_s = timeout_s
        self.client: smtplib.SMTP | None = None

    def open(self) -> None:
        """Connect and log in, unless connected; raises NotSent."""
        if self.client is not None:
            try:
                if self.client.noop()[0] < REFUSED:
                    return
            except (OSError, smtplib.SMTPException):
                pass
            self.close()
        try:
            self.client = self._connect()
        except smtplib.SMTPAuthenticationError as error:
            why = f"{self.host} refused the login: {error.smtp_code}"
            raise NotSent(why, permanent=False) from None
        except (OSError, smtplib.SMTPException) as error:
            why = f"{self.host}:{self.port} does not answer: {error}"
            raise NotSent(why, permanent=False) from None

    def deliver(self, sender: str, recipient: str, message_id: str, mail: bytes) -> str:
        """Hand one mail over; the receipt is the relay's answer to DATA."""
        del message_id
        client = self.client
        if client is None:
            raise NotSent("not connected", permanent=False)
        try:
            for code, text in (client.mail(sender), client.rcpt(recipient)):
                _accepted(code, text)
        except (OSError, smtplib.SMTPException) as error:
            self.close()  # DATA was not reached
            raise NotSent(str(error), permanent=False) from None
        except NotSent:
            self._reset()
            raise
        try:
            code, text = client.data(mail)
        except smtplib.SMTPDataError as error:
            self._reset()
            raise NotSent(
                _said(error.smtp_code, error.smtp_error), permanent=error.smtp_code >= PERMANENT
            ) from None
        except BaseException:
            self.client = None  # no QUIT: what the relay has seen is not known
            client.close()
            raise
        if code >= REFUSED:
            self._reset()
        return _accepted(code, text)

    def find(self, message_id: str) -> str | None:
        """Return None: a relay cannot be asked."""
        del message_id
        return None

    def can_find(self) -> bool:
        """Return False: a relay cannot be asked."""
        return False

    def close(self) -> None:
        """Say goodbye."""
        client, self.client = self.client, None
        if client is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                client.quit()

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.tls:
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout_s, context=context
            )
        else:
            client = smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)
        client.ehlo_or_helo_if_needed()
        if not self.tls and client.has_extn("starttls"):
            client.starttls(context=context)
            client.ehlo()
        elif not self.tls and self.user and self.host not in LOOPBACK:
            client.close()
            raise smtplib.SMTPException("no TLS offered, and the password is not sent in clear")
        if self.user:
            client.login(self.user, self.password)
        return client

    def _reset(self) -> None:
        try:
            if self.client is not None:
                self.client.rset()
        except (OSError, smtplib.SMTPException):
            self.close()


def transport_of(smtp_url: str | None, home: Path, timeout_s: float) -> Transport:
    """Return the configured transport: SMTP, else the Maildir `outbox` in the fleet's folder."""
    return Smtp(smtp_url, timeout_s) if smtp_url else Maildir(home / "outbox")


def file_name(message_id: str) -> str:
    """Return the file name of a mail, the same for the same Message-ID."""
    return hashlib.sha256(message_id.encode()).hexdigest()[:40] + ".eml"


def _accepted(code: int, text: bytes | str) -> str:
    if code >= REFUSED:
        raise NotSent(_said(code, text), permanent=code >= PERMANENT)
    return _said(code, text)


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"[:500]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
