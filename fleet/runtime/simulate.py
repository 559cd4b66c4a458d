"""Days of customers and reviewers against the real fleet, in compressed time.

Real are the mailbox, the graph of one mail with its checkpoints and traces, the queue, the autonomy
gate, the monitor's round, the outbox (into a throw-away Maildir), the release gate and the ladder.
Played are people, customers, time, and what the version does wrong. Runs go one after another in
this process: no DBOS, which would only add its own bookkeeping.

The version has a name of its own, so that no real version profits, and its approvals bind a policy
digest of their own, so that no real outbox sends them.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fleet.adapters.checkpoints import open_checkpoints
from fleet.adapters.clock import stamp
from fleet.adapters.delivery import Maildir
from fleet.adapters.store.grants import read_grant, read_history
from fleet.adapters.store.outbox import Outbox
from fleet.adapters.store.schema import approvals
from fleet.adapters.store.simulated import read_simulated, refusal, save_simulated
from fleet.drafting.footer import FooterRule
from fleet.drafting.policy import DraftingPolicy
from fleet.errors import InputError
from fleet.evaluation.simulation import Scenario, SimulatePolicy, flaw_share, is_outage
from fleet.orchestrator.inbox.graph import build_graph
from fleet.orchestrator.registry import REGISTRY
from fleet.policy import section
from fleet.runtime.autonomy import judge_waiting
from fleet.runtime.canaries import seed_canaries
from fleet.runtime.durable_runs import DurableRun
from fleet.runtime.fleet import Fleet
from fleet.runtime.ladder import climb, ladder_policy
from fleet.runtime.simulate_people import Reviewers
from fleet.runtime.simulate_report import simulated_summary
from fleet.runtime.simulate_version import Play, SimulatedClock, SimulatedInbox
from fleet.runtime.simulate_world import Customers
from fleet.settings import Settings

GRAPH = "reply"
MOST_DAYS = 366
EXECUTOR = "simulation"
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be played; `mails` a day, None for the policy's number."""

    days: int
    seed: int = 0
    scenario: Scenario = Scenario.GOOD
    careless: bool = False
    outage: bool = False
    mails: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be played."""
        if not 1 <= self.days <= MOST_DAYS:
            raise InputError(f"--days {self.days}: give 1 to {MOST_DAYS}")
        if self.mails is not None and not 1 <= self.mails <= 1000:  # noqa: PLR2004  # one process plays them
            raise InputError(f"--mails {self.mails}: give 1 to 1000")


class SimulatedOutbox(Outbox):
    """The real outbox, for one version only: what real people approved is not its to send."""

    version = ""

    def _granted(self) -> Any:
        return super()._granted() & (approvals.c.graph_version == self.version)

    def _recover(self, row: Mapping[str, Any]) -> str | None:
        del row  # nothing of a simulation dies while it sends
        return None


class Simulation:
    """One version, its customers and its reviewers, over one fleet."""

    def __init__(self, fleet: Fleet, plan: Plan, play: Play, maildir: Path) -> None:
        self.fleet, self.plan, self.play = fleet, plan, play
        self.customers = Customers(fleet.store, play)
        self.reviewers = Reviewers(fleet, play, careless=plan.careless)
        self.outbox = self._open_outbox(maildir)
        self._waiting: list[str] = []
        self._last_end = stamp(play.clock.at)
        acts = SimulatedInbox(fleet, play)
        saver = open_checkpoints(
            fleet.settings.engine_url, encryption_key=fleet.settings.encryption_key
        )
        self._run = DurableRun(fleet, play.row, build_graph(acts, saver), EXECUTOR)

    def play_day(self, day: int, midnight: datetime) -> dict[str, Any]:
        """Play one day; return its row."""
        policy, count = self.play.policy, Counter[str]()
        self.play.flawed = flaw_share(self.play.scenario, day, self.plan.days, policy)
        down = self.plan.outage and is_outage(day, policy)
        mails = self.plan.mails or policy.mails_a_day
        last, self._last_end = self._last_end, stamp(midnight)
        for position, hour in enumerate(policy.hours):
            self.play.clock.reach(midnight + timedelta(hours=hour))
            at = self.play.clock.now()
            came = self.customers.answer(last, at) if position == 0 else []
            fair = round(mails * (position + 1) / len(policy.hours)) - count["mails"]
            came += self.customers.write(max(0, fair - len(came)), at)
            count["mails"] += len(came)
            self._waiting += came
            if not down:
                self._work(count, sends=hour in policy.send_hours)
        decided = {} if down else self._gate(count)
        return self._row(day, midnight, count, decided, down=down)

    def _work(self, count: Counter[str], *, sends: bool) -> None:
        """One round: the monitor, the mails, the machine, the people, then what may be sent."""
        fleet, version = self.fleet, self.play.row.version
        self._watch(count)
        for email_id in self._waiting:
            ended = self._run(f"{GRAPH}:{email_id}", {"email_id": email_id})
            count["drafts"] += ended["outcome"] in ("created", "held")
        self._waiting = []
        count["canaries"] += seed_canaries(fleet, self.play.policy.canary_share, version=version)
        self._judge(count)
        for answer, times in self.reviewers.review().items():
            count[answer] += times
        self._judge(count)  # as the worker does between two mails: what people refused counts now
        self._watch(count)
        self.play.clock.move(fleet.settings.undo_s + 1)
        if sends:
            count["sent"] += self.outbox.drain()["sent"]

    def _judge(self, count: Counter[str]) -> None:
        done = judge_waiting(self.fleet)
        count["machine_approved"] += done["approved"]

    def _watch(self, count: Counter[str]) -> None:
        count["fell"] += len(self.fleet.watch())

    def _gate(self, count: Counter[str]) -> dict[str, Any]:
        count["second_looks"] += self.reviewers.look_twice()
        return climb(self.fleet, GRAPH, self.play.row.version)

    def _row(
        self, day: int, midnight: datetime, count: Counter[str], decided: Mapping[str, Any], *,
        down: bool,
    ) -> dict[str, Any]:  # fmt: skip
        grant = read_grant(self.fleet.store, GRAPH, self.play.row.version)
        start = ladder_policy(self.fleet).start
        moves = read_history(self.fleet.store, GRAPH, self.play.row.version)
        today = [move for move in moves if move["at"] >= stamp(midnight)]
        return {
            "day": day + 1, "date": midnight.date().isoformat(), "mails": count["mails"],
            "drafts": count["drafts"], "canaries": count["canaries"],
            "approved": count["approve"], "edited": count["edit"], "rejected": count["reject"],
            "machine_approved": count["machine_approved"], "sent": count["sent"],
            "recalled": self._recalled(midnight), "decision": decided.get("decision"),
            "rung": (grant.rung if grant else start).value, "outage": down,
            "moves": [{"to": move["to_rung"], "why": move["reason"]} for move in today],
        }  # fmt: skip

    def _recalled(self, since: datetime) -> int:
        import sqlalchemy as sa

        from fleet.adapters.store.schema import decisions, drafts

        query = (
            sa.select(sa.func.count().label("n"))
            .select_from(decisions.join(drafts, drafts.c.id == decisions.c.draft_id))
            .where(
                decisions.c.action == "recall", decisions.c.at >= stamp(since),
                drafts.c.graph_version == self.play.row.version,
            )
        )  # fmt: skip
        return int(self.fleet.store.read(query)[0]["n"])

    def end(self) -> None:
        """Take what still waits out of the queue: nobody real has to decide it."""
        self.reviewers.leave("the simulation ended")

    def _open_outbox(self, maildir: Path) -> SimulatedOutbox:
        fleet = self.fleet
        footer = FooterRule(section(fleet.policies, "drafting", DraftingPolicy))
        made = SimulatedOutbox(
            fleet.store, fleet.clock, fleet.settings, Maildir(maildir), policies=fleet.policies,
            footer=footer,
        )  # fmt: skip
        made.version = self.play.row.version
        return made


def simulate(
    settings: Settings, plan: Plan, *, now: datetime, note: Note | None = None
) -> dict[str, Any]:
    """Play the days that end with yesterday; return the document of `fleet simulate`.

    The same plan again answers what was played. Raises InputError for a home whose past is real.
    """
    fleet = Fleet(_played(settings))
    try:
        known = read_simulated(fleet.store)
        if known and known["done"] and known["plan"] == _plain(plan):
            return dict(known["answer"])
        if why := refusal(fleet.store):
            raise InputError(f"{settings.home}: {why}; simulate into a new home: --home DIR")
        _fill(fleet, now)
        return _play(fleet, plan, now, note)
    finally:
        fleet.close()


def _play(fleet: Fleet, plan: Plan, now: datetime, note: Note | None) -> dict[str, Any]:
    until = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first = until - timedelta(days=plan.days)
    play = _cast(fleet, plan, first)
    label = {
        "label": "simulated", "seed": plan.seed, "days": plan.days, "scenario": plan.scenario.value,
        "graph": GRAPH, "version": play.row.version, "from": first.date().isoformat(),
        "until": until.date().isoformat(), "plan": _plain(plan), "done": False,
    }  # fmt: skip
    save_simulated(fleet.store, label, at=play.clock.now())
    days = []
    with tempfile.TemporaryDirectory(prefix="fleet-simulated-") as folder:
        game = Simulation(fleet, plan, play, Path(folder))
        for day in range(plan.days):
            days.append(game.play_day(day, first + timedelta(days=day)))
            if note:
                note(_told(days[-1], plan.days))
        game.end()
    answer = {
        "simulated": True, "days": days,
        "summary": simulated_summary(fleet, label, days),
    }  # fmt: skip
    save_simulated(fleet.store, label | {"done": True, "answer": answer}, at=play.clock.now())
    return answer


def _played(settings: Settings) -> Settings:
    """Return settings without any way out of this machine."""
    return replace(
        settings, smtp_url=None, gateway_url=None, langsmith=None, inbox=None, public_url=None
    )


def _cast(fleet: Fleet, plan: Plan, first: datetime) -> Play:
    """Give the fleet its played clock and policies; return what is played."""
    clock = SimulatedClock(first)
    policy = section(fleet.policies, "simulate", SimulatePolicy)
    row = next(row for row in REGISTRY if row.name == GRAPH)
    version = f"{row.version}+sim.{plan.scenario.value}.{plan.seed}"
    fleet.__dict__["policies"] = fleet.policies | {"simulated": _plain(plan)}
    fleet.clock, fleet.now_ns = clock, clock.now_ns  # type: ignore[assignment]  # the clock is a port
    return Play(
        scenario=plan.scenario, policy=policy, seed=plan.seed, clock=clock,
        row=replace(row, version=version),
    )  # fmt: skip


def _fill(fleet: Fleet, now: datetime) -> None:
    """Load the sample where there is nobody yet."""
    from fleet.adapters.sample import load_sample

    load_sample(fleet.store, now)


def _plain(plan: Plan) -> dict[str, Any]:
    return asdict(plan) | {"scenario": plan.scenario.value}


def _told(row: Mapping[str, Any], days: int) -> str:
    return (
        f"day {row['day']} of {days}: {row['mails']} mails, {row['drafts']} drafts, "
        f"{row['sent']} sent, {row['decision'] or 'no decision'}, {row['rung']}"
    )
