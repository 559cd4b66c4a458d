"""A scripted model on the orchestrator's three prompt paths: it plans, scores and drafts decently."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from tests.support.scripted_gateway import Reply, good
from tests.support.scripted_model import BLOCK, script

IS_PLAN = '"title":"PlanReply"'
SCORE, DRAFT = "score", "draft_reply"
THREADS = 2


def plan_of(user: str) -> dict[str, Any]:
    """Answer the first mails of the context by score and draft, as a decent planner would."""
    blocks = {name: text for name, _, text in BLOCK.findall(user)}
    context = orjson.loads(blocks["context"])
    steps: list[dict[str, Any]] = []
    mails = [key for key, mail in context["mails"].items() if mail["kind"] == "person"]
    for n, mail in enumerate(mails[:THREADS]):
        common = {"email_id": mail, "evidence": [f"emails:{mail}"], "confidence": 0.9}
        first = f"s{2 * n + 1}"
        steps += [
            {"id": first, "action": SCORE, "rationale": "what it asks"} | common,
            {"id": f"s{2 * n + 2}", "action": DRAFT, "rationale": "they asked",
             "depends_on": [first]} | common,
        ]  # fmt: skip
    return {"goal": "answer the mail" if steps else "nothing", "steps": steps}


def planned(latency_s: float = 0.0) -> Callable[[Any, Mapping[str, str], int], Reply]:
    """Return a script that answers all three paths after a wait."""
    both = script(latency_s=latency_s)

    def answer(body: Any, headers: Mapping[str, str], n: int) -> Reply:
        system, user = (message["content"] for message in body["messages"][:2])
        if IS_PLAN in system:
            return good(orjson.dumps(plan_of(user)).decode(), latency_s=latency_s)
        return both(body, headers, n)

    return answer


def after_50_ms(body: Any, headers: Mapping[str, str], n: int) -> Reply:
    """Answer decently after 50 ms; named on the command line of a server apart."""
    return planned(latency_s=0.05)(body, headers, n)
