"""`fleet run orchestrator` over imported Maven accounts and a mailbox: a named end for everybody."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from fleet.adapters.store import audit
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import contacts, drafts, outbox, runs, step_decisions
from fleet.orchestrator.rdav.gate import replay_step
from fleet.orchestrator.rdav.values import State, canonical
from tests.support.maven_mail import MAVEN, ROOT, kind_of, make_crm, make_mbox

pytestmark = pytest.mark.skipif(not MAVEN.exists(), reason="the shared Maven files are not here")
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("FLEET_")} | {
    "FLEET_POSTAL_ADDRESS": "Sample Sales, 1 Main Street, Springfield",
    "FLEET_SENDER": "Sales <sales@us.example>",
}
PEOPLE = 40  # accounts of Maven that get a contact


def fleet(home: Path, *words: str) -> Any:
    command = [sys.executable, "-m", "fleet", *words, "--home", str(home), "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_contact_of_maven_and_its_mail_ends_in_a_named_state(tmp_path: Path) -> None:
    home = tmp_path / "home"
    crm, mapping, addresses = make_crm(tmp_path, PEOPLE)
    sent = make_mbox(tmp_path / "in.mbox", addresses)
    fleet(home, "init")
    brought = fleet(home, "import", "crm", str(crm), "--mapping", str(mapping))
    assert brought["imported"]["contacts"] == len(addresses)
    assert fleet(home, "import", "mail", str(tmp_path / "in.mbox"))["imported"] == {"emails": sent}
    answer = fleet(home, "run", "orchestrator")
    assert (answer["handled"], answer["failed"]) == (len(addresses), 0)
    store = open_store(f"sqlite:///{home}/fleet.db", read_only=True)
    mine = store.read(sa.select(runs).where(runs.c.graph == "orchestrator"))
    taken = store.read(sa.select(step_decisions))
    people = store.read(sa.select(contacts.c.id, contacts.c.email))
    assert store.read(sa.select(outbox)) == []
    written = {row["contact_id"] for row in store.read(sa.select(drafts.c.contact_id))}
    assert audit.verify(store).ok
    store.close()
    by_id = {row["id"]: kind_of(addresses.index(row["email"])) for row in people}
    ends = {row["subject_id"]: str(row["outcome"]) for row in mine}
    assert set(ends) == set(by_id)
    assert {end.partition(":")[0] for end in ends.values()} <= {state.value for state in State}
    table = Counter((by_id[who], end) for who, end in ends.items())
    print("\n" + "\n".join(f"{kind:12} {end:44} {n}" for (kind, end), n in sorted(table.items())))
    assert {end for who, end in ends.items() if by_id[who] == "opt_out"} == {
        "stopped_suppressed:opted_out"
    }
    acted = {row["run_id"].split(":")[1] for row in taken}
    assert not {who for who in acted | written if by_id.get(who) == "opt_out"}
    assert {row["decision"] for row in taken if row["status"] == "done"} == {"ALLOW"}
    assert all(replay_step(row) == canonical(row["result"]) for row in taken)
    reasons = {
        kind: {
            row["inputs"]["step"]["args"].get("reason")
            for row in taken
            if row["action"] == "hand_over" and by_id[row["run_id"].split(":")[1]] == kind
        }
        for kind in ("complaint", "declined", "hostile")
    }
    assert reasons == {
        "complaint": {"complaint"}, "declined": {"declined"}, "hostile": {"hostile_text"},
    }  # fmt: skip
    held = next(row["id"] for row in mine if row["outcome"] == "waiting_human")
    shown = fleet(home, "threads", "show", held)["decisions"]  # no model is configured here
    assert {line["decision"] for line in shown} == {"ALLOW", "HOLD"}
    assert all(line["same"] for line in shown)
    assert len(shown) == sum(row["run_id"] == held for row in taken)
