"""`fleet score intent [FILE|-]`: JSON lines of mails in, JSON lines of scores out, in order."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from io import BufferedReader
from typing import Any, cast

import orjson

from fleet.adapters.files import read_policies
from fleet.commands.console_io import Console
from fleet.errors import InputError
from fleet.settings import Settings, read_settings

CHUNK = 1 << 16  # bytes read at once at most; what has come is answered before more is read
Mail = dict[str, Any]


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Declare the sub-command."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    intent = actions.add_parser("intent", parents=[common], help="JSONL {id, subject, body}")
    intent.add_argument("file", nargs="?", default="-", metavar="FILE")


def run(args: argparse.Namespace, console: Console) -> int:
    """Score each line as it comes, by the model when a gateway is set; a bad line is left out."""
    settings = read_settings(getattr(args, "home", None))
    policies = read_policies(settings.policies)
    mails = _Mails(args.file, console)
    if settings.gateway_url is None:
        _by_rule(mails, policies, console)
    else:
        _by_model(mails, policies, settings, console)
    if mails.bad and not mails.good:
        raise InputError(f"{args.file}: no line is a mail: write {{id, subject, body}} a line")
    return 0


def _by_rule(mails: "_Mails", policies: Mapping[str, Any], console: Console) -> None:
    """Answer all that has come in one write, so that a stream flows and a file goes fast."""
    from fleet.intent.score import IntentPolicy, score_keywords
    from fleet.policy import section

    policy = section(policies, "intent", IntentPolicy)
    text = _wire if console.json else _line
    for batch in mails.batches():
        answers = [
            text(mail["id"], score_keywords(mail["subject"], mail["body"], policy).as_json())
            for mail in batch
        ]
        sys.stdout.write("".join(answers))
        sys.stdout.flush()


def _by_model(
    mails: "_Mails", policies: Mapping[str, Any], settings: Settings, console: Console
) -> None:
    """Ask the model about many mails side by side; each is given out when it is ready."""
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.gateway import open_chat
    from fleet.adapters.gateway_policy import read_egress
    from fleet.commands.side_by_side import in_order
    from fleet.runtime.model_paths import IntentPath

    chat = open_chat(settings, policies, clock=SystemClock())
    path = IntentPath(policies, chat)

    def score(mail: Mail) -> str:
        found = path.score(mail["subject"], mail["body"], run_id=None).as_json()
        return (_wire if console.json else _line)(mail["id"], found)

    try:
        for answer in in_order(score, mails, read_egress(policies).max_in_flight):
            sys.stdout.write(answer)
            sys.stdout.flush()
    finally:
        if chat:
            chat.close()


def _wire(mail: Any, scores: Mapping[str, Any]) -> str:
    answer = {"id": mail, **scores}
    try:
        return orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE).decode()
    except orjson.JSONEncodeError:  # an id nested deeper than it writes
        return json.dumps(answer, ensure_ascii=False) + "\n"


def _line(mail: Any, scores: Mapping[str, Any]) -> str:
    return f"{scores['score']:.2f}  {scores['label']:<15} {mail}\n"


class _Mails:
    """The mails of a file, one line each; bad lines are reported, counted and left out."""

    def __init__(self, name: str, console: Console) -> None:
        self._name, self._console = name, console
        self.good = self.bad = self._number = 0

    def __iter__(self) -> Iterator[Mail]:
        for batch in self.batches():
            yield from batch

    def batches(self) -> Iterator[Iterator[Mail]]:
        """Give the mails in batches, each as large as what could be read without waiting."""
        return map(self._good, _lines(self._name))

    def _good(self, lines: Iterable[bytes]) -> Iterator[Mail]:
        for line in lines:
            self._number += 1
            if not line.strip():
                continue
            try:
                mail = _mail(line)
            except ValueError as error:
                self.bad += 1
                self._console.note(f"{self._name} line {self._number}: {error}, left out")
                continue
            self.good += 1
            yield mail


def _mail(line: bytes) -> Mail:
    try:
        mail = _read(line)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"no JSON ({error})") from None
    if not isinstance(mail, dict):
        raise ValueError("no object")
    subject, body = mail.get("subject"), mail.get("body")
    for key, text in (("subject", subject), ("body", body)):
        if text is not None and not isinstance(text, str):
            raise ValueError(f"{key} is no text")
    return {"id": mail.get("id"), "subject": subject or "", "body": body or ""}


def _read(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:  # in another encoding, if it is JSON at all
        return orjson.loads(line.decode("utf-8", "replace"))


def _lines(name: str) -> Iterator[list[bytes]]:
    if name == "-":
        yield from _batches(cast(BufferedReader, sys.stdin.buffer))
        return
    try:
        with open(name, "rb") as file:  # noqa: PTH123  # a stream, read piece by piece
            yield from _batches(file)
    except FileNotFoundError:
        raise InputError(f"{name} does not exist: check the path") from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from None


def _batches(stream: BufferedReader) -> Iterator[list[bytes]]:
    """Yield the whole lines that have come, as soon as there are any."""
    begun: list[bytes] = []  # pieces of a line that has not ended
    while piece := stream.read1(CHUNK):
        first, *more = piece.split(b"\n")
        begun.append(first)
        if more:
            yield [b"".join(begun), *more[:-1]]
            begun = [more[-1]]
    if last := b"".join(begun):
        yield [last]
