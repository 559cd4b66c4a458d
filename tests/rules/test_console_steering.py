"""Foreign text cannot steer the terminal it is printed on."""

import pytest

from fleet.commands.console_io import Console

HOSTILE = "a\x1b[31mb\x00c\u202ed\x9be\tf\ng"
TAMED = "a [31mb c d e\tf\ng"


def test_text_for_people_holds_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.document({}, HOSTILE)
    console.say(HOSTILE)
    console.note(HOSTILE)
    assert console.fail(HOSTILE, 2) == 2
    out, err = capsys.readouterr()
    assert out == f"{TAMED}\n" * 2
    assert err == f"{TAMED}\nfleet: a [31mb c d e f g\n"


def test_json_keeps_every_character_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    Console(json=True).document({"x": "\x1b[31m"})
    assert capsys.readouterr().out == '{"x": "\\u001b[31m"}\n'
