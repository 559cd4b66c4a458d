"""The effect ledger: a row before each effect, so that a repeat finds it."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from fleet.adapters.store.effects import Receipt, once, settle
from fleet.adapters.store.schema import effects
from fleet.errors import EvidenceError, InputError
from tests.support.crm_store import CrmStore
from tests.support.review_world import TestClock


class Ledger:
    def __init__(self, folder: Path) -> None:
        self.store, self.clock, self.done = CrmStore(folder), TestClock(), list[str]()

    def send(
        self, key: str = "k", *, fails: BaseException | None = None, **more: object
    ) -> Receipt:
        def do() -> str:
            self.done.append(key)
            if fails is not None:
                raise fails
            return f"receipt {len(self.done)}"

        return once(
            self.store, self.clock, key, "mail.send", do, run_id="r1", **more  # type: ignore[arg-type]  # handed through
        )  # fmt: skip

    def statuses(self) -> list[str]:
        return [row["status"] for row in self.store.read(sa.select(effects.c.status))]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path)


def test_a_repeat_returns_the_first_receipt_and_does_nothing(ledger: Ledger) -> None:
    first, again = ledger.send(), ledger.send()
    assert (first.value, first.repeated) == ("receipt 1", False)
    assert (again.value, again.repeated) == ("receipt 1", True)
    assert (ledger.done, ledger.statuses()) == (["k"], ["done"])


def test_the_row_stands_before_the_effect_begins(ledger: Ledger) -> None:
    seen = []
    once(
        ledger.store, ledger.clock, "k", "x", lambda: seen.extend(ledger.statuses()), run_id="r"
    )  # fmt: skip
    assert seen == ["begun"]


@pytest.mark.parametrize("death", [KeyboardInterrupt(), TimeoutError()])
def test_an_effect_cut_short_is_in_doubt_until_a_person_settles_it(
    ledger: Ledger, death: BaseException
) -> None:
    with pytest.raises(type(death)):
        ledger.send(fails=death)
    for _ in range(2):
        with pytest.raises(EvidenceError, match="nobody can tell whether it happened"):
            ledger.send()
    assert ledger.done == ["k"]
    assert settle(ledger.store, ledger.clock, "k", "found in the sent folder")
    assert not settle(ledger.store, ledger.clock, "k", "again")
    assert ledger.send().value == "found in the sent folder"


def test_an_effect_that_is_safe_to_repeat_is_done_again_after_a_kill(ledger: Ledger) -> None:
    with pytest.raises(KeyboardInterrupt):
        ledger.send(fails=KeyboardInterrupt(), repeatable=True)
    assert ledger.send(repeatable=True).value == "receipt 2"
    assert ledger.statuses() == ["done"]


def test_an_error_that_proves_nothing_happened_frees_the_key(ledger: Ledger) -> None:
    with pytest.raises(ConnectionRefusedError):
        ledger.send(fails=ConnectionRefusedError(), undone=(ConnectionRefusedError,))
    assert ledger.statuses() == []
    assert ledger.send().value == "receipt 2"


def test_a_key_is_bound_to_its_content(ledger: Ledger) -> None:
    ledger.send(content={"to": "a@b.test"})
    with pytest.raises(InputError, match="another content"):
        ledger.send(content={"to": "c@d.test"})
    assert ledger.done == ["k"]
