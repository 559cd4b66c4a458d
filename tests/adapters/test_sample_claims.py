"""What the rule engine writes from the sample holds no claim that the rows do not support."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

from fleet.adapters.sample import load_sample
from fleet.adapters.store.facts import load_facts
from fleet.drafting.claims import check_claims
from fleet.drafting.compose import compose_first_touch, compose_reply
from fleet.drafting.policy import DraftingPolicy
from fleet.policy import section
from fleet.settings import Settings
from tests.support.crm_store import CrmStore

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
MAILS = 110


def test_no_composed_body_is_blocked_by_its_own_claims(tmp_path: Path) -> None:
    policies = tomllib.loads((ROOT / "data" / "policies.toml").read_text(encoding="utf-8"))
    policy = section(policies, "drafting", DraftingPolicy)
    store = CrmStore(tmp_path)
    load_sample(store, NOW)
    settings = Settings(
        home=tmp_path, store_url="", engine_url="", sender="Mara Koch <mara@team.example>",
        postal_address="Fleet GmbH, Ring 1, 1010 Wien",
    )  # fmt: skip
    mails = [row["id"] for row in store.rows("emails") if row["direction"] == "in"]
    claims, blocked = 0, []
    for mail_id in mails[:MAILS]:
        facts = load_facts(store, email_id=mail_id, settings=settings, now=NOW)
        assert facts.mail is not None
        for composed in (
            compose_reply(facts, facts.mail, None, policy),
            compose_first_touch(facts, policy),
        ):
            found = check_claims(composed.body, facts, policy)
            claims += len(found)
            blocked += [(mail_id, claim.kind, claim.text) for claim in found if not claim.supported]
    assert len(mails) >= MAILS
    assert claims >= MAILS  # a checker that finds nothing would block nothing
    assert blocked == []
