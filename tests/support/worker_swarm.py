"""Workers of one campaign on one PostgreSQL, forked so that imports are paid once, some of them killed.

`python -m tests.support.worker_swarm FOLDER URL LEADS WORKERS KILLS SEED LIMIT_S [--draft-only]` works until
every touch is sent (or drafted), kills a random worker KILLS times at random moments and starts
another in its place. One process more, never killed, approves what waits. It prints one JSON line.
"""

import argparse
import importlib
import json
import os
import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from fleet.adapters.clock import stamp
from fleet.adapters.sending import run_outbox
from fleet.adapters.store.audit import verify
from fleet.adapters.store.schema import approvals, drafts, effects, runs, touches
from fleet.errors import FleetError
from fleet.runtime.campaigns import default_plan, run_campaigns
from fleet.runtime.fleet import Fleet
from fleet.settings import read_settings
from tests.support.always_open import always_open
from tests.support.campaign_kill import LAZY
from tests.support.campaign_world import SETTINGS, CampaignWorld, Clock

BREATH_S = 0.05
KILL_EVERY_S = (0.3, 2.5)
CONCURRENCY = 3
KILLED = "all-killed"  # a file's name
OPEN_STATES = ("scheduled", "drafting", "held", "approved")


def settings_for(folder: Path, url: str) -> Any:
    """Return settings over the store, with every hour a business hour."""
    more = {"FLEET_STORE_URL": url, "FLEET_POLICIES": str(folder / "policies.toml")}
    return read_settings(str(folder), SETTINGS | more)


def begin(folder: Path, url: str, leads: int) -> None:
    """Create the store and start a campaign of one touch for each lead."""
    always_open(folder)
    start = Clock(datetime.now(UTC))
    world = CampaignWorld(folder, [f"lead{n:05}" for n in range(leads)], start, url)
    plan = default_plan(world.fleet)
    world.start(plan | {"touches": plan["touches"][:1]})
    world.store.write(sa.update(touches).values(due_at=stamp(start.at)))
    world.fleet.close()


def is_left(fleet: Fleet, *, draft_only: bool) -> bool:
    """Whether a touch is still on its way."""
    states = OPEN_STATES[:2] if draft_only else OPEN_STATES
    query = sa.select(touches.c.id).where(touches.c.status.in_(states)).limit(1)
    return bool(fleet.store.read(query))


def work(folder: Path, url: str, *, draft_only: bool) -> None:
    """Draft and send until nothing is left, as `fleet worker` does in its rounds."""
    settings = settings_for(folder, url)
    fleet = Fleet(settings)
    while is_left(fleet, draft_only=draft_only):
        run_campaigns(fleet, concurrency=CONCURRENCY)
        if not draft_only:
            run_outbox(settings)
        time.sleep(BREATH_S)
    fleet.close()


def slow_down(seconds: float) -> None:
    """Let each draft take the time of a model's answer."""
    from fleet.runtime.campaign_acts import StoreTouches

    real = StoreTouches.draft

    def slow(self: StoreTouches, touch_id: str) -> dict[str, Any]:
        time.sleep(seconds)
        return real(self, touch_id)

    setattr(StoreTouches, "draft", slow)  # noqa: B010  # in this process and its forks only


def review(folder: Path, url: str) -> None:
    """Approve whatever waits, until nothing is left; the last draft not before the last kill."""
    fleet = Fleet(settings_for(folder, url))
    while is_left(fleet, draft_only=False):
        waiting = sa.select(drafts.c.id, drafts.c.text_hash).where(drafts.c.status == "pending")
        found = fleet.store.read(waiting)
        for row in found if (folder / KILLED).exists() else found[1:]:
            try:
                fleet.review.approve(row["id"], actor="ann", text_hash=row["text_hash"])
            except FleetError as error:
                print(f"review: {error}", file=sys.stderr, flush=True)  # for the test
        time.sleep(BREATH_S)
    fleet.close()


