"""A campaign in a process of its own that is killed at one write; forks, so imports are paid once.

`python -m tests.support.campaign_kill FOLDER FIRST STEP SECONDS [SERVER]` runs a whole campaign of one
contact to two sent mails, killing it before write FIRST, FIRST+STEP, ... until no write has that number,
and every second one again as far behind the restart. It prints one JSON line a kill point. With SERVER,
the address of a PostgreSQL server, each point has a database of its own there, else SQLite files.
"""

import importlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.sqlite import SqliteSaver

from fleet.adapters.store import engine as store_engine
from fleet.adapters.store.audit import verify
from fleet.adapters.store.schema import approvals, drafts, touches
from fleet.runtime import durable_runs
from fleet.runtime.campaigns import default_plan
from tests.support.campaign_world import CampaignWorld
from tests.support.inline_engine import InlineEngine

TOUCHES, LIVES = 2, 40
DAYS, ADDRESS = "days", "address"
BEGUN = "begun"
LEAST = 3  # points, on a machine so busy that the time is over before
TRIES, BREATH_S = 50, 0.1
LAZY = (
    "fleet.durable.graph", "fleet.runtime.campaign_acts", "fleet.adapters.reviewing",
    "fleet.adapters.tracing", "fleet.adapters.tracing_files", "langgraph.pregel",
)  # fmt: skip


class Killer:
    """Counts writes of the store and of the checkpoints, and kills the process at one of them."""

    def __init__(self) -> None:
        self.left, self.count = 0, 0
        self._wrap(store_engine.EngineStore, "write")
        for name in ("put", "put_writes"):
            self._wrap(SqliteSaver, name)
            self._wrap(PostgresSaver, name)

    def _wrap(self, owner: type, name: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def counted(*args: Any, **more: Any) -> Any:
            self.count += 1
            if self.left and self.count == self.left:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **more)

        setattr(owner, name, counted)


def world_of(folder: Path) -> CampaignWorld:
    """Open the campaign's world over the folder's own store."""
    address = folder / ADDRESS
    return CampaignWorld(folder, url=address.read_text() if address.exists() else None)


def live(folder: Path) -> None:
    """Go on with the campaign from whatever the last life left, until nothing is left to do."""
    world = world_of(folder)
    day = folder / DAYS
    while "scheduled" in world.states() or "drafting" in world.states() or "held" in world.states():
        days = int(day.read_text()) if day.exists() else 0
        world.clock.move(days=days, hours=0.1)
        world.run()
        world.approve()
        world.send()
        world.run()
        temporary = day.with_suffix(".new")
        temporary.write_text(str(days + 1))
        temporary.replace(day)
        world.clock.move(days=-days)


def begin(folder: Path) -> None:
    world = world_of(folder)
    plan = default_plan(world.fleet)
    plan["touches"] = [
        touch | {"day_offset": n} for n, touch in enumerate(plan["touches"][:TOUCHES])
    ]
    world.start(plan)
    world.fleet.close()


def in_child(act: Callable[[], None]) -> bool:
    """Run in a fork; return whether it ended by itself."""
    pid = os.fork()
    if pid == 0:
        try:
            act()
        except BaseException as error:  # noqa: BLE001  # the parent must learn of anything
            print(
                f"child: {type(error).__name__}: {error}", file=sys.stderr, flush=True
            )  # for the test
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit(1)
    return os.WIFEXITED(status)


class Server:
    """Databases on a PostgreSQL server, each a copy of the one in which the campaign began."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def create(self, name: str, template: str = "template1") -> str:
        """Create a database and return its store URL; a template must be left by its backends."""
        for left in reversed(range(TRIES)):
            try:
                self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
                break
            except psycopg.errors.ObjectInUse:
                if not left:
                    raise
                time.sleep(BREATH_S)
        head, _, query = self.uri.partition("?")
        return f"{head.rpartition('/')[0]}/{name}?{query}".replace("sql://", "sql+psycopg://", 1)

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.uri, autocommit=True) as connection:  # none is open in a fork
            connection.execute(statement.encode())


def sweep(root: Path, first: int, step: int, seconds: float, server: Server | None) -> None:
    killer, ends, point = Killer(), time.monotonic() + seconds, first
    for name in LAZY:
        importlib.import_module(name)  # once here, not in every child
    (root / BEGUN).mkdir()
    if server:
        (root / BEGUN / ADDRESS).write_text(server.create(BEGUN))
    in_child(lambda: begin(root / BEGUN))
    done = 0
    while time.monotonic() < ends or done < LEAST:
        name = f"kill{point}"
        folder = root / name
        shutil.copytree(root / BEGUN, folder)
        if server:
            (folder / ADDRESS).write_text(server.create(name, BEGUN))
        killer.left = point
        lives = 1
        while not in_child(lambda folder=folder: live(folder)):  # type: ignore[misc]  # bound early
            lives += 1
            killer.left = 0 if lives > 1 + point % 2 else point  # one or two kills a campaign
            assert lives < LIVES
        in_child(lambda folder=folder, at=point, n=lives: report(folder, at, n))  # type: ignore[misc]  # bound early
        if server:
            server.drop(name)
        if lives == 1:
            return  # no write of this number is left: the sweep is complete
        killer.left, killer.count = 0, 0
        point, done = point + step, done + 1


def report(folder: Path, point: int, lives: int) -> None:
    world = world_of(folder)
    approved = sa.select(approvals.c.draft_id).where(approvals.c.voided_at.is_(None))
    out = {
        "point": point, "lives": lives, "states": world.states(), "files": len(world.files()),
        "runs": world.runs(), "chain": verify(world.store).ok,
        "drafts": [row["status"] for row in world.store.read(sa.select(drafts.c.status))],
        "approved": len(world.store.read(approved)),
        "held": len(world.store.read(sa.select(touches.c.id).where(touches.c.status == "held"))),
    }  # fmt: skip
    print(json.dumps(out), flush=True)  # read by the test


if __name__ == "__main__":
    setattr(durable_runs, "Engine", InlineEngine)  # noqa: B010  # no worker threads across a fork
    over = Server(sys.argv[5]) if len(sys.argv) > 5 else None
    sweep(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), over)
