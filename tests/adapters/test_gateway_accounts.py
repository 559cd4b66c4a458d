"""What a call leaves behind: a row of cost, a cached reply, a halt everybody sees, and clean logs."""

import asyncio
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pydantic
import pytest
import sqlalchemy as sa

from fleet.adapters.files import read_policies
from fleet.adapters.gateway import Chat
from fleet.adapters.gateway_cache import Ledger
from fleet.adapters.gateway_halt import REASON, halting
from fleet.adapters.gateway_policy import Usage, read_models
from fleet.adapters.store.audit import verify
from fleet.adapters.store.controls import halt, halt_state, unhalt
from fleet.adapters.store.engine import EngineStore
from fleet.adapters.store.schema import audit_log, model_calls, response_cache
from fleet.adapters.tracing_context import RECORDER
from fleet.errors import EgressError, EgressHalted
from fleet.ports import ChatModel
from fleet.traces.spans import CallRecord, EffectRecord
from tests.support import scripted_gateway as replies
from tests.support.gateway_calls import PROMPT, Score, StandingClock, ask, fresh_store, open_exit
from tests.support.scripted_gateway import (
    API_KEY,
    ROOT,
    TOKEN,
    ScriptedGateway,
    always,
    good,
    in_turn,
    status,
)  # fmt: skip

MAIL = "I am Annegret Quixley, call me at +49 151 5550123 or mail annegret@quixley.test"
MARKS = (TOKEN, API_KEY, "Quixley", "5550123", "annegret", "Zebedee")
AT = "2026-11-25T12:00:00.000000Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EngineStore]:
    made = fresh_store(tmp_path)
    yield made
    made.close()


def rows(store: EngineStore, chat: Chat) -> list[dict[str, Any]]:
    assert chat.flush()
    return store.read(sa.select(model_calls).order_by(sa.literal_column("rowid")))


def failure(chat: Chat, mail: str = "hello") -> EgressError:
    with pytest.raises(EgressError) as caught:
        ask(chat, mail)
    return caught.value


def test_the_exit_is_the_chat_model_that_graphs_ask_for(tmp_path: Path) -> None:
    with ScriptedGateway([good()]) as gateway, closing(open_exit(gateway, tmp_path)) as chat:
        port: ChatModel = chat
        assert ask(chat).cost_usd == pytest.approx(0.00001512)
        assert callable(port.ask)


def test_keeps_one_row_of_what_a_call_cost(store: EngineStore, tmp_path: Path) -> None:
    script = in_turn(replies.empty_content(), replies.broken_json(), good())
    with (
        ScriptedGateway(script) as gateway,
        closing(open_exit(gateway, tmp_path, store=store)) as chat,
    ):
        ask(chat, run_id="run-1")
        (row,) = rows(store, chat)
    assert row.pop("id")
    assert row.pop("latency_ms") > 0
    assert row == {
        "purpose": "test", "model": "deepseek-flash", "prompt_digest": "d" * 64, "run_id": "run-1",
        "status": "ok", "input_tokens": 200, "cached_tokens": 80, "output_tokens": 20,
        "cost_usd": None,  # the empty reply may have been billed, and did not say how much
        "attempts": 3, "repaired": True, "gateway_log_id": "log-1", "error": None, "at": AT,
    }  # fmt: skip


