"""`fleet ladder show|grant|revoke`: who may do what, why, until when, and what would move it."""

import argparse
from datetime import UTC, datetime
from typing import Any

from fleet.commands.console_io import Console
from fleet.commands.opening import actor_of, opened, settings_of
from fleet.domain.trust import Rung
from fleet.errors import InputError

SIGN = {True: "▼", False: "▲"}


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the three sub-commands; none of them means show."""
    acts = parser.add_subparsers(dest="act", metavar="show|grant|revoke")
    acts.add_parser("show", parents=[common], help="every version with its rung and next move")
    grant = acts.add_parser("grant", parents=[common], help="one rung up when earned, or down")
    take = acts.add_parser("revoke", parents=[common], help="back to where people decide")
    for child in (grant, take):
        child.add_argument("graph", metavar="GRAPH")
        child.add_argument("version", metavar="VERSION")
    rungs = [rung.value for rung in Rung]
    grant.add_argument("rung", metavar="RUNG", type=str.upper, choices=rungs)
    for child in (grant, take):
        child.add_argument("--reason", required=True, metavar="T")
        child.add_argument("--as", dest="actor", metavar="NAME", help="who decides")
    grant.add_argument("--until", metavar="ISO", help="when the grant, or the waiver, ends")
    grant.add_argument(
        "--waive", nargs="+", metavar="DIMENSION", action="extend",
        help="stand by name for what the newest HOLD lacks; needs --as and --until",
    )  # fmt: skip
    take.add_argument("--preview", action="store_true", help="only show what would be recalled")


def run(args: argparse.Namespace, console: Console) -> int:
    """Show, grant or revoke."""
    until = _time(args.until) if getattr(args, "until", None) else None
    with opened(args):
        pass  # names the missing store before anything heavy is loaded
    from fleet.runtime import open_fleet

    fleet = open_fleet(settings_of(args))
    try:
        if args.act in (None, "show"):
            return _show(fleet, console)
        if args.act == "grant":
            done = _grant(fleet, args, until)
        else:
            from fleet.runtime.ladder import revoke

            done = revoke(
                fleet, args.graph, args.version, reason=args.reason, actor=actor_of(args),
                preview=args.preview,
            )  # fmt: skip
    finally:
        fleet.close()
    console.document(done, _text(done))
    return 0


def _grant(fleet: Any, args: argparse.Namespace, until: datetime | None) -> dict[str, Any]:
    from fleet.runtime.ladder import grant, waive

    waived = None
    if args.waive:
        waived = waive(
            fleet, args.graph, args.version, args.waive, target=Rung(args.rung), by=args.actor,
            reason=args.reason, until=until,
        )  # fmt: skip
    done = grant(
        fleet, args.graph, args.version, Rung(args.rung), reason=args.reason,
        actor=actor_of(args), until=until,
    )  # fmt: skip
    return done | ({"waiver": waived} if waived else {})


def _show(fleet: Any, console: Console) -> int:
    from fleet.runtime.ladder_show import ladder_rows

    for row in ladder_rows(fleet):
        console.document(row, _row_text(row))
    return 0


def _row_text(row: dict[str, Any]) -> str:
    fell = f" (falls to {row['effective']}: {row['fell_back']})" if row["fell_back"] else ""
    lines = [f"{row['graph']} {row['version']}: {row['rung']}{fell}"]
    since = f"since {row['since'][:16]} by {row['by']}" if row["since"] else "nobody granted it"
    until = f", until {row['until'][:16]}" if row["until"] else ""
    lines.append(f"  {row['why']}; {since}{until}")
    lines.append(
        f"  may {', '.join(row['permissions'])}; {row['used_today']} of {row['daily_cap']} "
        f"sends today; {row['sample_share']:.0%} to people"
    )
    up = row["up"]
    if up:
        lines.append(f"  up to {up['to']}: {'; '.join(up['missing']) or 'earned'}")
        if up["needed_verdicts"]:
            lines.append(
                f"  {up['verdicts']} verdicts, {up['needed_verdicts']} more would settle it"
            )
    return "\n".join(lines)


def _text(done: dict[str, Any]) -> str:
    if "preview" in done:
        head = f"{done['graph']} {done['version']} would go from {done['from']} to {done['to']}"
        rows = [
            f"  {row['draft_id']}  {row['to_address']}  {row['actor']}" for row in done["preview"]
        ]
        return "\n".join([f"{head} and recall {len(rows)} approvals.", *rows])
    fell = Rung(done["rung"]).height < Rung(done["from"]).height
    text = f"{SIGN[fell]} {done['graph']} {done['version']}: {done['from']} to {done['rung']}"
    return (
        f"{text}; {len(done['recalled'])} approvals recalled." if done["recalled"] else text + "."
    )


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"--until {text!r} is no ISO 8601 time: write 2026-01-31T12:00:00Z"
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
