"""Days of customers and reviewers against the real fleet, in compressed time.

Real are the mailbox, the graph of one mail with its checkpoints and traces, the queue, the autonomy
gate, the monitor's round, the outbox (into a throw-away Maildir), the release gate and the ladder.
Real too are the rounds of the scoring over leads. Played are people, customers, their deals, time,
and what the version does wrong. Runs go one after another in this process: no DBOS, which would
only add its own bookkeeping.

The version has a name of its own, so that no real version profits, and its approvals bind a policy
digest of their own, so that no real outbox sends them.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fleet.adapters.checkpoints import open_checkpoints
from fleet.adapters.clock import stamp
from fleet.adapters.delivery import Maildir
from fleet.adapters.locks import only_one
from fleet.adapters.store.defects import forget_place
from fleet.adapters.store.simulated import (
    drop_place,
    keep_place,
    read_place,
    read_simulated,
    refusal,
    save_simulated,
    simulated_mails,
)
from fleet.domain.trust import SIMULATED
from fleet.drafting.footer import FooterRule
from fleet.drafting.policy import DraftingPolicy
from fleet.errors import InputError
from fleet.evaluation.simulation import Flaw, Scenario, SimulatePolicy, flaw_share, is_outage
from fleet.orchestrator.inbox.graph import build_graph
from fleet.orchestrator.registry import REGISTRY, GraphRow
from fleet.policy import section
from fleet.runtime.autonomy import judge_waiting
from fleet.runtime.canaries import seed_canaries
from fleet.runtime.durable_runs import DurableRun
from fleet.runtime.fleet import Fleet
from fleet.runtime.ladder import climb
from fleet.runtime.simulate_deals import Pipeline, begin_deals, follow_rule
from fleet.runtime.simulate_outbox import SimulatedOutbox
from fleet.runtime.simulate_people import Reviewers
from fleet.runtime.simulate_report import day_row, simulated_summary
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


class Simulation:
    """One version, its customers and its reviewers, over one fleet; plays on where one stopped."""

    def __init__(
        self, fleet: Fleet, plan: Plan, play: Play, maildir: Path, first: datetime,
        place: Mapping[str, Any] | None,
    ) -> None:  # fmt: skip
        self.fleet, self.plan, self.play, self.first = fleet, plan, play, first
        begun = place or {"days": [], "round": 0, "last_end": stamp(play.clock.at)}
        self.days: list[dict[str, Any]] = list(begun["days"])
        self._round, self._last_end = int(begun["round"]), str(begun["last_end"])
        self.customers = Customers(fleet.store, play, begun.get("customers", ()))
        self.reviewers = Reviewers(fleet, play, careless=plan.careless)
        self.deals = Pipeline(fleet, play, plan.days, first, self.customers.ids)
        self.outbox = self._open_outbox(maildir)
        version = play.row.version
        self._waiting = [m["id"] for m in simulated_mails(fleet.store, version, unhandled=True)]
        acts = SimulatedInbox(fleet, play, self._keep_place)
        saver = open_checkpoints(
            fleet.settings.engine_url, encryption_key=fleet.settings.encryption_key
        )
        self._run = DurableRun(fleet, play.row, build_graph(acts, saver), EXECUTOR)

    def play_on(self, note: Note | None) -> None:
        """Play every day that is left."""
        for day in range(len(self.days), self.plan.days):
            self.days.append(self._play_day(day, self.first + timedelta(days=day)))
            self._round = 0
            self._keep_place()
            if note:
                note(_told(self.days[-1], self.plan.days))

    def _play_day(self, day: int, midnight: datetime) -> dict[str, Any]:
        policy = self.play.policy
        self.play.flawed = flaw_share(self.play.scenario, day, self.plan.days, policy)
        down = self.plan.outage and is_outage(day, policy)
        self.deals.play_day(day, midnight, down=down)
        mails = self.plan.mails or policy.mails_a_day
        came = round(mails * self._round / len(policy.hours))
        for position in range(self._round, len(policy.hours)):
            hour = policy.hours[position]
            self.play.clock.reach(midnight + timedelta(hours=hour))
            self._round = position + 1
            self._keep_place()
            at = self.play.clock.now()
            new = self.customers.answer(self._last_end, at) if position == 0 else []
            fair = round(mails * (position + 1) / len(policy.hours)) - came
            new += self.customers.write(max(0, fair - len(new)), at)
            came += len(new)
            self._waiting += new
            if not down:
                self._work(sends=hour in policy.send_hours)
        self._last_end = stamp(midnight)
        decided = {} if down else self._gate()
        return day_row(self.fleet, self.play, day, midnight, decided=decided, down=down)

    def _keep_place(self) -> None:
        """Keep what the store does not know; a kill later costs the round that had begun."""
        place = {
            "days": self.days, "round": self._round, "last_end": self._last_end,
            "clock": self.play.clock.at.isoformat(), "customers": self.customers.ids,
            "flaws": {key: [flaw.value, meant] for key, (flaw, meant) in self.play.flaws.items()},
        }  # fmt: skip
        keep_place(self.fleet.store, place, at=self.play.clock.at)

    def _work(self, *, sends: bool) -> None:
        """One round: the monitor, the mails, the machine, the people, then what may be sent."""
        fleet, version = self.fleet, self.play.row.version
        fleet.watch()
        for email_id in self._waiting:
            self._run(f"{GRAPH}:{email_id}", {"email_id": email_id})
        self._waiting = []
        seed_canaries(fleet, self.play.policy.canary_share, version=version)
        judge_waiting(fleet)
        self.reviewers.review()
        judge_waiting(fleet)  # as the worker does between two mails: what people refused counts now
        fleet.watch()
        self.play.clock.move(fleet.settings.undo_s + 1)
        if sends:
            self.outbox.drain()

    def _gate(self) -> dict[str, Any]:
        self.reviewers.look_twice()
        return climb(self.fleet, GRAPH, self.play.row.version)

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

    The same plan again answers what was played, and plays on where a kill stopped it. Raises
    InputError for a home whose past is real, or into which somebody is playing right now.
    """
    with only_one(settings.home / "simulate.lock", "another process plays a past into this home"):
        fleet = Fleet(_played(settings))
        try:
            known = read_simulated(fleet.store)
            mine = known is not None and known["plan"] == _plain(plan)
            if known and mine and known["done"]:
                return dict(known["answer"])
            if not mine and (why := refusal(fleet.store)):
                raise InputError(f"{settings.home}: {why}; simulate into a new home: --home DIR")
            _fill(fleet, now)
            return _play(fleet, plan, known or _label(plan, now), note)
        finally:
            fleet.close()


