"""Finished runs with one seeded fault each, and clean runs that look almost like them.

Every builder makes a run from a random generator: another task, other tools, other words, another
place of the fault. The clean twin of a fault is the harmless case a hasty detector would flag: a
poll whose answer moves, a read after a write, an error that is admitted, work after a new ask.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fleet.traces.model import Step, StepKind, ToolCall, TraceFormat, Trajectory

NODES = ("intake", "plan", "research", "act", "verify", "finish")
NAMES = ("Ann Lee", "Bo Chen", "Cy Ortiz", "Dee Roth", "Eli Moss")
READS = ("get_contact", "search_deals", "fetch_account", "lookup_price", "list_emails")
WRITES = ("update_stage", "create_task", "add_note", "modify_deal")
TALK = (
    "The account is healthy and the renewal looks likely this quarter.",
    "I have looked at the deal and the next step is a short call.",
    "Their main question is about onboarding; the rest is settled.",
    "The contact prefers a meeting early in the week.",
)
ADMITTED = (
    "That did not work: the service answered with an error.",
    "Unfortunately the record could not be reached.",
    "The lookup failed, so I cannot give the price.",
    "The system is down at the moment, please come back later.",
)
ERRORS = ("Error: 503 from CRM", "Error: deal is locked", "timeout after 30 s", "Error: no access")


@dataclass(slots=True)
class Run:
    """A run in the making; every step takes a second or two."""

    rng: random.Random
    steps: list[Step] = field(default_factory=list)
    tools: tuple[str, ...] = ()
    task: str = "Look at the account and say what to do next."
    error: str | None = None
    now: float = 1_800_000_000.0

    def step(self, kind: StepKind, name: str, took: float = 0.0, **more: Any) -> Step:
        took = took or self.rng.uniform(0.2, 3.0)
        at = len(self.steps)
        made = Step(
            id=f"s{at}", position=at, kind=kind, name=name, started_at=self.now,
            ended_at=self.now + took, **({"parent_id": None, "node": name} | more),
        )  # fmt: skip
        self.now += took
        self.steps.append(made)
        return made

    def call(self, name: str, arguments: Any, output: Any = None, error: str | None = None) -> Step:
        call = ToolCall(
            id=f"c{len(self.steps)}", name=name, arguments=arguments, output=output, error=error
        )
        return self.step(
            StepKind.TOOL, name, node="agent", input=arguments, output=output, error=error,
            tool_calls=(call,),
        )  # fmt: skip

    def say(self, text: str) -> Step:
        return self.step(StepKind.LLM, "agent", output=text)

    def hear(self, text: str) -> Step:
        return self.step(StepKind.MESSAGE, "user", output=text)

    def node(self, name: str, output: Any = None, **more: Any) -> Step:
        return self.step(StepKind.NODE, name, output=output or {"at": len(self.steps)}, **more)

    def read(self) -> Step:
        name = self.rng.choice(READS)
        key = self.rng.randint(100, 999)
        return self.call(name, {"id": key}, {"id": key, "owner": self.rng.choice(NAMES)})

    def some(self, low: int = 0, high: int = 3) -> None:
        for _ in range(self.rng.randint(low, high)):
            self.read()

    def finished(self, run_id: str) -> Trajectory:
        return Trajectory(
            id=run_id, source=TraceFormat.JSONL, steps=tuple(self.steps), task=self.task,
            tools=self.tools, error=self.error,
        )  # fmt: skip


Builder = Callable[[Run], None]


def looped(run: Run) -> None:
    run.some()
    if run.rng.random() < 0.5:
        for _ in range(run.rng.randint(3, 6)):
            run.call("search_deals", {"q": "renewal"}, {"rows": []})
    else:
        for _ in range(3):
            run.call("get_contact", {"id": 7}, {"id": 7})
            run.call("lookup_price", {"sku": "A"}, {"sku": "A"})
    run.say(run.rng.choice(TALK))


def polled(run: Run) -> None:
    """The same call, but its answer moves; and pages that differ."""
    for at in range(run.rng.randint(3, 6)):
        if run.rng.random() < 0.5:
            run.call("get_job", {"id": 1}, {"progress": at * 20 + 1})
        else:
            run.call("list_emails", {"page": at}, {"rows": [at]})
    run.say(run.rng.choice(TALK))


def wandered(run: Run) -> None:
    text = run.rng.choice(TALK)
    for _ in range(run.rng.randint(4, 6)):
        run.step(StepKind.LLM, "writer", output=f"{text} Please refine the summary.")
        run.step(StepKind.LLM, "critic", output="Make it shorter and clearer, then send it to me.")


def talked(run: Run) -> None:
    """A long chat in which each turn says something else; thanks repeat."""
    topics = ("price", "scope", "start", "support", "terms", "people", "risks")
    for topic in run.rng.sample(topics, 5):
        run.step(StepKind.LLM, "writer", output=f"On {topic}: {run.rng.choice(TALK)} ({topic})")
        run.step(StepKind.LLM, "critic", output=run.rng.choice(("Good.", "Thanks.", "Go on.")))


def read_again(run: Run) -> None:
    key = run.rng.randint(1, 99)
    run.call("fetch_account", {"id": key}, {"id": key, "tier": "gold"})
    run.some(0, 2)
    run.call("fetch_account", {"id": key}, {"id": key, "tier": "gold"})
    run.say(run.rng.choice(TALK))


def read_after_write(run: Run) -> None:
    key = run.rng.randint(1, 99)
    run.call("fetch_account", {"id": key}, {"id": key, "tier": "gold"})
    run.call(run.rng.choice(WRITES), {"id": key, "tier": "silver"}, {"ok": True})
    run.call("fetch_account", {"id": key}, {"id": key, "tier": "silver"})
    run.say(run.rng.choice(TALK))


def error_ignored(run: Run) -> None:
    run.some()
    run.call(run.rng.choice(READS), {"id": 5}, None, run.rng.choice(ERRORS))
    run.say(run.rng.choice(TALK))


def error_met(run: Run) -> None:
    run.some()
    name = run.rng.choice(READS)
    run.call(name, {"id": 5}, None, run.rng.choice(ERRORS))
    if run.rng.random() < 0.5:
        run.call(name, {"id": 5}, {"id": 5})
        run.say(run.rng.choice(TALK))
    else:
        run.say(run.rng.choice(ADMITTED))


def misused(run: Run) -> None:
    run.some()
    kind = run.rng.randrange(3)
    if kind == 0:
        run.tools = (*READS, *WRITES)
        run.call("get_weather", {"city": "Bonn"}, None, "no answer")
    elif kind == 1:
        run.call("update_stage", '{"id": 5, "stage": ', None, "Error: refused")
    else:
        problem = run.rng.choice(
            ("TypeError: missing 1 required argument: 'id'", "unexpected keyword argument 'dealId'",
             "ValidationError: stage must be one of open, won", "schema mismatch in field stage")
        )  # fmt: skip
        run.call("update_stage", {"dealId": 5}, None, problem)
    run.say("I could not change the stage: the call was refused.")


def used_well(run: Run) -> None:
    run.tools = (*READS, *WRITES)
    run.some(1, 3)
    run.call("update_stage", {"id": 5, "stage": "won"}, None, "Error: deal is locked")
    run.say("The deal is locked, so the stage cannot be changed; please unlock it.")


def breached(run: Run) -> None:
    kind = run.rng.randrange(4)
    if kind == 0:
        run.some()
        run.call("send_email", {"to": "c1", "body": "Hello"}, {"status": "sent"})
        run.say("Hello, the note about onboarding is on its way.")
    elif kind == 1:
        run.node("approve", {"approved": False})
        run.call("send_email", {"to": "c1", "body": "Hello"}, {"status": "sent"})
    elif kind == 2:
        for name in ("intake", "plan", "act", "finish"):
            run.node(name)
    else:
        for name in ("intake", "act", "plan", "verify", "finish"):
            run.node(name)


def kept(run: Run) -> None:
    kind = run.rng.randrange(4)
    if kind == 0:
        run.node("human_gate", {"approved": True})
        run.call("send_email", {"to": "c1", "body": "Hello"}, {"status": "sent"})
    elif kind == 1:
        run.call("queue_draft", {"to": "c1"}, {"status": "waits"})
        run.call("draft_send_email", {"to": "c1"}, {"status": "draft"})
    elif kind == 2:
        run.node("plan")
        run.node("act", {"receipt": {"status": "failed"}})
        run.node("finish")
    else:
        run.hear("Please send the offer to me now.")
        run.call("send_email", {"to": "me", "body": "Offer"}, {"status": "sent"})
        run.say("The offer is in your mailbox.")


def ungrounded(run: Run) -> None:
    run.call("lookup_price", {"sku": "B"}, {"price": run.rng.randint(200, 400)})
    wrong = run.rng.randint(5_011, 9_999)
    run.say(
        run.rng.choice(
            (f"The seat costs ${wrong}.50 and {wrong + 1_234} customers use it.",
             f"Write to billing{wrong}@acme-support.example about it.",
             f"Growth was {wrong} users, as http://acme.example/r/{wrong} shows.")
        )
    )  # fmt: skip


def grounded(run: Run) -> None:
    price, seats = run.rng.randint(200, 400), run.rng.randint(3, 40)
    run.call("lookup_price", {"sku": "B"}, {"price": price, "seats": seats})
    run.say(f"A seat costs ${price:,}.00; {seats} seats are ${price * seats:,} in all.")


def out_of_role(run: Run) -> None:
    run.some()
    run.say(
        run.rng.choice(
            ("As an AI language model I have no opinion on your roadmap.",
             "Dear [Client Name], thank you for the call.",
             "Hi {{first_name}}, shall we meet this week?",
             "I am ChatGPT, how may I help?",
             "My training data ends before that, I am merely a neural network.")
        )
    )  # fmt: skip


def in_role(run: Run) -> None:
    run.some()
    run.say(
        run.rng.choice(
            ("Our AI assistant for support is part of the plan.",
             "Use `{{ name }}` in your own templates for the name of the contact.",
             "Dear Ann, thank you for the call [notes attached].")
        )
    )  # fmt: skip


def wrong_quietly(run: Run) -> None:
    if run.rng.random() < 0.5:
        run.some(1, 2)
        run.node("check_answer", {"valid": False, "expected": "won"})
        run.node("finish", {"outcome": "closed"})
    else:
        run.call("get_contact", {"id": 3}, {"id": 3})
        run.say(
            run.rng.choice(
                ("The meeting has been scheduled for you.", "I've updated the deal as you asked.",
                 "Your invoice was successfully sent.", "Done, your stage is now Won.")
            )
        )  # fmt: skip


def right(run: Run) -> None:
    if run.rng.random() < 0.5:
        run.node("check_answer", {"valid": False})
        run.node("check_answer", {"valid": True})
        run.node("finish", {"outcome": "closed"})
    else:
        run.call("create_task", {"id": 3}, {"id": 9})
        run.say("The task has been created.")


def went_on(run: Run) -> None:
    run.some(1, 2)
    if run.rng.random() < 0.5:
        run.node("success_check", {"goal_reached": True})
    else:
        run.say(run.rng.choice(("All is answered. TERMINATE", "The task is now complete.")))
    for _ in range(run.rng.randint(2, 4)):
        run.read()
    run.say("On second thought there is more to look at in the account history.")


def stopped(run: Run) -> None:
    run.some(1, 2)
    run.say("All is answered. TERMINATE")
    if run.rng.random() < 0.5:
        run.hear("One more: what about the other deal?")
        run.read()
        run.read()
        run.say("That one is fine as well.")
    else:
        run.say("Thank you, goodbye!")


def slow(run: Run) -> None:
    run.some()
    run.step(StepKind.TOOL, "fetch_account", took=run.rng.uniform(125, 900), node="agent")
    run.say(run.rng.choice(TALK))


def waited(run: Run) -> None:
    """A person takes an hour to approve."""
    run.some()
    run.step(StepKind.NODE, "human_gate", took=run.rng.uniform(200, 1500), output={"ok": True})


def misrouted(run: Run) -> None:
    run.node("intake", {"route": "research"})
    if run.rng.random() < 0.5:
        run.node("answer")
        run.node("research")
    else:
        run.node("router", {"route_expected": "billing", "route_actual": "sales"})
    run.node("finish", {"outcome": "closed"})


def routed(run: Run) -> None:
    run.node("intake", {"route": "research"})
    run.node("research", {"next": "finish"})
    run.node("finish", {"outcome": "closed"})


def swallowed(run: Run) -> None:
    run.node("intake")
    if run.rng.random() < 0.5:
        run.node("research", error=run.rng.choice(("KeyError: 'owner'", "ValueError: no row")))
    else:
        text = 'Traceback (most recent call last):\n  File "a.py"\nKeyError: 1'
        run.node("research", {"log": text})
    run.node("finish", {"outcome": "closed"})


def raised(run: Run) -> None:
    """An exception that was tried again, admitted, or ended the run."""
    kind = run.rng.randrange(3)
    run.node("research", error="TimeoutError: CRM")
    if kind == 0:
        run.node("research")
        run.node("finish", {"outcome": "closed"})
    elif kind == 1:
        run.node("finish", {"outcome": "the research failed"})
    else:
        run.error = "TimeoutError: CRM"


def stranded(run: Run) -> None:
    kind = run.rng.randrange(3)
    if kind == 0:
        run.hear(
            run.rng.choice(
                ("I want to speak to a human, please.", "Get me a real person now!",
                 "Can I talk to your manager?", "Is anybody there who is not a robot?")
            )
        )  # fmt: skip
        run.some(0, 2)
        run.say(run.rng.choice(TALK))
    elif kind == 1:
        run.call("transfer_to_human", {"why": "angry"}, None, "Error: queue is closed")
        run.say("The queue seems to be closed.")
    else:
        run.call("escalate_case", {"why": "angry"}, {"ok": True})
        run.call("update_stage", {"id": 3, "stage": "lost"}, {"ok": True})


def handed(run: Run) -> None:
    if run.rng.random() < 0.5:
        run.hear("I want to speak to a human, please.")
        run.call("transfer_to_human", {"why": "asked"}, {"ok": True})
        run.say("A colleague takes over now.")
    else:
        run.hear("The person who owns this account is Ann, her manager is Bo.")
        run.say(run.rng.choice(TALK))


def repaired(run: Run) -> None:
    run.some()
    if run.rng.random() < 0.5:
        run.node("plan_reply", {"steps": [], "repaired": True})
    else:
        run.node("json_repair")


def parsed(run: Run) -> None:
    run.some()
    run.node("plan_reply", {"steps": [], "repaired": False})


FAULTS: dict[str, tuple[Builder, Builder]] = {
    "tool_loop": (looped, polled),
    "wander": (wandered, talked),
    "redundant_read": (read_again, read_after_write),
    "schema_repair": (repaired, parsed),
    "misuse": (misused, used_well),
    "ignored_error": (error_ignored, error_met),
    "contract_breach": (breached, kept),
    "ungrounded_output": (ungrounded, grounded),
    "persona_breach": (out_of_role, in_role),
    "silent_semantic_error": (wrong_quietly, right),
    "failure_to_stop": (went_on, stopped),
    "latency_violation": (slow, waited),
    "route_violation": (misrouted, routed),
    "swallowed_exception": (swallowed, raised),
    "escalation_fault": (stranded, handed),
}


def suite(seed: int, each: int) -> list[tuple[str | None, Trajectory]]:
    """Return `each` runs with every fault and as many clean twins, each with its one true code."""
    made: list[tuple[str | None, Trajectory]] = []
    for code, builders in FAULTS.items():
        for label, build in zip((code, None), builders, strict=True):
            for at in range(each):
                run = Run(random.Random(f"{seed} {code} {label} {at}"))
                build(run)
                made.append((label, run.finished(f"{code}-{label or 'clean'}-{at}")))
    return made
