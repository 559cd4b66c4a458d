"""How close the inbox run comes to the ideal of a gateway that takes 64 calls at once.

The ideal is `calls x latency / 64`: nothing but waiting. What stands between is the durable graph,
the store and the client. At 50 ms of latency the processor is the limit, so CPU a mail is printed.
"""

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import contacts, emails, model_calls
from tests.support.scripted_gateway import served_apart

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 64
TEXTS = (
    "Could you send us a quote for {n} sensors before Friday?",
    "Wir prüfen gerade Ihr Angebot {n}. Können Sie uns bitte die Preise noch einmal nennen?",
    "Nous avons {n} sites à équiper. Pouvez-vous nous proposer une démonstration ?",
    "We have a question about the installation on {n} floors. How does the set-up work?",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One measured run."""

    mails: int
    calls: int
    wall_s: float
    cpu_s: float
    ideal_s: float

    def __str__(self) -> str:
        return (
            f"{self.mails} mails, {self.calls} calls: wall {self.wall_s:.2f} s, ideal "
            f"{self.ideal_s:.2f} s, ratio {self.wall_s / self.ideal_s:.2f}, "
            f"CPU {self.cpu_s / self.mails * 1000:.1f} ms a mail, {self.mails / self.wall_s:.0f} mails/s "
            f"(load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; the start of the process counts)"
        )


def fleet(home: Path, *words: str, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fleet", *words, "--home", str(home), "--json"], cwd=ROOT,
        env=os.environ | (env or {}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def make_home(folder: Path, mails: int) -> Path:
    """Initialise the sample and leave `mails` unhandled ones, each in a thread of its own."""
    home = folder / "home"
    fleet(home, "init", "--sample")
    store = open_store(f"sqlite:///{home}/fleet.db")
    store.write(sa.update(emails).values(handled_at="2026-01-01", handled_as="created"))
    asked = sa.select(contacts.c.email).where(contacts.c.email.like("%@%"))
    senders = [row["email"] for row in store.read(asked.order_by(contacts.c.id))][:mails]
    store.close()
    lines = [
        {
            "message_id": f"<bench-{n}@buyer.example>", "from": sender, "to": "sales@us.example",
            "date": "2026-11-24T10:00:00Z", "subject": f"Question {n}",
            "body": TEXTS[n % len(TEXTS)].format(n=n + 2),
        }
        for n, sender in enumerate(senders)
    ]  # fmt: skip
    file = folder / "mails.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    fleet(home, "import", "mail", str(file))
    return home


def measure(folder: Path, mails: int, latency: str, latency_s: float) -> Figures:
    """Run the inbox in a process of its own against a gateway in another."""
    home = make_home(folder, mails)
    with served_apart(script=f"tests.support.scripted_model:{latency}") as env:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        fleet(home, "run", "inbox", env=env | {"FLEET_SENDER": "Sales <sales@us.example>"})
        wall = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    store = open_store(f"sqlite:///{home}/fleet.db", read_only=True)
    calls = store.read(sa.select(sa.func.count().label("n")).select_from(model_calls))[0]["n"]
    handled = store.read(
        sa.select(sa.func.count().label("n")).where(
            emails.c.message_id.like("<bench-%"), emails.c.handled_as.in_(["created", "held"])
        )
    )[0]["n"]
    store.close()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Figures(
        mails=handled, calls=calls, wall_s=wall, cpu_s=cpu, ideal_s=calls * latency_s / WIDTH
    )


@pytest.mark.bench
@pytest.mark.parametrize(("latency", "latency_s"), [("after_1_s", 1.0), ("after_50_ms", 0.05)])
def test_prints_the_wall_time_of_500_mails(tmp_path: Path, latency: str, latency_s: float) -> None:
    found = measure(tmp_path, 500, latency, latency_s)
    print(f"\ninbox through a gateway of {latency_s:g} s: {found}")
    assert found.mails >= 495  # a few of the sample's contacts may not be written to
