"""Recall of planted falsehoods and blocking of true claims, on eighteen sets of draft texts.

Every set was mended on after it was first measured, so the bars here guard against a fall; they
are no measure of unseen wording. What each set of free texts gave when the checker met it for the
first time is written down in FIRST_SIGHT, as it was.
"""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from fleet.drafting.claims import check_claims
from fleet.drafting.policy import DraftingPolicy
from fleet.policy import section
from tests.support.draft_free import make_free
from tests.support.draft_suite import KINDS, make_suite

ROOT = Path(__file__).parents[2]
DRAFTS = 1330  # 190 of each of seven kinds: with none missed the bound is 0.980
FEWER = {  # sets of six kinds and of two
    "twelfth": 1140, "thirteenth": 1140, "fourteenth": 1140,
    "fifteenth": 240, "sixteenth": 280, "seventeenth": 280,
    "eighteenth": 280,
}  # fmt: skip
SEED = 7
BARS = {"number": 0.98, "date": 0.98, "price": 0.98, "name": 0.98}
OTHER_BAR = 0.90
MAX_BLOCKED = 0.05
Z = 1.959964


FREE = (
    "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth",
    "seventeenth", "eighteenth",
)  # fmt: skip
# Lower bound of recall at first sight, in the order of KINDS, and share of true lines blocked.
# From the eleventh on: 70 or 49 lines a kind of past events and promises, 21 or fewer of another,
# so that 7 of 7 is a bound of 0.646; None where a set holds no line of a kind.
FIRST_SIGHT = {
    "fifth": ((0.822, 0.618, 0.880, 0.910, 0.910, 0.392, 0.582), 0.116),
    "sixth": ((0.981, 0.755, 0.972, 0.943, 0.981, 0.675, 0.146), 0.175),
    "seventh": ((0.981, 0.981, 0.981, 0.981, 0.981, 0.805, 0.723), 0.111),
    "eighth": ((0.981, 0.910, 0.972, 0.930, 0.981, 0.761, 0.874), 0.192),
    "ninth": ((0.981, 0.981, 0.981, 0.981, 0.981, 0.686, 0.712), 0.061),
    "tenth": ((0.981, 0.981, 0.981, 0.981, 0.981, 0.851, 0.686), 0.122),
    "eleventh": ((0.549, 0.365, 0.388, 0.646, 0.359, 0.902, 0.948), 0.103),  # role swaps
    "twelfth": ((0.785, 0.785, 0.646, None, 0.646, 0.513, 0.555), 0.136),
    "thirteenth": ((0.785, 0.785, 0.646, None, 0.0, 0.863, 0.927), 0.208),
    "fourteenth": ((0.785, 0.076, 0.487, None, 0.646, 0.576, 0.641), 0.114),
    "fifteenth": ((None, None, None, None, None, 0.863, 0.835), 0.034),
    "sixteenth": ((None, None, None, None, None, 0.757, 0.862), 0.050),
    "seventeenth": ((None, None, None, None, None, 0.881, 0.881), 0.131),
    "eighteenth": ((None, None, None, None, None, 0.740, 0.855), 0.052),
}


def _wilson_lower(hits: int, total: int) -> float:
    share = hits / total
    middle = share + Z * Z / (2 * total)
    spread = Z * (share * (1 - share) / total + Z * Z / (4 * total * total)) ** 0.5
    return float((middle - spread) / (1 + Z * Z / total))


@pytest.mark.parametrize("half", ["dev", "held", "third", "fourth", *FREE])
def test_planted_falsehoods_are_found_and_true_claims_pass(half: str) -> None:
    policies = tomllib.loads((ROOT / "data" / "policies.toml").read_text(encoding="utf-8"))
    policy = section(policies, "drafting", DraftingPolicy)
    hits: Counter[str] = Counter()
    drafts: Counter[str] = Counter()
    blocked = true = 0
    for draft in (make_free if half in FREE else make_suite)(half, FEWER.get(half, DRAFTS), SEED):
        found = [c for c in check_claims(draft.body, draft.facts, policy) if not c.supported]
        spans = [(claim.start, claim.end) for claim in found]
        drafts[draft.kind] += 1
        hits[draft.kind] += _touches(spans, draft.planted)
        true += len(draft.true)
        blocked += sum(_touches(spans, span) for span in draft.true)
    lower = {kind: _wilson_lower(hits[kind], drafts[kind]) for kind in KINDS if drafts[kind]}
    print(half, {k: (hits[k], drafts[k], round(lower[k], 4)) for k in lower}, blocked, true)
    assert all(lower[kind] >= BARS.get(kind, OTHER_BAR) for kind in lower), lower
    assert blocked / true <= MAX_BLOCKED


def _touches(spans: list[tuple[int, int]], target: tuple[int, int]) -> bool:
    return any(start < target[1] and end > target[0] for start, end in spans)
