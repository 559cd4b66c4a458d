"""A home for the console: a store with a few drafts, hostile ones too, and a server over it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from fleet.adapters.clock import SystemClock
from fleet.adapters.files import read_policies
from fleet.adapters.store.open import open_store
from fleet.adapters.store.review_queue import ReviewQueue
from fleet.adapters.store.schema import companies, contacts, emails
from fleet.commands.console_io import Console
from fleet.domain import Provenance, Source
from fleet.review.values import ClaimRow, NewDraft

ROOT = Path(__file__).resolve().parents[2]
BODY = "Hello Ann. Thank you for your mail."
FOOTER = '\n\n-- \nWritten with the help of AI.\nNo further mail wanted? Reply with "unsubscribe".'
START_S = 40.0


def make_home(folder: Path) -> ReviewQueue:
    """Initialise a store under `folder` and return its queue."""
    import argparse

    from fleet.commands import init_

    parser, common = argparse.ArgumentParser(), argparse.ArgumentParser(add_help=False)
    init_.configure(parser, common)
    args = parser.parse_args([])
    args.home = str(folder)
    init_.run(args, Console(json=True))
    return queue_of(folder)


def queue_of(folder: Path) -> ReviewQueue:
    """Return a queue over the store of a home, as a second process sees it."""
    store = open_store(f"sqlite:///{folder / 'fleet.db'}")
    return ReviewQueue(store, SystemClock(), read_policies(), 60, "rep@seller.test")


def add_draft(queue: ReviewQueue, key: str, text: str = BODY, name: str = "Ann Lee") -> str:
    """Queue one draft that answers a mail; `name` and `text` fill every foreign field."""
    company, contact, mail = f"co-{key}", f"ct-{key}", f"em-{key}"
    store = queue.store
    now = queue.now()
    store.insert_many(companies, [{"id": company, "name": name}])  # type: ignore[attr-defined] # engine store
    store.insert_many(  # type: ignore[attr-defined] # engine store
        contacts,
        [{"id": contact, "name": name, "company_id": company, "email": f"{key}@buyer.test"}],
    )
    store.insert_many(  # type: ignore[attr-defined] # engine store
        emails,
        [{
            "id": mail, "message_id": f"<{key}@buyer.test>", "thread_id": key, "direction": "in",
            "from_address": f"{key}@buyer.test", "to_address": "rep@seller.test", "subject": text,
            "body": text, "reply": text, "kind": "person", "at": now,
        }],
    )  # fmt: skip
    claim = ClaimRow(text=text.split("\n")[0], supported=True)
    return queue.add(
        NewDraft(
            kind="reply", graph="reply", graph_version="1", to_address=f"{key}@buyer.test",
            subject=text.split("\n")[0][:200], body=text + FOOTER, key=key, claims=(claim,), email_id=mail,
            contact_id=contact, company_id=company, thread_id=key,
            provenance=Provenance(confidence=0.9, reason="a price row", source=Source.RULE),
        )
    )  # fmt: skip


@contextmanager
def serving(home: Path, *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run the real server over a home on a free port and yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words: Sequence[str] = [sys.executable, "-m", "fleet.ui.server", "--port", str(port)]
    around = dict(os.environ if env is None else env) | {"FLEET_HOME": str(home)}
    server = subprocess.Popen(
        words, env=around, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_S
        while True:
            try:
                urllib.request.urlopen(address + "/_stcore/health", timeout=2).read()
                break
            except OSError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(10)
