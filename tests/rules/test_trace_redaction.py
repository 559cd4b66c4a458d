"""Personal data and secrets leave a text; what is neither stays as it was."""

import pytest

from fleet.traces.redaction import Redactor

CLEANER = Redactor(
    b"salt", names=["Ann Lee", "Zoë Müller-Brandt", "Al"], secrets=["sk-12345678", "no"]
)


def kinds(text: str) -> list[str]:
    """The placeholders of a cleaned text, by kind."""
    parts = CLEANER.text(text).split("[")[1:]
    return [part.partition(":")[0].partition("]")[0] for part in parts]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("write to ann.lee+x@buyer.example.", ["email"]),
        ("ann.lee(at)buyer.example or bo%40x.example", ["email", "email"]),
        ("<jürgen@münchen.example>", ["email"]),
        ("call +49 30 1234567 / (030) 123-4567.", ["phone", "phone"]),
        ("555-123-4567 or +1 (415) 555-2671", ["phone", "phone"]),
        ("0170 1234567, 06 12 34 56 78; 4155552671", ["phone", "phone", "phone"]),
        ("ANN LEE and lee; Müller-Brandt", ["name", "name", "name"]),
        ("Dear Tom Baker,\nhello", ["name"]),
        ("> Sehr geehrter Herr Weiß,", ["name"]),
        ("Bonjour Élodie,\nHola María,\nCiao Luca,", ["name", "name", "name"]),
        ("12 Main Street, Springfield", ["address"]),
        ("Hauptstraße 5, 10115 Berlin", ["address"]),
        ("4, rue de la Paix / Via Roma 12", ["address", "address"]),
        ("Keizersgracht 12; P.O. Box 123; Calle Mayor 3", ["address", "address", "address"]),
        ("the key is sk-12345678!", ["secret"]),
        ("https://a.example/u?token=abc", ["link"]),
        ("https://user:pw@a.example/x", ["link"]),
    ],
)
def test_personal_data_is_replaced(text: str, found: list[str]) -> None:
    assert kinds(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "on 2026-01-05 09:00 and 05.01.2026, from 2025-2026",
        "2026-11-25T10:02:34.144962Z",
        "1 200 000 EUR, 12,500.00, €30,000, 120 seats, 99.9%, order 123456789",
        "reply:em-00003 sha 7f3a91c2 v1.2.3",
        "Hi there, hello all, alas no",
        "https://a.example/pricing",
        "the new way 20 people work",
    ],
)
def test_what_is_not_personal_stays(text: str) -> None:
    assert CLEANER.text(text) == text


def test_one_value_has_one_placeholder_and_another_salt_another() -> None:
    one, two = CLEANER.text("a@b.example"), CLEANER.text("A@B.example")
    assert one == two
    assert Redactor(b"other").text("a@b.example") != one


def test_every_text_of_a_value_is_cleaned_keys_too() -> None:
    cleaned = CLEANER.value({"a@b.example": ["a@b.example", {"n": 3, "t": ("Ann Lee", None)}]})
    (key,) = cleaned
    assert key.startswith("[email:")
    assert cleaned[key][0] == key
    assert cleaned[key][1]["n"] == 3
    assert cleaned[key][1]["t"][0].startswith("[name:")
    assert cleaned[key][1]["t"][1] is None


def test_a_bottomless_value_is_cut() -> None:
    value: list[object] = []
    value.append(value)
    assert "[nested too deep]" in str(CLEANER.value(value))


@pytest.mark.parametrize(
    "unit", ["1", "1 ", "a ", "@", "a@", "12 a ", "hi ", "\n", "(1)", "> ", "via a "]
)
def test_hostile_text_takes_no_longer_than_its_length(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    assert CLEANER.text(text) is not None  # the suite's time limit is the assertion