ENDS: dict[str, tuple[replies.Script, dict[str, Any]]] = {
    "cost known": ([good()], {"status": "ok", "cost_usd": 0.00001512, "attempts": 1}),
    "repaired": (
        [replies.wrong_schema(), good()],
        {"status": "ok", "cost_usd": 0.00003024, "attempts": 2, "repaired": True},
    ),
    "malformed costs too": (
        always(replies.wrong_schema()),
        {"status": "MalformedReply", "cost_usd": 0.00003024, "attempts": 2, "output_tokens": 20},
    ),
    "no count": ([good(usage=None)], {"status": "ok", "cost_usd": None, "input_tokens": 0}),
    "too big": (always(replies.huge_content()), {"status": "MalformedReply", "cost_usd": None}),
    "silence": (
        always(replies.hang()),
        {"status": "EgressTimeout", "cost_usd": None, "attempts": 1},
    ),
    "refused key": (
        always(status(401)),
        {"status": "EgressUnavailable", "cost_usd": 0.0, "attempts": 1},
    ),
    "redirect": (
        always(replies.redirect("http://127.0.0.1:1/")),
        {"status": "EgressRefused", "cost_usd": 0.0, "attempts": 1},
    ),
    "empty account": (
        always(status(402)),
        {"status": "EgressHalted", "cost_usd": 0.0, "error": REASON},
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_an_unknown_cost_is_never_written_as_free(
    end: str, store: EngineStore, tmp_path: Path
) -> None:
    script, wanted = ENDS[end]
    with (
        ScriptedGateway(script) as gateway,
        closing(open_exit(gateway, tmp_path, store=store, deadline_s=1.0)) as chat,
    ):
        try:
            ask(chat)
        except EgressError as error:
            wanted = wanted | {"error": str(error)}
        (row,) = rows(store, chat)
    cost = wanted.pop("cost_usd") if "cost_usd" in wanted else None
    assert row["cost_usd"] == (None if cost is None else pytest.approx(cost))
    assert {name: row[name] for name in wanted if name != "cost_usd"} == {
        name: value for name, value in wanted.items() if name != "cost_usd"
    }


@pytest.mark.parametrize(
    ("model", "at", "usd"),
    [
        ("deepseek-flash", datetime(2026, 11, 25, 12, tzinfo=UTC), 0.003 + 0.15 + 0.60),
        ("deepseek-flash", datetime(2026, 11, 25, 6, tzinfo=UTC), 0.006 + 0.30 + 1.20),
        ("deepseek-flash", datetime(2026, 11, 25, 10, tzinfo=UTC), 0.003 + 0.15 + 0.60),
        ("deepseek-flash", datetime(2026, 11, 28, 6, tzinfo=UTC), 0.003 + 0.15 + 0.60),
        ("deepseek-v4-pro", datetime(2026, 11, 25, 12, tzinfo=UTC), 0.022 + 0.66 + 1.98),
        ("deepseek-v4-pro", datetime(2026, 11, 25, 3, 59, tzinfo=UTC), 0.044 + 1.32 + 3.96),
        ("deepseek-flash", datetime(2026, 10, 16, 23, tzinfo=UTC), None),
    ],
)
def test_a_call_is_priced_by_model_hour_and_date(
    model: str, at: datetime, usd: float | None
) -> None:
    million = 1_000_000
    usage = Usage(input_tokens=2 * million, cached_tokens=million, output_tokens=million)
    cost = read_models(read_policies()).cost(model, usage, at)
    assert cost == (None if usd is None else pytest.approx(usd))


def test_answers_the_same_question_from_the_cache(store: EngineStore, tmp_path: Path) -> None:
    with (
        ScriptedGateway(always(good())) as gateway,
        closing(open_exit(gateway, tmp_path, store=store)) as chat,
    ):
        first, second, other = ask(chat), ask(chat), ask(chat, "another mail")
        assert (first.cached, second.cached, other.cached) == (False, True, False)
        assert (second.value, second.cost_usd, second.attempts) == (Score(score=0.5), 0.0, 0)
        assert len(gateway.seen) == 2
        assert [row["status"] for row in rows(store, chat)] == ["ok", "cached", "ok"]


CHILD = """
import sys
from pathlib import Path
from tests.support.gateway_calls import ask, fresh_store, open_exit
home, env = Path(sys.argv[1]), {"FLEET_GATEWAY_URL": sys.argv[2]}
chat = open_exit(env, home, store=fresh_store(home))
print(ask(chat, "known").cached, ask(chat, "new").cached)
"""


def test_the_cache_is_shared_between_processes_and_rows_outlive_a_process_that_just_ends(
    store: EngineStore, tmp_path: Path
) -> None:
    with (
        ScriptedGateway(always(good())) as gateway,
        closing(open_exit(gateway, tmp_path, store=store)) as chat,
    ):
        ask(chat, "known")
        assert chat.flush()
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(tmp_path), gateway.url], cwd=ROOT, text=True,
            capture_output=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, "True False\n"), done.stderr
        with closing(open_exit(gateway, tmp_path, store=store)) as other:
            assert ask(other, "new").cached is True
        assert len(gateway.seen) == 2
        assert [row["status"] for row in rows(store, chat)] == ["ok", "cached", "ok", "cached"]


def test_the_cache_is_bound_to_the_model_the_words_and_the_shape(
    store: EngineStore, tmp_path: Path
) -> None:
    class Rating(pydantic.BaseModel):
        score: float

    with (
        ScriptedGateway(always(good())) as gateway,
        closing(open_exit(gateway, tmp_path, store=store)) as chat,
    ):
        for extra in ({}, {"model": "deepseek-v4-pro"}):
            assert ask(chat, "hello", **extra).cached is False
        assert ask(chat, "hello.").cached is False
        assert chat.ask(PROMPT, {"mail": "hello"}, Rating, purpose="test").cached is False
        assert ask(chat, "hello", run_id="another run").cached is True
        assert len(gateway.seen) == 4


