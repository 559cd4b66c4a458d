"""`fleet run recommend`."""

import argparse

from fleet.commands.console_io import Console
from fleet.commands.opening import settings_of


def run_recommend(args: argparse.Namespace, console: Console) -> int:
    """Score leads, keep recommendations for the best, and print the counts."""
    from fleet.runtime import open_fleet
    from fleet.runtime.recommending_run import run_recommend as run

    fleet = open_fleet(settings_of(args))
    try:
        answer, scores = run(fleet, args.limit, console.note)
    finally:
        fleet.close()
    chosen = f"by the {scores['chosen']}" if scores["chosen"] else "by nothing"
    text = (
        f"{scores['scored']} deals and leads scored {chosen}"
        f"{': ' + scores['note'] if scores['note'] else ''}; {answer['handled']} leads looked at, "
        f"{answer['created']} new recommendations, {answer['repeated']} known, "
        f"{answer['failed']} failed."
    )
    console.document(answer, text)
    return 1 if answer["failed"] else 0
