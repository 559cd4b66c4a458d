"""`fleet score intent [FILE|-]`: JSON lines of mails in, JSON lines of scores out, in order."""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import orjson

from fleet.adapters.files import read_policies
from fleet.commands.console_io import Console
from fleet.errors import InputError


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the sub-command."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    intent = actions.add_parser("intent", parents=[common], help="JSONL {id, subject, body}")
    intent.add_argument("file", nargs="?", default="-", metavar="FILE")


def run(args: argparse.Namespace, console: Console) -> int:
    """Score each line as it comes; a bad line is reported and left out."""
    from fleet.intent.score import IntentPolicy, score_keywords
    from fleet.policy import section

    policy = section(read_policies(), "intent", IntentPolicy)
    good = bad = 0
    for number, line in enumerate(_lines(args.file), start=1):
        if not line.strip():
            continue
        try:
            mail = _mail(line)
        except ValueError as error:
            bad += 1
            console.note(f"{args.file} line {number}: {error}, left out")
            continue
        scores = score_keywords(mail["subject"], mail["body"], policy)
        answer = {"id": mail["id"]} | scores.as_json()
        console.document(answer, f"{answer['score']:.2f}  {answer['label']:<15} {mail['id']}")
        good += 1
    if bad and not good:
        raise InputError(f"{args.file}: no line is a mail: write {{id, subject, body}} a line")
    return 0


def _mail(line: bytes) -> dict[str, Any]:
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
