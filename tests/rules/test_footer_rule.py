"""The footer that law wants: found when it is lost, put back when an edit drops it."""

import pytest

from fleet.adapters.files import read_policies
from fleet.drafting.footer import FooterRule
from fleet.drafting.policy import DraftingPolicy
from fleet.policy import section

POLICY = section(read_policies(), "drafting", DraftingPolicy)
ADDRESS = "Acme, 1 Main Street"
RULE = FooterRule(POLICY, ADDRESS)
GERMAN = (
    '\n\n-- \nMit Unterstützung von KI verfasst.\nAcme, 1 Main Street\n'
    'Keine weiteren Mails gewünscht? Antworten Sie mit "abmelden".'
)  # fmt: skip


def test_a_dropped_footer_is_put_back_in_the_language_of_the_draft() -> None:
    assert RULE.restored("Guten Tag", "de") == "Guten Tag" + GERMAN


@pytest.mark.parametrize("lost", GERMAN.strip().splitlines()[1:])
def test_a_part_that_is_lost_makes_the_footer_whole_again(lost: str) -> None:
    broken = "Guten Tag" + GERMAN.replace(lost, "")
    assert len(RULE.missing(broken)) == 1
    assert RULE.restored(broken, "de") == "Guten Tag" + GERMAN


def test_a_whole_footer_is_left_as_it_is() -> None:
    assert RULE.restored("Guten Tag" + GERMAN, "en") == "Guten Tag" + GERMAN


def test_a_quoted_or_denied_disclosure_does_not_count() -> None:
    body = "> Written with the help of AI.\nThis was not Written with the help of AI. Really."
    assert RULE.missing(body) == ("disclosure", "opt_out", "postal_address")


def test_an_empty_body_still_gets_its_footer() -> None:
    assert RULE.missing(RULE.restored("", None)) == ()
