"""The golden sets of the two mail paths are whole, varied, and true of what rules alone decide."""

import json
from collections import Counter
from datetime import date
from typing import Any

import pytest

from fleet.adapters.files import data_file, read_policies
from fleet.domain import Company, Contact, Email, Opportunity, Product
from fleet.drafting.claims import check_claims
from fleet.drafting.compose import compose_reply
from fleet.drafting.facts import Activity, Facts, Sender
from fleet.drafting.policy import DraftingPolicy
from fleet.intent.score import IntentPolicy, score_keywords
from fleet.policy import section

POLICIES = read_policies()
LABELS = {
    "hot", "interested", "question", "complaint", "not_interested", "not_now", "other", "opt_out",
    "auto_reply",
}  # fmt: skip


def cases(name: str) -> list[dict[str, Any]]:
    lines = data_file("golden", f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


INTENT, DRAFTS = cases("intent.score"), cases("drafting.reply")


@pytest.mark.parametrize("found", [INTENT, DRAFTS], ids=["intent.score", "drafting.reply"])
def test_a_set_has_twenty_cases_of_every_sort(found: list[dict[str, Any]]) -> None:
    assert len(found) >= 20
    assert len({case["id"] for case in found}) == len(found)
    tags = Counter(tag for case in found for tag in case["tags"])
    assert set(tags) == {"happy", "edge", "hostile", "multilingual"}
    assert min(tags.values()) >= 5
    assert all(set(case) == {"id", "tags", "input", "expect"} for case in found)


@pytest.mark.parametrize("case", INTENT, ids=lambda case: case["id"])
def test_an_intent_case_expects_what_its_mail_can_give(case: dict[str, Any]) -> None:
    mail, expect = case["input"], case["expect"]
    assert set(expect["labels"]) <= LABELS
    assert expect.get("min_score", 0.0) <= expect.get("max_score", 1.0)
    assert all(quote in mail["body"] for quote in expect.get("quote_contains", []))
    found = score_keywords(mail["subject"], mail["body"], section(POLICIES, "intent", IntentPolicy))
    assert (found.opt_out, found.auto_reply) == (expect["opt_out"], expect["auto_reply"])


@pytest.mark.parametrize("case", DRAFTS, ids=lambda case: case["id"])
def test_a_draft_case_is_answered_by_rules_without_an_invented_fact(case: dict[str, Any]) -> None:
    facts = read_facts(case["input"])
    assert facts.mail is not None
    expect = case["expect"]
    ids = {f"products:{product.id}" for product in facts.products}
    assert set(expect["must_mention"]) <= ids
    policy = section(POLICIES, "drafting", DraftingPolicy)
    composed = compose_reply(facts, facts.mail, None, policy)
    claims = check_claims(composed.body, facts, policy)
    assert [claim.text for claim in claims if not claim.supported] == []
    assert composed.language == expect["language"]
    assert [text for text in expect["must_not"] if text in composed.body.split("-- \n")[0]] == []


def read_facts(given: dict[str, Any]) -> Facts:
    """Build the facts of a case as the store would."""
    raw, mail = given["facts"], given["mail"]
    email = Email(
        id="em-1", message_id="<em-1@buyer.example>", thread_id="t-1", direction="in",
        from_address="buyer@buyer.example", to_address="sales@us.example", body=mail["reply"],
        at="2026-11-24T10:00:00Z", **mail,
    )  # fmt: skip
    return Facts(
        today=date.fromisoformat(raw["today"]),
        sender=Sender(**raw["sender"]),
        contact=Contact(**raw["contact"]) if raw["contact"] else None,
        company=Company(**raw["company"]) if raw["company"] else None,
        products=tuple(Product(**row) for row in raw["products"]),
        opportunities=tuple(Opportunity(**row) for row in raw["opportunities"]),
        activities=tuple(Activity(**row) for row in raw["activities"]),
        emails=(email,), mail=email,
    )  # fmt: skip
