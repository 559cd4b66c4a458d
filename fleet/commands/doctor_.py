"""`fleet doctor`: what is configured, reachable or degraded, each problem with its fix."""

import argparse
import os
import platform
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from fleet.commands.console_io import Console
from fleet.commands.opening import settings_of
from fleet.errors import FleetError
from fleet.ports import Store
from fleet.settings import Settings

REACH_S = 2.0
LEAST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 500_000_000
PORTS = {"http": 80, "https": 443, "smtp": 25, "smtps": 465, "imaps": 993, "postgresql": 5432}
MARKS = {"ok": "▲", "degraded": "◆", "missing": "◇", "broken": "▼"}
Item = dict[str, str]


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the command; it has no options of its own."""
    del parser, common


def run(args: argparse.Namespace, console: Console) -> int:
    """Print every finding; exit 1 only when the store is broken."""
    settings = settings_of(args)
    items = [_python(), _home(settings), *_store(settings), *_services(settings), *_mail(settings)]
    ok = all(item["state"] != "broken" for item in items)
    lines = [
        f"{MARKS[item['state']]} {item['name']}: {item['detail']}"
        + (f" → {item['fix']}" if item["fix"] else "")
        for item in items
    ]
    console.document({"items": items, "ok": ok}, "\n".join(lines))
    store = next(item for item in items if item["name"] == "store")
    return 1 if store["state"] == "broken" else 0


def _item(name: str, state: str, detail: str, fix: str = "") -> Item:
    return {"name": name, "state": state, "detail": detail, "fix": fix}


def _python() -> Item:
    fits = sys.version_info >= LEAST_PYTHON
    fix = "" if fits else "install Python 3.11 or newer"
    return _item("python", "ok" if fits else "broken", platform.python_version(), fix)


def _home(settings: Settings) -> Item:
    home = settings.home
    if not home.is_dir():
        return _item("home", "missing", f"{home} does not exist", "run `fleet init`")
    if not os.access(home, os.W_OK):
        return _item("home", "broken", f"{home} is not writable", "change the folder's rights")
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE_BYTES:
        return _item("home", "degraded", f"{free} bytes are free", "free some disk space")
    return _item("home", "ok", f"{home} is writable, {free} bytes are free")


def _store(settings: Settings) -> Iterator[Item]:
    from fleet.adapters.store.open import open_store
    from fleet.adapters.store.revisions import current, pending

    if settings.store_url.startswith("sqlite") and not (settings.home / "fleet.db").exists():
        yield _item("store", "missing", "there is no store yet", "run `fleet init`")
        return
    if not settings.store_url.startswith("sqlite") and not _reach(settings.store_url):
        yield _item("store", "broken", "the server does not answer", "check FLEET_STORE_URL")
        return
    try:
        store = open_store(settings.store_url, read_only=True, home=settings.home)
        try:
            found, missing = current(store), pending(store)
            state = "degraded" if missing else "ok"
            fix = "run `fleet init`" if missing else ""
            yield _item("store", state, f"revision {max(found, default='none')}", fix)
            yield from _trust(store)
        finally:
            store.close()
    except FleetError as error:
        yield _item("store", "broken", str(error), "check FLEET_STORE_URL or restore a backup")


def _trust(store: Store) -> Iterator[Item]:
    from fleet.adapters.store.audit import verify
    from fleet.adapters.store.controls import halt_state

    chain = verify(store)
    if chain.ok:
        yield _item("audit chain", "ok", f"{chain.entries} entries, whole")
    else:
        yield _item("audit chain", "broken", str(chain.reason), "restore the store from a backup")
    halted = halt_state(store)
    if halted:
        yield _item("halted", "degraded", f"no mail is sent: {halted['reason']}", "`fleet unhalt`")
    else:
        yield _item("halted", "ok", "sends are allowed")
    yield _monitor(store)


def _monitor(store: Store) -> Item:
    """Tell when the monitor's heart last beat: grants above DRAFT hold only while it does."""
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.files import read_policies
    from fleet.adapters.store.grants import last_beat

    beat, limit = last_beat(store), float(read_policies()["ladder"]["heartbeat_s"])
    if beat is None:
        return _item("monitor", "missing", "was never heard: no grant holds", "run `fleet worker`")
    age = (SystemClock().now() - beat).total_seconds()
    said = f"last heard {beat:%Y-%m-%d %H:%M} UTC"
    if age > limit:
        return _item("monitor", "degraded", f"{said}: grants fell back", "run `fleet worker`")
    return _item("monitor", "ok", said)