def fork(act: Callable[[], None]) -> int:
    """Run in a child and return its id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        act()
    except BaseException as error:  # noqa: BLE001  # the parent must learn of anything
        print(
            f"child: {type(error).__name__}: {error}", file=sys.stderr, flush=True
        )  # for the test
        os._exit(1)
    os._exit(0)


def swarm(workers: Sequence[int], kills: int, seed: int, limit_s: float,
          start: Callable[[], int], all_killed: Callable[[], None]) -> dict[str, Any]:  # fmt: skip
    """Watch the workers to their end; return how many were killed and how long it took."""
    rng, living, killed = random.Random(seed), set(workers), 0
    begun = time.monotonic()
    next_kill = begun + rng.uniform(*KILL_EVERY_S)
    if not kills:
        all_killed()
    while living:
        assert time.monotonic() - begun < limit_s, f"{len(living)} processes still work"
        for pid in list(living):  # at once: a dead child that nobody has asked for still lives
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            living.discard(pid)
            if os.WIFSIGNALED(status):  # the kill below
                living.add(start())
            else:
                assert os.WEXITSTATUS(status) == 0
        time.sleep(BREATH_S)
        if killed < kills and living and time.monotonic() > next_kill:
            os.kill(rng.choice(sorted(living)), signal.SIGKILL)
            killed, next_kill = killed + 1, time.monotonic() + rng.uniform(*KILL_EVERY_S)
            if killed == kills:
                all_killed()
    return {"killed": killed, "seconds": round(time.monotonic() - begun, 2)}


def cpu_s() -> float:
    """Return the processor seconds of the children that ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ledger(folder: Path, url: str) -> dict[str, Any]:
    """Return what the rows and the folder of sent mail say, to be held against each other."""
    fleet = Fleet(settings_for(folder, url))
    read = fleet.store.read

    def states(table: sa.Table) -> dict[str, int]:
        return dict(Counter(row["status"] for row in read(sa.select(table.c.status))))

    approved = sa.select(approvals.c.draft_id).where(approvals.c.voided_at.is_(None))
    mails = [path.read_text("utf-8") for path in folder.glob("outbox/new/*")]
    to = [line for mail in mails for line in mail.splitlines() if line.startswith("To:")]
    begun = read(sa.select(sa.func.min(runs.c.started_at).label("at")))[0]["at"]
    held = read(sa.select(sa.func.max(drafts.c.created_at).label("at")))[0]["at"]
    span = datetime.fromisoformat(held) - datetime.fromisoformat(begun)
    found = {
        "touches": states(touches), "drafts": states(drafts), "runs": states(runs),
        "effects": states(effects), "approvals": len(read(approved)), "mails": len(mails),
        "recipients": len(set(to)), "chain": verify(fleet.store).ok, "span_s": span.total_seconds(),
        "again": len(read(sa.select(runs.c.id).where(runs.c.attempts > 1))),
    }  # fmt: skip
    fleet.close()
    return found


def main() -> None:
    """Read the arguments and print the outcome."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("url")
    for name in ("leads", "workers", "kills", "seed"):
        parser.add_argument(name, type=int)
    parser.add_argument("limit_s", type=float)
    parser.add_argument("--draft-only", action="store_true")
    parser.add_argument(
        "--model-s", type=float, default=0.0, help="what a model would take a draft"
    )
    args = parser.parse_args()
    for name in (*LAZY, "dbos", "psycopg_pool", "langgraph.checkpoint.postgres"):
        importlib.import_module(name)
    folder, url, alone = args.folder, args.url, args.draft_only
    if args.model_s:
        slow_down(args.model_s)
    assert os.waitpid(fork(lambda: begin(folder, url, args.leads)), 0)[1] == 0

    def start() -> int:
        return fork(lambda: work(folder, url, draft_only=alone))

    before = cpu_s()
    person = [] if alone else [fork(lambda: review(folder, url))]
    outcome = swarm(
        [start() for _ in range(args.workers)], args.kills, args.seed, args.limit_s, start,
        (folder / KILLED).touch,
    )  # fmt: skip
    for pid in person:
        assert os.waitpid(pid, 0)[1] == 0
    outcome["cpu_s"] = round(cpu_s() - before, 2)
    print(json.dumps(outcome | ledger(folder, url)), flush=True)  # read by the test


if __name__ == "__main__":
    main()
