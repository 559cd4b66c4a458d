"""`fleet threads`: durable runs from a shell."""

import argparse
from typing import Any

from fleet.commands.console_io import Console
from fleet.commands.opening import actor_of, opened, settings_of
from fleet.errors import InputError

WIDTH = 70
STATES = ("dead", "running", "waiting_human", "waiting_timer", "completed", "cancelled")


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    acts = parser.add_subparsers(dest="act", metavar="list|show|resume|cancel|fork")

    def act(name: str, text: str) -> argparse.ArgumentParser:
        child = acts.add_parser(name, help=text, description=text, parents=[common])
        if name not in ("list", "show"):
            child.add_argument("--as", dest="actor", metavar="NAME", help="who decides")
        return child

    listing = act("list", "runs: dead letters first, then the open ones")
    listing.add_argument("--state", choices=STATES)
    listing.add_argument("--limit", type=int, metavar="N")
    act("show", "one run with its steps").add_argument("thread_id")
    resume = act("resume", "try a dead or cut short run again from its last step")
    resume.add_argument("thread_id", nargs="?")
    resume.add_argument("--all", action="store_true", help="every dead letter")
    act("cancel", "end a run for good").add_argument("thread_id")
    fork = act("fork", "start a copy from one of its steps, under a new id")
    fork.add_argument("thread_id")
    fork.add_argument("--step", type=int, metavar="N", help="0 begins anew; default: the newest")


def run(args: argparse.Namespace, console: Console) -> int:
    """List, show, resume, cancel or fork."""
    act = args.act or "list"
    limit = getattr(args, "limit", None)
    if limit is not None and limit < 1:
        raise InputError(f"threads: --limit {limit}: give 1 or more")
    if act == "resume" and bool(args.thread_id) == args.all:
        raise InputError("threads resume: give one id, or --all for every dead letter")
    with opened(args):
        pass  # names the missing store before anything heavy is loaded
    from fleet.runtime import open_fleet

    fleet = open_fleet(settings_of(args))
    try:
        found = _done(fleet, act, args, console)
    finally:
        fleet.close()
    for row in found:
        console.document(row, _text(row))
    if not found and not console.json:
        console.say("No run yet. 'fleet run inbox' starts one for each new mail.")
    return 1 if act in ("resume", "fork") and any(r["state"] == "dead" for r in found) else 0


def _done(fleet: Any, act: str, args: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    from fleet.runtime import threads

    if act == "list":
        state, limit = getattr(args, "state", None), getattr(args, "limit", None)
        return threads.list_threads(fleet, state=state, limit=limit)
    if act == "show":
        return [threads.show_thread(fleet, args.thread_id)]
    actor = actor_of(args)
    if act == "resume" and args.all:
        return threads.resume_all(fleet, actor=actor, note=console.note)
    if act == "resume":
        return [threads.resume_thread(fleet, args.thread_id, actor=actor, note=console.note)]
    if act == "cancel":
        return [threads.cancel_thread(fleet, args.thread_id, actor=actor)]
    return [
        threads.fork_thread(
            fleet, args.thread_id, actor=actor, step=args.step, note=console.note
        )
    ]  # fmt: skip


def _text(row: dict[str, Any]) -> str:
    waits = row["waits_for"] or row["error"] or row["outcome"] or ""
    due = f" until {row['due_at'][:16]}" if row["due_at"] else ""
    line = f"{row['thread_id']}  {row['state']:<13} {waits[:WIDTH]}{due}"
    steps = [
        f"  step {step['step']:>3}  {step['at'][:19]}  next: {', '.join(step['next']) or 'the end'}"
        for step in row.get("steps", ())
    ]
    gates = [
        f"  {gate['decision']:<5} {gate['action']:<18} {gate['status']:<10} {gate['decision_id']}  "
        f"{', '.join(gate['rules'])}{'' if gate['same'] else '  DOES NOT REPLAY'}"
        for gate in row.get("decisions", ())
    ]
    return "\n".join([line, *gates, *steps, *([row["problem"]] if row.get("problem") else [])])
