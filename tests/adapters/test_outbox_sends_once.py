"""What leaves the fleet: approved text only, once, never past a suppression or the kill switch."""

import smtplib
from asyncio import Server
from collections.abc import Iterator
from email import message_from_string
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from fleet.adapters.delivery import Maildir, NotSent, Smtp, transport_of
from fleet.adapters.store.audit import verify
from fleet.adapters.store.controls import halt, suppress, unhalt
from fleet.errors import InputError
from tests.support.review_world import UNDO_S, World, draft


class Relay:
    """A real SMTP server that keeps what it took; `answer` is its reply to DATA."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str, str]] = []
        self.answer = "250 2.0.0 queued as 17"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        if self.answer.startswith("250"):
            content = envelope.content or b""
            text = content if isinstance(content, str) else content.decode()
            self.mails.append((envelope.mail_from or "", envelope.rcpt_tos[0], text))
        return self.answer


class AnyPort(Controller):
    """Learns the port that the system gave."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # the library has no types here


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def relay() -> Iterator[tuple[Relay, str]]:
    handler = Relay()
    controller = AnyPort(handler, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield handler, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def approved(world: World, **changes: Any) -> str:
    draft_id = world.queue.add(draft(**changes))
    world.queue.approve(draft_id, actor="ann")
    world.clock.move(UNDO_S)
    return draft_id


def counts(**given: int) -> dict[str, int]:
    names = ("handled", "sent", "suppressed", "voided", "failed", "waiting")
    return dict.fromkeys(names, 0) | given


def test_one_file_a_recipient_and_nothing_on_the_second_run(world: World) -> None:
    draft_id = approved(world)
    assert world.outbox().drain() == counts(handled=1, sent=1)
    assert world.outbox().drain() == counts()
    (text,) = world.files()
    mail = message_from_string(text)
    assert mail["To"] == "one@buyer.test"
    assert mail["From"] == "Ann <ann@acme.test>"
    assert mail["List-Unsubscribe"].startswith("<mailto:ann@acme.test?subject=unsubscribe")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.get_payload() == "Hello one. The price is 55 USD.\n"
    assert world.queue.show(draft_id)["status"] == "sent"
    assert verify(world.store).ok


def test_waits_until_the_undo_time_is_over(world: World) -> None:
    draft_id = world.queue.add(draft())
    world.queue.approve(draft_id, actor="ann")
    assert world.outbox().drain() == counts(waiting=1)
    world.queue.undo(draft_id, actor="ann")
    world.clock.move(UNDO_S)
    assert world.outbox().drain() == counts()
    assert world.files() == []


def test_a_suppression_after_the_approval_holds(world: World) -> None:
    draft_id = approved(world)
    suppress(world.store, "@BUYER.test", reason="r", origin="o", now=world.clock.now(), actor="x")
    assert world.outbox().drain() == counts(handled=1, suppressed=1)
    assert (world.files(), world.queue.show(draft_id)["status"]) == ([], "suppressed")


def test_the_kill_switch_stops_and_releases(world: World) -> None:
    approved(world)
    halt(world.store, "stop", actor="x", now=world.clock.now())
    assert world.outbox().drain() == counts(waiting=1)
    unhalt(world.store, actor="x", now=world.clock.now())
    assert world.outbox().drain() == counts(handled=1, sent=1)


def test_a_newer_mail_voids_the_approval(world: World) -> None:
    first = world.mail("m1", "t")
    draft_id = approved(world, thread_id="t", email_id=first)
    world.mail("m2", "t")
    assert world.outbox().drain() == counts(handled=1, voided=1)
    assert (world.files(), world.queue.show(draft_id)["status"]) == ([], "superseded")


def test_mail_of_other_people_voids_nothing(world: World) -> None:
    approved(world, thread_id="t", email_id=world.mail("m1", "t"))
    world.mail("m2", "another")
    assert world.outbox().drain() == counts(handled=1, sent=1)


def test_another_policy_voids_the_approval(world: World) -> None:
    draft_id = approved(world)
    world.policies = dict(world.policies) | {"extra": 1}
    assert world.outbox().drain() == counts(handled=1, voided=1)
    assert (world.files(), world.queue.show(draft_id)["status"]) == ([], "voided")


def test_a_canary_never_enters(world: World) -> None:
    approved(world, is_canary=True)
    assert world.outbox().drain() == counts()


class Dies(Maildir):
    """Dies before or after the file has its name."""

    after = False

    def deliver(self, sender: str, recipient: str, message_id: str, mail: bytes) -> str:
        if self.after:
            super().deliver(sender, recipient, message_id, mail)
        raise KeyboardInterrupt


@pytest.mark.parametrize("after", [False, True])
def test_a_maildir_finds_its_own_file_after_a_crash(world: World, after: bool) -> None:
    approved(world)
    way = Dies(world.folder / "outbox")
    way.after = after
    with pytest.raises(KeyboardInterrupt):
        world.outbox(way).drain()
    assert world.outbox(lives=True).drain() == counts()
    assert world.outbox().drain() == counts(handled=1, sent=1)
    assert len(world.files()) == 1


def test_a_real_relay_takes_each_mail_once(world: World, relay: tuple[Relay, str]) -> None:
    handler, url = relay
    ids = [approved(world, key=key) for key in ("one", "two")]
    assert world.outbox(Smtp(url, 5)).drain() == counts(handled=2, sent=2)
    assert world.outbox(Smtp(url, 5)).drain() == counts()
    assert sorted(mail[:2] for mail in handler.mails) == [
        ("ann@acme.test", "one@buyer.test"),
        ("ann@acme.test", "two@buyer.test"),
    ]
    (row,) = world.queue.show(ids[0])["outbox"]
    assert row["receipt"] == "250 2.0.0 queued as 17"


def test_a_relay_that_says_later_is_asked_again(world: World, relay: tuple[Relay, str]) -> None:
    handler, url = relay
    approved(world)
    handler.answer = "451 try later"
    assert world.outbox(Smtp(url, 5)).drain() == counts(waiting=1)
    handler.answer = "250 ok"
    assert world.outbox(Smtp(url, 5)).drain() == counts(waiting=1)
    world.clock.move(60)
    assert world.outbox(Smtp(url, 5)).drain() == counts(handled=1, sent=1)


def test_a_relay_that_refuses_ends_the_mail(world: World, relay: tuple[Relay, str]) -> None:
    handler, url = relay
    draft_id = approved(world)
    handler.answer = "550 no such user"
    assert world.outbox(Smtp(url, 5)).drain() == counts(handled=1, failed=1)
    assert world.queue.show(draft_id)["error"] == "550 no such user"
    assert world.queue.reopen(draft_id, actor="ann")["status"] == "pending"


def test_an_unreachable_relay_loses_nothing(world: World) -> None:
    approved(world)
    approved(world, key="two")
    assert world.outbox(Smtp("smtp://127.0.0.1:1", 1)).drain() == counts(waiting=2)


class Breaks(Smtp):
    """The line breaks in DATA, or the process dies there."""

    error: BaseException = smtplib.SMTPServerDisconnected("gone")

    def deliver(self, sender: str, recipient: str, message_id: str, mail: bytes) -> str:
        raise self.error


@pytest.mark.parametrize("error", [smtplib.SMTPServerDisconnected("gone"), KeyboardInterrupt()])
def test_what_nobody_knows_is_never_sent_again(
    world: World, relay: tuple[Relay, str], error: BaseException
) -> None:
    handler, url = relay
    draft_id = approved(world)
    way = Breaks(url, 5)
    way.error = error
    if isinstance(error, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            world.outbox(way).drain()
        assert world.outbox(Smtp(url, 5)).drain() == counts(handled=1, failed=1)
    else:
        assert world.outbox(way).drain() == counts(handled=1, failed=1)
    assert "unknown whether sent" in world.queue.show(draft_id)["error"]
    with pytest.raises(InputError, match="unknown whether sent"):
        world.queue.reopen(draft_id, actor="ann")
    world.clock.move(10_000)
    assert world.outbox(Smtp(url, 5)).drain() == counts()
    assert handler.mails == []


def test_a_transport_follows_the_settings(tmp_path: Path) -> None:
    assert transport_of(None, tmp_path, 1).name == "maildir"
    assert transport_of("smtps://a:b@mx.test", tmp_path, 1).name == "smtp"
    with pytest.raises(InputError, match="FLEET_SMTP_URL"):
        transport_of("http://mx.test", tmp_path, 1)


def test_a_full_disk_leaves_no_half_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    way = Maildir(world.folder / "outbox")
    way.open()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(NotSent, match="No space left"):
        way.deliver("a@b.test", "c@d.test", "<x@y>", b"text")
    assert [path for path in way.folder.rglob("*") if path.is_file()] == []