def test_only_a_valid_reply_is_cached_and_a_spoilt_one_is_asked_again(
    store: EngineStore, tmp_path: Path
) -> None:
    with (
        ScriptedGateway(in_turn(*[replies.wrong_schema()] * 2, good())) as gateway,
        closing(open_exit(gateway, tmp_path, store=store)) as chat,
    ):
        failure(chat)
        assert chat.flush()
        assert store.read(sa.select(response_cache)) == []
        ask(chat)
        assert chat.flush()
        store.write(sa.update(response_cache).values(reply={"content": "spoilt"}))
        with closing(open_exit(gateway, tmp_path, store=store)) as other:
            assert ask(other).cached is False


def test_one_bad_row_takes_no_other_row_along(store: EngineStore) -> None:
    ledger = Ledger(store)
    row = {"purpose": "p", "model": "m", "status": "ok", "at": AT}
    big = {"id": "k", "model": "m", "reply": {"content": "x" * 3_000_000}, "at": AT}
    for n in range(9):
        ledger.record(row)
        if n == 4:
            ledger.remember(big)
    assert ledger.flush(20)
    ledger.close()
    assert len(store.read(sa.select(model_calls.c.id))) == 9


def test_calls_go_on_when_the_store_is_gone(store: EngineStore, tmp_path: Path) -> None:
    with (
        ScriptedGateway(always(good())) as gateway,
        closing(open_exit(gateway, tmp_path, store=store)) as chat,
    ):
        for table in (model_calls, response_cache):
            table.drop(store.engine)
        assert ask(chat).value == Score(score=0.5)
        assert chat.flush()


def test_a_402_sets_the_halt_that_the_console_shows_once_and_audited(
    store: EngineStore, tmp_path: Path
) -> None:
    with (
        ScriptedGateway(always(status(402))) as gateway,
        closing(open_exit(gateway, tmp_path, store=store)) as chat,
    ):
        for n in range(30):
            assert type(failure(chat, f"mail {n}")) is EgressHalted
        assert len(gateway.seen) == 1
    state = halt_state(store)
    assert state is not None
    assert (state["reason"], state["actor"], state["at"]) == (REASON, "gateway", AT)
    (entry,) = store.read(sa.select(audit_log))
    assert (entry["kind"], entry["actor"], entry["payload"]) == (
        "halt", "gateway", {"reason": REASON},
    )  # fmt: skip
    assert verify(store).ok


def test_two_processes_that_meet_the_402_together_halt_once(store: EngineStore) -> None:
    for _process in range(2):
        halting(store, StandingClock())(REASON)
    state = halt_state(store)
    assert state is not None
    assert state["reason"] == REASON
    assert len(store.read(sa.select(audit_log))) == 1


