"""`fleet panel run|show`: let the lenses argue out a campaign's shape, or show a plan again."""

import argparse
from pathlib import Path
from typing import Any

from fleet.commands.console_io import Console
from fleet.errors import InputError, RowNotFound

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the two sub-commands."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    hold = actions.add_parser("run", parents=[common], help="hold a panel over a brief")
    hold.add_argument("brief", metavar="BRIEF.json", help="a brief, or - for standard input")
    show = actions.add_parser("show", parents=[common], help="show a panel that was held")
    show.add_argument("id")


def run(args: argparse.Namespace, console: Console) -> int:
    """Dispatch the sub-command."""
    return _run(args, console) if args.action == "run" else _show(args, console)


def _run(args: argparse.Namespace, console: Console) -> int:
    from fleet.adapters.files import read_policies
    from fleet.commands.opening import actor_of, settings_of
    from fleet.runtime.panel import Panels, keep_run, panels_of

    settings = settings_of(args)
    policies = read_policies(settings.policies)
    plain = Panels(policies)
    brief = plain.read(_decode(args.brief, plain.policy), str(args.brief))
    fleet = _fleet(settings)
    if fleet is None:
        answer = _without_store(settings, policies, brief)
        console.note("not kept: this home holds no store; 'fleet init' makes one")
    else:
        try:
            run = panels_of(fleet).run(brief)
            answer = keep_run(fleet.store, run, actor=actor_of(args))
        finally:
            fleet.close()
    console.document(answer, _text(answer))
    return 0


def _without_store(settings: Any, policies: Any, brief: Any) -> dict[str, Any]:
    """Hold a panel that nothing keeps."""
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.gateway import open_chat
    from fleet.runtime.panel import Panels

    chat = open_chat(settings, policies, clock=SystemClock())
    try:
        return Panels(policies, chat).run(brief).answer
    finally:
        if chat is not None:
            chat.close()


def _show(args: argparse.Namespace, console: Console) -> int:
    from fleet.adapters.store.panels import load_panel
    from fleet.commands.opening import opened

    with opened(args) as store:
        try:
            answer = load_panel(store, args.id)["answer"]
        except RowNotFound:
            raise InputError(
                f"panel {args.id[:80]!r} is not in the store: 'fleet panel run' prints the id"
            ) from None
    console.document(answer, _text(answer))
    return 0


def _fleet(settings: Any) -> Any:
    """Open the fleet when this home has a store; a panel can be held without."""
    from fleet.adapters.store.revisions import current
    from fleet.runtime.fleet import open_fleet

    if settings.store_url.startswith("sqlite") and not (settings.home / "fleet.db").exists():
        return None
    fleet = open_fleet(settings)
    if current(fleet.store):
        return fleet
    fleet.close()
    return None


def _decode(name: str, policy: Any) -> Any:
    """Read a brief's JSON; raises InputError on anything that is not small, UTF-8 and JSON."""
    import sys

    import orjson

    limit = policy.max_brief_bytes
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(limit + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(limit + 1)
    except FileNotFoundError:
        raise InputError(f"{name} does not exist: check the path") from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from None
    except ValueError:
        raise InputError(f"{name!r} is no path: check it") from None
    if len(raw) > limit:
        raise InputError(f"{name} is larger than {limit} bytes: a brief is a page, not a book")
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 at byte {error.start}: convert it first") from None
    if not raw.strip():
        raise InputError(f"{name} is empty: write a brief as one JSON object")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{name} is not JSON: {error}") from None


def _text(answer: dict[str, Any]) -> str:
    counts = answer["objections"]
    named = "a plan by the panel" if answer["source"] == "panel" else "the default weekly drip"
    lines = [f"{answer['id']}: {named}, {answer['provenance']['reason']}"]
    for touch in answer["touches"]:
        day = WEEKDAYS[touch["day_offset"] % len(WEEKDAYS)]
        rests = ", ".join(touch["evidence"]) or "no fact"
        lines.append(f"  {touch['index']}. day {touch['day_offset']:>2} {day} {touch['channel']}: "
                     f"{touch['angle']}  [{rests}]")  # fmt: skip
    lines.append(
        f"objections: {counts['raised']} raised, {counts['resolved']} resolved, "
        f"{counts['open']} open; {answer['rounds']} rounds; {answer['provenance']['stop']}"
    )
    lines += [f"dissent of {item['lens']}: {item['view']}" for item in answer["dissent"]]
    return "\n".join(lines)
