"""The one exit: schema-constrained calls to DeepSeek's models through one AI Gateway.

A call reads the cache, goes out with one layer of retries under one deadline, is validated, mended
at most once, priced, and leaves one row of accounting. It raises EgressError and nothing else.
"""

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import openai
import pydantic

from fleet.adapters.clock import stamp
from fleet.adapters.gateway_cache import Ledger, ReplyCache, cache_key
from fleet.adapters.gateway_call import Line, Tally, Wanted, metadata_header
from fleet.adapters.gateway_guard import Gateway, check_secret, read_gateway, refusal
from fleet.adapters.gateway_halt import REASON, HaltWatch
from fleet.adapters.gateway_policy import EgressPolicy, Models, read_egress, read_models
from fleet.adapters.gateway_pool import Pools, background_loop
from fleet.adapters.gateway_reply import Unreadable, read_value
from fleet.adapters.prompts import Prompt, load_prompt
from fleet.adapters.tracing_context import note_call
from fleet.errors import EgressError, EgressHalted, InputError
from fleet.ports import Clock, Store
from fleet.settings import Settings

T = TypeVar("T")
LOG = logging.getLogger("fleet.gateway")
QUIET = (
    "openai",
    "httpx",
    "httpcore",
    "aiohttp",
    "asyncio",
)  # what they say at DEBUG is not ours to vouch for
RUN_TAG = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One schema-valid reply and what it cost; None is unknown, a cached reply costs 0."""

    value: Any
    model: str
    prompt_digest: str
    cost_usd: float | None
    cached: bool
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    latency_ms: float = 0.0
    attempts: int = 0
    repaired: bool = False
    gateway_log_id: str | None = None


def open_chat(
    settings: Settings, policies: Mapping[str, Any], *, store: Store | None = None, clock: Clock,
    on_halt: Callable[[str], None] | None = None,
) -> "Chat | None":  # fmt: skip
    """Open the exit, or return None when no gateway is configured: rule engines then answer.

    A 402 sets the store's halt; `on_halt`, when given, is told why in its place, in the calling
    thread. Raises InputError on a URL, a model or a secret that must not be used.
    """
    if settings.gateway_url is None:
        return None
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    models = read_models(policies)
    if settings.model not in models.known:
        raise InputError(f"FLEET_MODEL {settings.model!r} is not one of {sorted(models.known)}")
    gateway = read_gateway(settings.gateway_url)
    check_secret("FLEET_GATEWAY_TOKEN", settings.gateway_token)
    check_secret("DEEPSEEK_API_KEY", settings.api_key)
    return Chat(settings, gateway, read_egress(policies), models, store, clock, on_halt)


class Chat:
    """Schema-constrained calls; safe to use from many threads at once."""

    def __init__(
        self, settings: Settings, gateway: Gateway, policy: EgressPolicy, models: Models,
        store: Store | None, clock: Clock, on_halt: Callable[[str], None] | None,
    ) -> None:  # fmt: skip
        self._settings, self._policy, self._models = settings, policy, models
        self._clock, self._store = clock, store
        self._halt = HaltWatch(store, clock, on_halt, policy.halt_hold_s)
        self._cache = ReplyCache(store, policy.max_cached_bytes)
        self._ledger = Ledger(store)
        self._loop = background_loop()
        self._pools = Pools(policy, gateway, models.known, settings.api_key)
        self._line = Line(policy, models, self._pools, clock)

    @property
    def circuit_open(self) -> bool:
        """Tell whether calls are refused because the gateway kept failing."""
        return self._line.breaker.is_open

    def ask(
        self, prompt: str | Prompt, values: Mapping[str, str], schema: type[Any], *, purpose: str,
        run_id: str | None = None, model: str | None = None,
    ) -> Reading:  # fmt: skip
        """Fill the prompt, ask, and return a reply that fits `schema` (a pydantic model).

        Untrusted values are fenced. Raises EgressError; InputError when the prompt or a value of
        it does not exist.
        """
        call = self._prepare(prompt, values, schema, purpose, run_id, model)
        if (known := self._known(call)) is not None:
            return known
        future = asyncio.run_coroutine_threadsafe(self._timed(call), self._loop)
        try:
            return self._finish(call, future.result())
        finally:
            future.cancel()  # no request outlives a caller that was interrupted

    async def ask_async(
        self, prompt: str | Prompt, values: Mapping[str, str], schema: type[Any], *, purpose: str,
        run_id: str | None = None, model: str | None = None,
    ) -> Reading:  # fmt: skip
        """Do what `ask` does, from any event loop."""
        call = self._prepare(prompt, values, schema, purpose, run_id, model)
        looked = self._store is not None  # at a database: not on a loop that others wait for
        known = await asyncio.to_thread(self._known, call) if looked else self._known(call)
        if known is not None:
            return known
        if asyncio.get_running_loop() is self._loop:
            return self._finish(call, await self._timed(call))
        future = asyncio.run_coroutine_threadsafe(self._timed(call), self._loop)
        return self._finish(call, await asyncio.wrap_future(future))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the exit's own event loop: its `ask_async` then changes no thread."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        finally:
            future.cancel()

    def resume(self) -> None:
        """Let calls out again after a 402, when the account is filled."""
        self._line.halted_until = 0.0

    def flush(self) -> bool:
        """Wait until the accounting of all finished calls is in the store."""
        return self._ledger.flush()

    def close(self) -> None:
        """Write the accounting and close the connections."""
        self._ledger.close()
        asyncio.run_coroutine_threadsafe(self._pools.aclose(), self._loop).result(5)

    def _prepare(
        self, prompt: str | Prompt, values: Mapping[str, str], schema: type[Any], purpose: str,
        run_id: str | None, model: str | None,
    ) -> "_Call":  # fmt: skip
        chosen = model or self._settings.model
        if chosen not in self._models.known:
            raise refusal(f"model {chosen[:60]!r} is not configured")
        text = load_prompt(prompt) if isinstance(prompt, str) else prompt
        shape, shape_text = _shape(schema)  # type: ignore[arg-type]  # a class is hashable; mypy doubts type[Any]
        messages = text.messages(values, shape_text)
        tag = hashlib.sha256(run_id.encode()).hexdigest()[:RUN_TAG] if run_id else None
        tags = {"purpose": purpose, "prompt": text.digest[:RUN_TAG], "run": tag}
        wanted = Wanted(model=chosen, messages=messages, schema=schema, headers=self._headers(tags))
        key = cache_key(chosen, messages, shape, self._policy.temperature)
        return _Call(wanted, text.digest, purpose, run_id, key, Tally())

    def _headers(self, tags: Mapping[str, str | None]) -> dict[str, Any]:
        headers: dict[str, Any] = {"cf-aig-metadata": metadata_header(tags)}
        if self._settings.gateway_token:
            headers["cf-aig-authorization"] = f"Bearer {self._settings.gateway_token}"
        if not self._settings.api_key:
            headers["Authorization"] = openai.Omit()
        return headers

    def _known(self, call: "_Call") -> Reading | None:
        """Answer from the cache; raises EgressHalted when a call would have to go out in a halt."""
        if (known := self._cached(call)) is not None:
            return known
        stands, lifted = self._halt.look()
        if lifted:
            self.resume()
        if stands:
            self._record(call, EgressHalted.__name__, 0.0, REASON)
            raise EgressHalted(REASON)
        return None

    def _cached(self, call: "_Call") -> Reading | None:
        content = self._cache.find(call.key)
        if content is None:
            return None
        try:
            value = read_value(content, call.wanted.schema)
        except Unreadable:
            return None
        self._record(call, "cached", 0.0, None)
        return Reading(value=value, model=call.wanted.model, prompt_digest=call.prompt_digest,
                       cost_usd=0.0, cached=True)  # fmt: skip

    async def _timed(self, call: "_Call") -> "_Outcome":
        started = time.perf_counter()
        try:
            result: Any = await self._line.ask(call.wanted, call.tally)
        except EgressError as error:
            result = error
        except asyncio.CancelledError:
            self._record(call, "Cancelled", (time.perf_counter() - started) * 1000, "cancelled")
            raise
        return _Outcome(result, (time.perf_counter() - started) * 1000)

    def _finish(self, call: "_Call", outcome: "_Outcome") -> Reading:
        tally, result = call.tally, outcome.result
        if isinstance(result, EgressError):
            self._record(call, type(result).__name__, outcome.latency_ms, str(result))
            if isinstance(result, EgressHalted):
                self._halt.tell(str(result))
            raise result
        value, content = result
        self._record(call, "ok", outcome.latency_ms, None)
        kept = self._cache.keep(call.key, call.wanted.model, content, stamp(self._clock.now()))
        if kept is not None:
            self._ledger.remember(kept)
        return Reading(
            value=value, model=call.wanted.model, prompt_digest=call.prompt_digest,
            cost_usd=tally.cost_usd(), cached=False, input_tokens=tally.tokens("input_tokens"),
            cached_tokens=tally.tokens("cached_tokens"),
            output_tokens=tally.tokens("output_tokens"), latency_ms=outcome.latency_ms,
            attempts=tally.attempts, repaired=tally.repaired, gateway_log_id=tally.log_id,
        )  # fmt: skip

    def _record(self, call: "_Call", status: str, latency_ms: float, error: str | None) -> None:
        tally = call.tally
        row = {
            "purpose": call.purpose, "model": call.wanted.model,
            "prompt_digest": call.prompt_digest, "run_id": call.run_id, "status": status,
            "input_tokens": tally.tokens("input_tokens") or 0,
            "cached_tokens": tally.tokens("cached_tokens") or 0,
            "output_tokens": tally.tokens("output_tokens") or 0, "cost_usd": tally.cost_usd(),
            "latency_ms": latency_ms, "attempts": tally.attempts, "repaired": tally.repaired,
            "gateway_log_id": tally.log_id, "error": error, "at": stamp(self._clock.now()),
        }  # fmt: skip
        note_call(row)
        self._ledger.record(row)


@dataclass(frozen=True, slots=True)
class _Call:
    wanted: Wanted
    prompt_digest: str
    purpose: str
    run_id: str | None
    key: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class _Outcome:
    result: Any
    latency_ms: float


@lru_cache(maxsize=256)
def _shape(schema: type[pydantic.BaseModel]) -> tuple[dict[str, Any], str]:
    """Return the JSON Schema, and the sentence that asks for it."""
    shape = schema.model_json_schema()
    text = json.dumps(shape, sort_keys=True, separators=(",", ":"))
    return (
        shape,
        f"Answer with one JSON object, and nothing else, that fits this JSON Schema:\n{text}",
    )
