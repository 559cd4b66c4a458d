"""`fleet simulate`: days of customers and reviewers against the real fleet, in compressed time."""

import argparse
from typing import Any

from fleet.commands.console_io import Console
from fleet.commands.opening import opened, settings_of

SCENARIOS = ("good", "better", "worse", "drift", "slow")


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001  # one shape for all commands
    """Declare the arguments."""
    parser.add_argument("--days", type=int, default=30, metavar="N", help="days, ending yesterday")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the same: the same past")
    parser.add_argument(
        "--scenario", "--version-quality", choices=SCENARIOS, default="good",
        help="what the version is like (default good)",
    )  # fmt: skip
    parser.add_argument("--careless", action="store_true", help="reviewers see fewer flaws")
    parser.add_argument("--outage", action="store_true", help="on some days nothing runs")
    parser.add_argument("--mails", type=int, metavar="N", help="mails a day")
    parser.add_argument("--quiet", action="store_true", help="no line a day")


def run(args: argparse.Namespace, console: Console) -> int:
    """Play the days and print what came of them; nothing leaves this machine."""
    with opened(args):
        pass  # names the missing store before anything heavy is loaded
    from fleet.adapters.clock import SystemClock
    from fleet.evaluation.simulation import Scenario
    from fleet.runtime.simulate import Plan, simulate

    plan = Plan(
        days=args.days, seed=args.seed, scenario=Scenario(args.scenario), careless=args.careless,
        outage=args.outage, mails=args.mails,
    )  # fmt: skip
    note = None if args.quiet else console.note
    answer = simulate(settings_of(args), plan, now=SystemClock().now(), note=note)
    console.document(answer, _text(answer["summary"]))
    return 0


def _text(summary: dict[str, Any]) -> str:
    lines = [
        f"{summary['days']} simulated days of {summary['graph']} {summary['version']}: "
        f"{' → '.join(summary['rung_path'])}",
        f"  {summary['mails']} mails, {summary['drafts']} drafts, {summary['approved']} approved "
        f"by people, {summary['machine_approved']} by the machine, {summary['rejected']} rejected",
        f"  {summary['sends']} sent, {summary['sends_without_approval_or_grant']} of them without "
        f"an approval or grant; {summary['recalled']} recalled",
    ]
    lines.append(_scoring_text(summary["deals"], summary["scoring"]))
    lines += [f"  ▼ {fall['at'][:16]} {fall['why']}" for fall in summary["falls"]]
    lines.append("  the audit chain " + ("verifies" if summary["audit_ok"] else "is BROKEN"))
    return "\n".join(lines)


def _scoring_text(deals: dict[str, int], scoring: dict[str, Any]) -> str:
    line = f"  {sum(deals.values())} deals ended, {deals['won']} won; trained {scoring['trained']} "
    line += "time" if scoring["trained"] == 1 else "times"
    if scoring["ece"] is None:
        return f"{line}; no trained chance was held against an outcome"
    return (
        f"{line}; {scoring['n']} chances said {scoring['chance']:.2f}, came true "
        f"{scoring['rate']:.2f}, {scoring['state']}"
    )
