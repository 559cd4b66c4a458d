"""`fleet review`: the approval queue from a shell."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet.adapters.clock import SystemClock
from fleet.commands.console_io import Console
from fleet.commands.opening import actor_of, opened, settings_of
from fleet.errors import InputError

if TYPE_CHECKING:
    from fleet.adapters.store.review_queue import Recheck, ReviewQueue

PAGE = 200
WIDTH = 60
STATUSES = (
    "pending", "leased", "approved", "rejected", "snoozed", "sent", "superseded", "suppressed",
    "failed", "voided",
)  # fmt: skip


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    acts = parser.add_subparsers(dest="act", metavar="act", required=True)

    def act(name: str, text: str, *, hashed: bool = False) -> argparse.ArgumentParser:
        child = acts.add_parser(name, help=text, description=text, parents=[common])
        if name != "list":
            child.add_argument("draft_id")
        if name not in ("list", "show"):
            child.add_argument("--as", dest="actor", metavar="NAME", help="who decides")
        if hashed:
            child.add_argument("--text-hash", metavar="HASH", help="of the text you saw")
        return child

    listing = act("list", "the queue, most urgent first")
    listing.add_argument("--status", choices=STATUSES)
    listing.add_argument("--limit", type=int, metavar="N")
    act("show", "one draft with claims, rows and history")
    act("approve", "release a draft for sending", hashed=True)
    edit = act("edit", "replace the text; claims are checked again", hashed=True)
    edit.add_argument("--body", required=True, metavar="FILE", help="the new body, - for input")
    edit.add_argument("--subject")
    reject = act("reject", "refuse a draft and say why", hashed=True)
    reject.add_argument("--reason", required=True, metavar="CODE")
    reject.add_argument("--note")
    snooze = act("snooze", "put a draft aside", hashed=True)
    snooze.add_argument("--until", required=True, metavar="TIME", help="ISO 8601 with time zone")
    act("reopen", "put a decided draft back into the queue")
    act("undo", "take the last decision back")
    attest = act("attest", "stand for an unsupported claim by name", hashed=True)
    attest.add_argument("--claim", type=int, required=True, metavar="POSITION")


def run(args: argparse.Namespace, console: Console) -> int:
    """List, show or decide."""
    with _queue(args) as queue:
        if args.act == "list":
            return _list(queue, args, console)
        if args.act == "show":
            shown = queue.show(args.draft_id)
            console.document(shown, _text(shown))
            return 0
        done = _decide(queue, args)
    changed = "" if done["changed"] else " already"
    console.document(done, f"{done['draft_id']} is {done['status']}{changed}.")
    return 0


@contextmanager
def _queue(args: argparse.Namespace) -> "Iterator[ReviewQueue]":
    from fleet.adapters.files import read_policies
    from fleet.adapters.reviewing import review_queue

    settings = settings_of(args)
    policies = read_policies(settings.policies)
    with opened(args) as store:
        yield review_queue(store, SystemClock(), settings, policies)


def _recheck(queue: "ReviewQueue", args: argparse.Namespace) -> "Recheck":
    from fleet.adapters.files import read_policies
    from fleet.adapters.rechecking import store_recheck

    settings = settings_of(args)
    return store_recheck(queue.store, queue.clock, settings, read_policies(settings.policies))


def _decide(queue: "ReviewQueue", args: argparse.Namespace) -> dict[str, Any]:
    draft, actor = args.draft_id, actor_of(args)
    seen = getattr(args, "text_hash", None)
    if args.act == "approve":
        return queue.approve(draft, text_hash=seen, actor=actor)
    if args.act == "edit":
        body = _body(args.body)
        return queue.edit(
            draft, body=body, subject=args.subject, actor=actor, text_hash=seen,
            recheck=_recheck(queue, args),
        )  # fmt: skip
    if args.act == "reject":
        return queue.reject(draft, reason=args.reason, note=args.note, actor=actor, text_hash=seen)
    if args.act == "snooze":
        return queue.snooze(draft, until=args.until, actor=actor, text_hash=seen)
    if args.act == "attest":
        return queue.attest(draft, claim=args.claim, actor=actor, text_hash=seen)
    return (
        queue.undo(draft, actor=actor) if args.act == "undo" else queue.reopen(draft, actor=actor)
    )


def _list(queue: "ReviewQueue", args: argparse.Namespace, console: Console) -> int:
    left, after, shown = args.limit, None, 0
    if left is not None and left < 0:
        raise InputError(f"--limit is {left}: give 0 or more")
    while left is None or left > 0:
        rows = queue.listing(args.status, PAGE if left is None else min(PAGE, left), after)
        for row in rows:
            console.document(row, _line(row))
        shown += len(rows)
        left = None if left is None else left - len(rows)
        if len(rows) < PAGE:
            break
        after = rows[-1]["draft_id"]
    if not shown and not console.json:
        console.say("Nothing waits. 'fleet run inbox' drafts answers to new mail.")
    return 0


def _body(name: str) -> str:
    from fleet.adapters.files import read_text

    if name != "-":
        return read_text(Path(name))
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"the input is not UTF-8 at byte {error.start}: convert it") from None


def _line(row: dict[str, Any]) -> str:
    blocked = sum(not claim["supported"] for claim in row["claims"])
    mark = f"  {blocked} unsupported" if blocked else ""
    return (
        f"{row['draft_id']}  {row['status']:<10} {row['risk']:<6} {_safe(row['to'])}  "
        f"{_safe(row['subject'])[:WIDTH]}{mark}"
    )


def _text(row: dict[str, Any]) -> str:
    claims = [
        f"  [{'x' if claim['supported'] else ' '}] {claim['position']} {_safe(claim['text'])}"
        for claim in row["claims"]
    ]
    head = [f"{_line(row)}", f"hash {row['text_hash']}", "", _safe(row["body"]), ""]
    return "\n".join([*head, *(["Claims:", *claims] if claims else ["No claims."])])


def _safe(text: str) -> str:
    """Replace what could steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