def _label(plan: Plan, now: datetime) -> dict[str, Any]:
    until = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first = until - timedelta(days=plan.days)
    return {
        "label": "simulated", "seed": plan.seed, "days": plan.days, "scenario": plan.scenario.value,
        "graph": GRAPH, "version": _version(plan), "from": first.date().isoformat(),
        "until": until.date().isoformat(), "plan": _plain(plan), "done": False,
    }  # fmt: skip


def _play(fleet: Fleet, plan: Plan, label: Mapping[str, Any], note: Note | None) -> dict[str, Any]:
    first = datetime.fromisoformat(label["from"]).replace(tzinfo=UTC)
    place = read_place(fleet.store)
    play = _cast(fleet, plan, first, label["version"])
    if place:
        play.clock.reach(datetime.fromisoformat(place["clock"]))
        play.flaws.update({key: (Flaw(f), meant) for key, (f, meant) in place["flaws"].items()})
    else:
        save_simulated(fleet.store, label, at=play.clock.now())
        forget_place(fleet.store, first)
        begin_deals(fleet, play, first, plan.days)
    maildir = fleet.settings.home / "simulated-outbox"
    game = Simulation(fleet, plan, play, maildir, first, place)
    game.play_on(note)
    game.end()
    shutil.rmtree(maildir, ignore_errors=True)
    summary = simulated_summary(fleet, label, game.days)
    answer = {"simulated": True, "days": game.days, "summary": summary}
    ended = {**label, "done": True, "answer": answer}
    save_simulated(fleet.store, ended, at=play.clock.now())
    drop_place(fleet.store)
    return answer


def _played(settings: Settings) -> Settings:
    """Return settings without any way out of this machine."""
    return replace(
        settings, smtp_url=None, gateway_url=None, langsmith=None, inbox=None, public_url=None
    )


def _cast(fleet: Fleet, plan: Plan, first: datetime, version: str) -> Play:
    """Give the fleet its played clock and policies; return what is played."""
    clock = SimulatedClock(first)
    policy = section(fleet.policies, "simulate", SimulatePolicy)
    follow = {"propensity_follow_up": follow_rule(fleet.policies)}
    fleet.__dict__["policies"] = fleet.policies | follow | {"simulated": _plain(plan)}
    fleet.clock, fleet.now_ns = clock, clock.now_ns  # type: ignore[assignment]  # the clock is a port
    return Play(
        scenario=plan.scenario, policy=policy, seed=plan.seed, clock=clock,
        row=replace(_row(), version=version),
    )  # fmt: skip


def _version(plan: Plan) -> str:
    return f"{_row().version}{SIMULATED}{plan.scenario.value}.{plan.seed}"


def _row() -> GraphRow:
    return next(row for row in REGISTRY if row.name == GRAPH)


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
