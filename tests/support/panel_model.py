"""A scripted lens: answers the panel's prompt like a decent model, from what the prompt shows it."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from fleet.adapters.prompts import load_prompt
from fleet.errors import EgressError, MalformedReply
from tests.support.scripted_gateway import Reply, good

BLOCK = re.compile(r"<<<data (\w+) (\w+)>>>\n(.*?)\n<<<end \1 \2>>>", re.DOTALL)
HEAD = re.compile(r'You\s+are the lens "(\w+)"')
STAGE = re.compile(r"The stage is (\w+), round (\d)")
ANGLES = {
    "strategist": "Where the time goes", "skeptic": "What others found",
    "brand_voice": "Why people stay",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """One request of one lens, read back from its messages."""

    lens: str
    stage: str
    round: int
    brief: Mapping[str, Any]
    talk: list[Mapping[str, Any]]


def read_question(system: str, user: str) -> Question:
    """Read what the prompt asks."""
    lens, stage = HEAD.search(system), STAGE.search(system)
    assert lens is not None
    assert stage is not None
    blocks = {name: orjson.loads(text) for name, _, text in BLOCK.findall(user)}
    return Question(lens[1], stage[1], int(stage[2]), blocks["brief"], blocks["talk"])


def decent(question: Question) -> dict[str, Any]:
    """Answer as a sound lens would; the skeptic wants one touch less than the strategist."""
    ids = [fact["id"] for fact in question.brief["offer_facts"]]
    cited = [{"text": f"{question.lens} reads the first fact", "evidence": ids[:1]}]
    match question.stage:
        case "empathise":
            return {"claims": cited, "theme": "result"}
        case "define":
            return {"claims": cited, "theme": "result", "problem": "Reports eat their Fridays."}
        case "ideate":
            days = [0, 7] if question.lens == "skeptic" else [0, 7, 14]
            touches = [
                {"day_offset": day, "channel": question.brief["constraints"]["channels"][0],
                 "angle": f"{ANGLES.get(question.lens, question.lens)}, {word} look",
                 "goal": "Show value", "evidence": [ids[place % len(ids)]]}
                for place, (day, word) in enumerate(zip(days, ("first", "close", "final"), strict=False))
            ]  # fmt: skip
            return {"touches": touches}
        case _:
            if question.lens != "skeptic":
                return {"objections": []}
            return {"objections": [{
                "against": "strategist", "severity": "minor", "reason": "The third look adds nothing.",
                "evidence": ids[:1], "remedy": "fewer_touches", "number": 2,
            }]}  # fmt: skip


def gateway_script(
    answer: Callable[[Question], Mapping[str, Any]] = decent, latency_s: float = 0.0
) -> Callable[[Any, Mapping[str, str], int], Reply]:
    """Return a script for the gateway on this prompt path."""

    def script(body: Any, _headers: Mapping[str, str], _n: int) -> Reply:
        system, user = (message["content"] for message in body["messages"][:2])
        value = answer(read_question(system, user))
        return good(orjson.dumps(value).decode(), latency_s=latency_s)

    return script


@dataclass(frozen=True, slots=True)
class Said:
    """A reading, as the port describes it."""

    value: Any
    model: str = "deepseek-flash"
    prompt_digest: str = "d" * 64
    cost_usd: float | None = 0.001
    cached: bool = False


@dataclass(slots=True)
class FakeChat:
    """The port without a wire: same prompt file, same schema; counts and times its calls."""

    answer: Callable[[Question], Mapping[str, Any]] = decent
    latency_s: float = 0.0
    cost_usd: float | None = 0.001
    asked: list[Question] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(
        self,
        prompt: str,
        values: Mapping[str, str],
        schema: type[Any],
        *,
        purpose: str,
        run_id: str | None = None,
    ) -> Said:
        """Fill in the prompt, answer by the script, validate as the exit does."""
        system, user = (m["content"] for m in load_prompt(prompt).messages(values))
        question = read_question(system, user)
        with self.lock:
            self.asked.append(question)
        time.sleep(self.latency_s)
        reply = self.answer(question)
        if isinstance(reply, EgressError):
            raise reply
        try:
            value = schema.model_validate_json(orjson.dumps(reply), strict=True)
        except ValueError as error:
            raise MalformedReply("the reply does not fit") from error
        return Said(value, cost_usd=self.cost_usd)


def after_50_ms(body: Any, headers: Mapping[str, str], n: int) -> Reply:
    """Answer decently after 50 ms; named on the command line of a server apart."""
    return gateway_script(latency_s=0.05)(body, headers, n)
