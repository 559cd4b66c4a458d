"""The golden sets of the two mail paths: what a mail was read as, and how it was answered."""

import difflib
from collections.abc import Mapping
from datetime import date
from typing import Any

from fleet.domain import Company, Contact, Email, Opportunity, Product
from fleet.drafting.facts import Activity, Facts, Sender
from fleet.drafting.footer import split_footer
from fleet.drafting.policy import DraftingPolicy
from fleet.evaluation.harness import HarnessPolicy
from fleet.intent.score import KEYWORD, IntentScores
from fleet.policy import section
from fleet.ports import ChatModel
from fleet.runtime.model_paths import DraftingPath, IntentPath, Written

MAIL_AT = "2026-11-24T10:00:00Z"


class Asked:
    """A model that remembers whether it was asked."""

    def __init__(self, chat: ChatModel) -> None:
        self._chat, self.asked = chat, False

    def ask(self, prompt: str, values: Mapping[str, str], schema: type[Any], **how: Any) -> Any:
        """Ask the model."""
        self.asked = True
        return self._chat.ask(prompt, values, schema, **how)


def score_intent_case(
    case: Mapping[str, Any], policies: Mapping[str, Any], chat: ChatModel | None = None
) -> dict[str, float]:
    """Return `{cell: 0..1}` of one line of data/golden/intent.score.jsonl.

    A model whose reply was unusable scores 0, whatever the keyword engine would have scored.
    """
    model = Asked(chat) if chat else None
    given = case["input"]
    found = IntentPath(policies, model).score(given["subject"], given["body"])
    if model is not None and model.asked and found.method == KEYWORD:
        return {"usable": 0.0}
    return _reading_cells(case["expect"], given["body"], found)


def _reading_cells(expect: Mapping[str, Any], body: str, found: IntentScores) -> dict[str, float]:
    met = {
        "usable": True,
        "opt_out": found.opt_out == expect["opt_out"],
        "auto_reply": found.auto_reply == expect["auto_reply"],
        "label": found.label in expect["labels"],
        "score": expect.get("min_score", 0.0) <= found.score <= expect.get("max_score", 1.0),
        "quoted": all(body[span.start : span.end] == span.quote for span in found.evidence),
    }
    if "max_sentiment" in expect and found.method != KEYWORD:
        met["sentiment"] = found.sentiment <= expect["max_sentiment"]
    if "quote_contains" in expect and found.method != KEYWORD:  # its spans are single cue words
        quotes = [span.quote for span in found.evidence]
        met["evidence"] = all(
            any(wanted in quote or quote in wanted for quote in quotes)
            for wanted in expect["quote_contains"]
        )
    return {name: float(value) for name, value in met.items()}


def score_draft_case(
    case: Mapping[str, Any], policies: Mapping[str, Any], chat: ChatModel | None = None
) -> dict[str, float]:
    """Return `{cell: 0..1}` of one line of data/golden/drafting.reply.jsonl.

    A case out of the store brings its `facts` as they were loaded, and the rejected text that must
    not come again (`unlike`). A model whose reply was unusable scores 0, whatever the rules would
    have written.
    """
    given = case["input"]["facts"]
    facts = given if isinstance(given, Facts) else golden_facts(case["input"])
    assert facts.mail is not None
    intent = IntentPath(policies, None).score(facts.mail.subject, facts.mail.body).as_json()
    model = Asked(chat) if chat else None
    written = DraftingPath(policies, model).reply(facts, facts.mail, intent)
    if model is not None and model.asked and written.model is None:
        return {"usable": 0.0}
    policy = section(policies, "drafting", DraftingPolicy)
    cells = _draft_cells(case["expect"], written, facts, policy)
    if "unlike" in case["expect"]:
        repeats = alike(written.composed.body, case["expect"]["unlike"])
        cells["not_again"] = float(repeats < section(policies, "evals", HarnessPolicy).alike)
    return cells


def _draft_cells(
    expect: Mapping[str, Any], written: Written, facts: Facts, policy: DraftingPolicy
) -> dict[str, float]:
    body = written.composed.body
    text = body[: split_footer(body, facts, policy)]
    used = {f"{ref.table}:{ref.id}" for ref in written.composed.used}
    open_claims = sum(not claim.supported for claim in written.claims)
    met = {
        "usable": True,
        "supported": open_claims <= expect["max_unsupported"],
        "language": expect["language"] in (None, written.composed.language),
        "refused": not any(words in text for words in expect["must_not"]),
    }
    if expect["must_mention"]:
        met["rows"] = set(expect["must_mention"]) <= used
    if expect.get("must_say"):
        met["said"] = all(words in text for words in expect["must_say"])
    return {name: float(value) for name, value in met.items()}


def golden_facts(given: Mapping[str, Any]) -> Facts:
    """Build the facts of a case as the store would have loaded them."""
    raw, mail = given["facts"], given["mail"]
    ordinary = {
        "id": "em-1", "message_id": "<em-1@buyer.example>", "thread_id": "t-1", "direction": "in",
        "from_address": "buyer@buyer.example", "to_address": "sales@us.example", "at": MAIL_AT,
    }  # fmt: skip
    email = Email(**(ordinary | {"body": mail["reply"]} | dict(mail)))
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


def alike(one: str, other: str) -> float:
    """Return how alike two texts are by their words, 0..1.

    >>> alike("We ship on Monday.", "We  ship on Monday.")
    1.0
    """
    matcher = difflib.SequenceMatcher(None, one.split(), other.split(), autojunk=False)
    return matcher.ratio()
