"""A real IMAP server behind real TLS, and a real SMTP relay, both on 127.0.0.1.

The TLS front passes bytes on; it can hold a client's command back, so that a test can kill the
client between two steps of the protocol.
"""

import contextlib
import imaplib
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "sales", "mail pass"


@dataclass
class TlsFront:
    """Terminates TLS in front of a plain port; commands that hold `hold` wait for ever."""

    port: int
    target: int
    context: ssl.SSLContext
    hold: bytes | None = None
    held: threading.Event = field(default_factory=threading.Event)
    listener: socket.socket | None = None

    def start(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accepting, daemon=True).start()

    def close(self) -> None:
        if self.listener:
            self.listener.close()

    def _accepting(self) -> None:
        assert self.listener
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        with contextlib.suppress(OSError):
            client = self.context.wrap_socket(raw, server_side=True)
            server = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._pump, args=(server, client), daemon=True).start()
            self._pump(client, server, watched=True)

    def _pump(self, source: socket.socket, sink: socket.socket, *, watched: bool = False) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if watched and self.hold and self.hold in data:
                    self.held.set()
                    continue
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.close()


@dataclass
class Imap:
    """A mailbox of one user; `front` is what clients connect to."""

    front: TlsFront
    port: int
    ca: Path

    @property
    def url(self) -> str:
        return f"imaps://{USER}:mail%20pass@localhost:{self.front.port}/INBOX"

    @contextlib.contextmanager
    def session(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port) as box:
            box.login(USER, PASSWORD)
            box.select("INBOX")
            yield box

    def deliver(self, mail: bytes) -> None:
        with self.session() as box:
            box.append("INBOX", "", "", mail)

    def unseen(self) -> int:
        with self.session() as box:
            return len(box.search(None, "UNSEEN")[1][0].split())


@contextlib.contextmanager
def imap_server(folder: Path) -> Iterator[Imap]:
    """Run the IMAP server with a certificate of its own authority."""
    authority = trustme.CA()
    ca = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    port = _free_port()
    server = subprocess.Popen(
        [
            str(Path(sys.executable).with_name("pymap")), "--host", "127.0.0.1", "--port", str(port),
            "--no-tls", "dict", "--demo-data", "--demo-user", USER, "--demo-password", PASSWORD,
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    front = TlsFront(0, port, context)
    front.start()
    try:
        _wait_for(port)
        imap = Imap(front, port, ca)
        with imap.session() as box:  # the demo mails are somebody else's
            box.store("1:*", "+FLAGS", "(\\Deleted)")
            box.expunge()
        yield imap
    finally:
        front.close()
        server.terminate()
        server.wait(10)


class Relay:
    """Keeps what it was given; wants a login."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's hook
        self.mails.append(envelope)
        return f"250 2.0.0 queued as {len(self.mails)}"


def _login(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
) -> AuthResult:
    wanted = (USER.encode(), PASSWORD.encode())
    given = (data.login, data.password) if isinstance(data, LoginPassword) else None
    return AuthResult(success=given == wanted)


@contextlib.contextmanager
def smtp_relay() -> Iterator[tuple[Relay, str]]:
    """Run a relay that wants a login; yield it with its URL."""
    relay = Relay()
    port = _free_port()
    control = Controller(
        relay, hostname="127.0.0.1", port=port, authenticator=_login, auth_require_tls=False,
        auth_required=True,
    )  # fmt: skip
    control.start()
    try:
        yield relay, f"smtp://{USER}:mail%20pass@127.0.0.1:{port}"
    finally:
        control.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_for(port: int, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < end, "the server does not listen"
            time.sleep(0.1)
        else:
            return