def test_the_halt_stops_other_processes_and_ends_when_it_is_lifted(
    store: EngineStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleet.adapters.gateway_halt.LOOK_S", 0.0)
    with (
        ScriptedGateway(in_turn(status(402), good())) as gateway,
        closing(open_exit(gateway, tmp_path, store=store)) as chat,
        closing(open_exit(gateway, tmp_path, store=store)) as other,
    ):
        failure(chat)
        assert type(failure(other)) is EgressHalted
        assert type(failure(chat)) is EgressHalted
        assert len(gateway.seen) == 1
        unhalt(store, actor="ann", now=datetime(2026, 11, 25, 13, tzinfo=UTC))
        assert ask(other).value == Score(score=0.5)
        assert ask(chat, "another").value == Score(score=0.5)
        assert len(gateway.seen) == 3


def test_a_halt_by_a_person_stops_sends_not_scoring_and_keeps_its_reason(
    store: EngineStore, tmp_path: Path
) -> None:
    halt(store, "wrong price list", actor="ann", now=datetime(2026, 11, 25, 11, tzinfo=UTC))
    with (
        ScriptedGateway(in_turn(good(), status(402))) as gateway,
        closing(open_exit(gateway, tmp_path, store=store)) as chat,
    ):
        assert ask(chat).value == Score(score=0.5)
        failure(chat, "another")
    state = halt_state(store)
    assert state is not None
    assert state["reason"] == f"wrong price list (ann); {REASON}"


def test_a_halt_that_cannot_be_written_still_holds_this_process(
    store: EngineStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        ScriptedGateway(always(status(402))) as gateway,
        closing(open_exit(gateway, tmp_path, store=store)) as chat,
    ):
        audit_log.drop(store.engine)
        for n in range(3):
            assert type(failure(chat, f"mail {n}")) is EgressHalted
        assert len(gateway.seen) == 1
    assert "the halt could not be recorded" in caplog.text


LOUD: dict[str, replies.Script] = {
    "good": [good()],
    "prose": [good('Dear Zebedee, {"score": 0.5}')],
    "repaired": [good('{"score": "Zebedee"}'), good()],
    "malformed": always(good('{"Zebedee": "Zebedee"}')),
    "empty": always(replies.empty_content()),
    "page": always(replies.not_a_completion()),
    "echo": always(status(400, f"bad request: {MAIL} Zebedee")),
    "key": always(status(401, f"bad key {API_KEY}")),
    "account": always(status(402, "Zebedee owes")),
    "storm": always(replies.too_many("0")),
    "reset": always(replies.connection_reset()),
    "cut": always(replies.cut_short()),
    "hang": always(replies.hang()),
    "redirect": always(replies.redirect(f"http://127.0.0.1:1/?mail={MAIL}&token={TOKEN}")),
    "huge": always(replies.huge_content()),
}


@pytest.fixture
def all_logs() -> Iterator[list[str]]:
    """Everything any logger says while the root, and the libraries' loggers, stand at DEBUG."""
    said: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(f"{record.name}: {self.format(record)} {record.__dict__}")

    handler, root = Keep(), logging.getLogger()
    names = ("openai", "httpx", "httpcore", "aiohttp", "asyncio", "fleet")
    before = {name: logging.getLogger(name).level for name in names} | {"": root.level}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield said
    root.removeHandler(handler)
    root.setLevel(before.pop(""))
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize("case", LOUD)
def test_no_log_error_or_row_holds_a_secret_or_a_mail(
    case: str, store: EngineStore, tmp_path: Path, all_logs: list[str]
) -> None:
    with (
        ScriptedGateway(LOUD[case]) as gateway,
        closing(open_exit(gateway, tmp_path, store=store, attempt_s=0.3, attempts=2)) as chat,
    ):
        logging.getLogger("fleet.gateway").debug("canary of the capture")
        error: EgressError | None = None
        try:
            ask(chat, MAIL)
        except EgressError as raised:
            error = raised
        kept = [str(row) for row in rows(store, chat)]
        shown = [repr(chat), repr(error), str(error)]
    assert any("canary of the capture" in line for line in all_logs)
    found = [(mark, text) for mark in MARKS for text in [*all_logs, *kept, *shown] if mark in text]
    assert found == []


def test_a_call_that_was_cancelled_is_accounted_as_unknown(
    store: EngineStore, tmp_path: Path
) -> None:
    async def cut(chat: Chat) -> None:
        call = asyncio.create_task(chat.ask_async(PROMPT, {"mail": "hello"}, Score, purpose="test"))
        while not gateway.seen:
            await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    with (
        ScriptedGateway(always(replies.hang())) as gateway,
        closing(open_exit(gateway, tmp_path, store=store)) as chat,
    ):
        asyncio.run(cut(chat))
        until = time.monotonic() + 5
        while not (found := rows(store, chat)) and time.monotonic() < until:
            time.sleep(0.02)
        (row,) = found
    assert (row["status"], row["cost_usd"], row["attempts"]) == ("Cancelled", None, 1)


def test_a_clock_that_stands_dates_every_row(store: EngineStore, tmp_path: Path) -> None:
    clock = StandingClock(datetime(2026, 11, 25, 7, tzinfo=UTC))
    with (
        ScriptedGateway([good()]) as gateway,
        closing(open_exit(gateway, tmp_path, store=store, clock=clock)) as chat,
    ):
        ask(chat)
        (row,) = rows(store, chat)
    assert row["at"] == "2026-11-25T07:00:00.000000Z"
    assert row["cost_usd"] == pytest.approx(2 * 0.00001512)  # a peak hour


class Notes:
    def __init__(self) -> None:
        self.calls: list[CallRecord] = []
        self.now_ns = time.time_ns

    def add_call(self, call: CallRecord) -> None:
        self.calls.append(call)

    def add_effect(self, effect: EffectRecord) -> None:
        raise AssertionError("a model call is no effect")


def test_a_run_that_records_hears_of_each_call(tmp_path: Path) -> None:
    notes = Notes()
    before = RECORDER.set(notes)
    try:
        with (
            ScriptedGateway(in_turn(good(), status(401))) as gateway,
            closing(open_exit(gateway, tmp_path)) as chat,
        ):
            ask(chat)
            ask(chat)
            error = failure(chat, "another")
    finally:
        RECORDER.reset(before)
    assert [
        (call.purpose, call.model, call.input_tokens, call.cached, call.error)
        for call in notes.calls
    ] == [
        ("test", "deepseek-flash", 100, False, None),
        ("test", "deepseek-flash", 0, True, None),
        ("test", "deepseek-flash", None, False, f"EgressUnavailable: {error}"),
    ]
