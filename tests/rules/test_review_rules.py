"""The pure side of the queue: hashes, risk, order, diffs, and mails that cannot be injected into."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.adapters.files import read_policies
from fleet.domain import Risk
from fleet.errors import InputError
from fleet.policy import section
from fleet.review.diff import carry_claims, edit_distance, word_diff
from fleet.review.message import Outgoing, compose
from fleet.review.order import priority
from fleet.review.rules import ReviewPolicy, check_reason, check_text, risk
from fleet.review.values import ClaimRow, text_hash
from tests.support.review_world import draft

POLICY = section(read_policies(), "review", ReviewPolicy)
AT = datetime(2026, 1, 1, tzinfo=UTC)


def outgoing(**changes: object) -> Outgoing:
    base = {
        "sender": "Ann <ann@acme.test>", "recipient": "one@buyer.test", "subject": "Hello",
        "body": "Text", "message_id": "<1@acme.test>", "at": AT,
    }  # fmt: skip
    return Outgoing(**(base | changes))  # type: ignore[arg-type]  # a table of fields


def test_a_hash_tells_subject_and_body_apart() -> None:
    assert text_hash("a\nb", "c") != text_hash("a", "b\nc")
    assert text_hash("a", "b") == text_hash("a", "b")


def test_a_risk_names_its_reasons() -> None:
    assert risk(draft(), POLICY) == (Risk.LOW, ())
    wild = draft(claims=(ClaimRow(text="x"),), value=60_000.0, kind="touch", flags=("legal", "new"))
    assert risk(wild, POLICY) == (
        Risk.HIGH,
        (
            "unsupported claims: 1", "much money at stake", "legal", "new",
            "the recipient did not write first",
        ),
    )  # fmt: skip


def test_orders_by_risk_then_day_then_value_then_time() -> None:
    keys = [
        priority(Risk.HIGH, "2026-01-02T00:00:00Z", None),
        priority(Risk.LOW, "2026-01-01T09:00:00Z", 500.0),
        priority(Risk.LOW, "2026-01-01T07:00:00Z", float("nan")),
        priority(Risk.LOW, "2026-01-01T08:00:00Z", -3.0),
        priority(Risk.LOW, "2026-01-02T00:00:00Z", 1e300),
    ]
    assert keys == sorted(keys)


def test_refuses_unknown_reasons_and_texts_no_mail_carries() -> None:
    assert check_reason("wrong_fact", POLICY) == "wrong_fact"
    with pytest.raises(InputError, match="no reason"):
        check_reason("", POLICY)
    for subject, body in (
        ("a", " \n"),
        ("a\nb", "c"),
        ("a", "\0"),
        ("a", "x" * 100_001),
        ("a", "\ud800"),
    ):
        with pytest.raises(InputError):
            check_text(subject, body, POLICY)


@given(st.text("ab \n", max_size=40), st.text("ab \n", max_size=40))
def test_a_diff_spells_both_texts(before: str, after: str) -> None:
    parts = word_diff(before, after)
    assert "".join(part["text"] for part in parts if part["op"] != "insert") == before
    assert "".join(part["text"] for part in parts if part["op"] != "delete") == after
    assert (edit_distance(before, after) == 0) == (before.split() == after.split())


def test_a_changed_number_becomes_an_unsupported_claim() -> None:
    kept = ClaimRow(text="You have 40 seats.", supported=True, start=3, end=21)
    before = "Hi You have 40 seats. It costs 5.50 USD."
    after = "Hi there. You have 40 seats. It costs 4.50 USD. Best"
    claims = carry_claims(
        [kept, ClaimRow(text="It costs 5.50 USD.", supported=True)], before, after
    )
    told = [(claim.text, claim.supported) for claim in claims]
    assert told[-1] == ("It costs 4.50 USD.", False)
    assert ("You have 40 seats.", True) in told
    assert all(after[claim.start : claim.end] == claim.text for claim in claims)


def test_a_mail_has_unfolded_headers_and_names_the_way_out() -> None:
    long = [f"<{'z' * 80}{number}@y>" for number in range(3)]
    raw = compose(
        outgoing(public_url="https://acme.test/", token="o1", references=[*long, "bad\r\nX: y"])
    )
    head = raw.split(b"\r\n\r\n")[0].decode()
    assert f"References: {' '.join(long)}" in head.split("\r\n")
    assert "List-Unsubscribe: <https://acme.test/unsubscribe?u=o1>" in head.split("\r\n")
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head.split("\r\n")


@given(st.text(max_size=80))
def test_no_text_injects_a_header(hostile: str) -> None:
    text = hostile + "\r\nBcc: evil@x.test"
    try:
        raw = compose(outgoing(subject=text, sender=f'"{text}" <a@b.test>'))
    except InputError:
        return  # refused whole: nothing is sent
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Bcc"] is None
    assert mail["To"] == "one@buyer.test"


@pytest.mark.parametrize("bad", ["", "a", "a@b\r\nBcc: c@d", "a@b, c@d", "ü@b.test", "<a@b.test>"])
def test_refuses_what_is_no_address(bad: str) -> None:
    with pytest.raises(InputError):
        compose(outgoing(recipient=bad))