def _services(settings: Settings) -> Iterator[Item]:
    kind = urlsplit(settings.engine_url).scheme.partition("+")[0]
    yield _item("engine", "ok", kind)
    yield _server("gateway", settings.gateway_url, "rule engines answer", "FLEET_GATEWAY_URL")
    yield _server("smtp", settings.smtp_url, "mail goes to a Maildir at home", "FLEET_SMTP_URL")
    if settings.inbox and "://" not in settings.inbox:
        there = Path(settings.inbox).is_dir()
        state, fix = ("ok", "") if there else ("broken", "check FLEET_INBOX")
        yield _item("inbox", state, "a Maildir" if there else "the folder is missing", fix)
    else:
        yield _server("inbox", settings.inbox, "no mailbox is watched", "FLEET_INBOX")


def _server(name: str, url: str | None, unset: str, variable: str) -> Item:
    if not url:
        return _item(name, "missing", f"not set: {unset}", f"set {variable}")
    if _reach(url):
        return _item(name, "ok", "answers")
    return _item(name, "degraded", "does not answer", f"check {variable} and the server")


def _reach(url: str) -> bool:
    """Whether a TCP connection opens in time; a socket in a folder is left to the store."""
    try:
        parts = urlsplit(url)
        if not parts.hostname:
            return True
        port = parts.port or PORTS.get(parts.scheme.partition("+")[0], PORTS["https"])
        with socket.create_connection((parts.hostname, port), timeout=REACH_S):
            return True
    except (OSError, ValueError):
        return False


def _mail(settings: Settings) -> Iterator[Item]:
    unset = "a relay needs one, a Maildir gets a placeholder"
    yield _set("sender", settings.sender, unset, "set FLEET_SENDER")
    postal = settings.postal_address
    yield _set("postal address", postal, "outreach needs one", "set FLEET_POSTAL_ADDRESS")
    detail = "unsubscribe is by mailto only, without one click"
    yield _set("public url", settings.public_url, detail, "set FLEET_PUBLIC_URL", "degraded")
    yield _item("dkim", "ok", "signing is the relay's work: check it there")
    yield _langsmith(settings)
    encryption = settings.encryption_key
    yield _set("encryption key", encryption, "threads are kept plain", "set LANGGRAPH_AES_KEY")


def _langsmith(settings: Settings) -> Item:
    """Tell where traces go besides the store, and how many did not get there."""
    if settings.langsmith is None:
        fix = "set LANGSMITH_API_KEY and LANGSMITH_TRACING=true, or LANGSMITH_ENDPOINT"
        return _item("langsmith", "missing", "not set: traces stay in the store", fix)
    from fleet.adapters.langsmith_counts import read_counts
    from fleet.adapters.langsmith_sink import read_endpoint

    try:
        place = read_endpoint(settings.langsmith.endpoint)
    except FleetError as error:
        return _item("langsmith", "broken", str(error), "nothing is sent until it is mended")
    counts = read_counts(settings.home)
    detail = f"{counts.sent} traces sent, {counts.dropped} dropped"
    if counts.last_error:
        detail += f" (last: {counts.last_error})"
    if not _reach(place):
        return _item(
            "langsmith", "degraded", f"does not answer; {detail}", "check LANGSMITH_ENDPOINT"
        )
    fix = "see LangSmith's status, or its limits" if counts.last_error else ""
    return _item("langsmith", "degraded" if fix else "ok", detail, fix)


def _set(name: str, value: object, detail: str, fix: str, state: str = "missing") -> Item:
    return _item(name, "ok", "set") if value else _item(name, state, f"not set: {detail}", fix)
