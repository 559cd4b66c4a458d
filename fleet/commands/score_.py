"""`fleet score intent [FILE|-]`: JSON lines of mails in, JSON lines of scores out, in order."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

from fleet.adapters.files import read_policies
from fleet.commands.console_io import Console
from fleet.errors import InputError
from fleet.settings import read_settings

Mail = dict[str, Any]
Score = Callable[[Mail], dict[str, Any]]


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the sub-command."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    intent = actions.add_parser("intent", parents=[common], help="JSONL {id, subject, body}")
    intent.add_argument("file", nargs="?", default="-", metavar="FILE")


def run(args: argparse.Namespace, console: Console) -> int:
    """Score each line as it comes, by the model when a gateway is set; a bad line is left out."""
    from fleet.runtime.model_paths import IntentPath

    settings = read_settings(getattr(args, "home", None))
    policies = read_policies(settings.policies)
    chat, at_once = None, 1
    if settings.gateway_url is not None:
        from fleet.adapters.clock import SystemClock
        from fleet.adapters.gateway import open_chat
        from fleet.adapters.gateway_policy import read_egress

        chat = open_chat(settings, policies, clock=SystemClock())
        at_once = read_egress(policies).max_in_flight
    path = IntentPath(policies, chat)

    def score(mail: Mail) -> dict[str, Any]:
        found = path.score(mail["subject"], mail["body"], run_id=None)
        return {"id": mail["id"]} | found.as_json()

    mails = _Mails(args.file, console)
    try:
        for answer in _answers(score, mails, at_once):
            console.document(answer, f"{answer['score']:.2f}  {answer['label']:<15} {answer['id']}")
    finally:
        if chat:
            chat.close()
    if mails.bad and not mails.good:
        raise InputError(f"{args.file}: no line is a mail: write {{id, subject, body}} a line")
    return 0


class _Mails:
    """The mails of a file, one line each; bad lines are reported, counted and left out."""

    def __init__(self, name: str, console: Console) -> None:
        self._name, self._console = name, console
        self.good = self.bad = 0

    def __iter__(self) -> Iterator[Mail]:
        for number, line in enumerate(_lines(self._name), start=1):
            if not line.strip():
                continue
            try:
                mail = _mail(line)
            except ValueError as error:
                self.bad += 1
                self._console.note(f"{self._name} line {number}: {error}, left out")
                continue
            self.good += 1
            yield mail


def _answers(score: Score, mails: Iterable[Mail], at_once: int) -> Iterator[dict[str, Any]]:
    """Score in order; with `at_once` over 1 that many side by side, each given out when ready."""
    if at_once == 1:
        yield from map(score, mails)
        return
    from fleet.commands.side_by_side import in_order

    yield from in_order(score, mails, at_once)


def _mail(line: bytes) -> Mail:
    try:
        mail = orjson.loads(line.decode("utf-8", "replace"))
    except orjson.JSONDecodeError as error:
        raise ValueError(f"no JSON ({error})") from None
    if not isinstance(mail, dict):
        raise ValueError("no object")
    texts = {key: mail.get(key) for key in ("subject", "body")}
    wrong = [key for key, text in texts.items() if text is not None and not isinstance(text, str)]
    if wrong:
        raise ValueError(f"{wrong[0]} is no text")
    return {"id": mail.get("id")} | {key: text or "" for key, text in texts.items()}


def _lines(name: str) -> Iterator[bytes]:
    if name == "-":
        yield from sys.stdin.buffer
        return
    try:
        with open(name, "rb") as file:  # noqa: PTH123  # a stream, read line by line
            yield from file
    except FileNotFoundError:
        raise InputError(f"{name} does not exist: check the path") from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from None
