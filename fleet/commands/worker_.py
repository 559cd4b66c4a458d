"""`fleet worker`: watch the inbox, handle what came, send what was approved, until stopped."""

import argparse
import signal
import threading
from typing import Any

from fleet.commands.console_io import Console
from fleet.commands.opening import opened, settings_of
from fleet.errors import FleetError, InputError

POLL_S = 30.0
BREATH_S = 2.0


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001  # one shape for all commands
    """Declare the arguments."""
    parser.add_argument("--concurrency", type=int, default=8, metavar="N")


def run(args: argparse.Namespace, console: Console) -> int:
    """Work in rounds; an error of one round is said, and the next one tries again."""
    if args.concurrency < 1:
        raise InputError(f"worker: --concurrency {args.concurrency}: give 1 or more")
    with opened(args):
        pass  # names the missing store before anything heavy is loaded
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    waited = POLL_S
    while not stop.is_set():
        polls = waited >= POLL_S
        waited = 0.0 if polls else waited
        try:
            done = _round(args, polls=polls)
        except FleetError as error:
            console.note(f"this round failed: {error}")
            done = {}
        if any(done.values()):
            console.document(done)
        stop.wait(BREATH_S)
        waited += BREATH_S
    console.say("stopped")
    return 0


def _round(args: argparse.Namespace, *, polls: bool) -> dict[str, Any]:
    from fleet.adapters.imap_inbox import poll_inbox
    from fleet.adapters.sending import run_outbox
    from fleet.adapters.store.inbox import waiting_mails
    from fleet.runtime import open_fleet
    from fleet.runtime.campaigns import campaign_work, run_campaigns, sweep_stops
    from fleet.runtime.liveness_watch import watch_liveness
    from fleet.runtime.scoring_round import propensity_round
    from fleet.runtime.threads import prune_threads

    settings = settings_of(args)
    done: dict[str, Any] = {"imported": 0, "handled": 0, "touches": 0, "sent": 0}
    fleet = open_fleet(settings)
    try:
        if polls and settings.inbox:
            done["imported"] = poll_inbox(settings.inbox, fleet.store, fleet.clock.now())[
                "imported"
            ]
            sweep_stops(fleet.store, fleet.review)  # who answered gets no further touch
        if polls:
            done["demoted"] = len(fleet.watch())
            done["stuck"] = len(watch_liveness(fleet))
        if waiting_mails(fleet.store, 1):
            done["handled"] = fleet.run_inbox(concurrency=args.concurrency)["handled"]
        else:
            done["approved"] = fleet.judge_waiting().get("approved", 0)
        if polls:
            prune_threads(fleet)
        if polls:
            done |= propensity_round(fleet)
        if polls or campaign_work(fleet):
            done["touches"] = run_campaigns(fleet, concurrency=args.concurrency)["handled"]
    finally:
        fleet.close()
    done["sent"] = run_outbox(settings, None)["sent"]
    return done
