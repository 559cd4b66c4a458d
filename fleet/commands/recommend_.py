"""`fleet recommend`: rank who or what next, each with a path of rows."""

import argparse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fleet.commands.console_io import Console
from fleet.errors import InputError, RowNotFound

SEEDS = {"contact": "contacts", "company": "companies"}
DEFAULT_K, MAX_K = 5, 100


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001  # the command contract
    """Add the arguments."""
    parser.add_argument("--for", dest="seed", required=True, metavar="contact:ID|company:ID")
    parser.add_argument(
        "-k", type=int, default=DEFAULT_K, metavar="N", help="at most N (default 5)"
    )
    parser.add_argument("--kind", choices=("company", "contact", "opportunity"))


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the recommendations for one contact or company."""
    noun, _, row_id = args.seed.partition(":")
    if noun not in SEEDS or not row_id:
        raise InputError(f"--for is {args.seed!r}: give contact:ID or company:ID")
    if not 1 <= args.k <= MAX_K:
        raise InputError(f"-k is {args.k}: give 1 to {MAX_K}")
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.files import read_policies
    from fleet.adapters.recommending import recommend
    from fleet.commands.opening import opened, settings_of

    settings = settings_of(args)
    policies = read_policies(settings.policies)
    try:
        with opened(args) as store, _wording(settings, policies) as explain:
            answer = recommend(
                store, (SEEDS[noun], row_id), policies, SystemClock().now(), kind=args.kind,
                k=args.k, explain=explain,
            )  # fmt: skip
    except RowNotFound:
        raise InputError(f"--for is {args.seed!r}: there is no such {noun} in the store") from None
    console.document(answer, _summary(answer))
    return 0


@contextmanager
def _wording(settings: Any, policies: dict[str, Any]) -> Iterator[Any]:
    """Open the model that words what is shown, where a gateway is set; None is the rules."""
    if settings.gateway_url is None:
        yield None
        return
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.gateway import open_chat
    from fleet.runtime.explain_path import ExplainPath

    chat = open_chat(settings, policies, clock=SystemClock())
    try:
        yield ExplainPath(policies, chat) if chat else None
    finally:
        if chat:
            chat.close()


def _summary(answer: dict[str, Any]) -> str:
    reasons = Counter(each["reason"] for each in answer["dropped"])
    told = ", ".join(f"{reason} {n}" for reason, n in sorted(reasons.items()))
    nothing = (
        "what was found was dropped" if reasons
        else "no row of the kind asked for is joined to it by a key"
    )  # fmt: skip
    lines = [
        f"{item['score']:.3f}  {item['target']['table']}:{item['target']['id']}  {item['reason']}"
        + (f"; {item['counterfactual']['words']}" if item["counterfactual"] else "")
        for item in answer["recommendations"]
    ] or [f"nothing to recommend: {nothing}"]
    looked = answer["looked_at"]
    lines.append(f"looked at {looked['rows']} rows, {looked['edges']} edges; "
                 f"dropped {len(answer['dropped'])}{f' ({told})' if told else ''}")  # fmt: skip
    return "\n".join(lines)
