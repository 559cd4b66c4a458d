"""One call on the wire: slots, circuit, attempts, repair; no caching and no bookkeeping of rows."""

import asyncio
import json
import logging
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import openai
import pydantic

from fleet.adapters.gateway_guard import PATH
from fleet.adapters.gateway_halt import REASON
from fleet.adapters.gateway_policy import EgressPolicy, Models, Usage
from fleet.adapters.gateway_pool import Pools
from fleet.adapters.gateway_reply import Envelope, Unreadable, read_envelope, read_value
from fleet.adapters.gateway_retry import Breaker, backoff_s, retry_after_s
from fleet.errors import EgressHalted, EgressTimeout, EgressUnavailable, MalformedReply
from fleet.ports import Clock

LOG = logging.getLogger("fleet.gateway")
PAYMENT_REQUIRED = 402
TOO_MANY = 429
SERVER_ERRORS = 500
MAX_LOG_ID = 100  # characters; the gateway's are 26


@dataclass(slots=True, kw_only=True)
class Tally:
    """What one call has used so far; kept when it fails, since failures cost too."""

    attempts: int = 0
    repaired: bool = False
    usages: list[Usage | None] = field(default_factory=list)
    costs: list[float | None] = field(default_factory=list)
    log_id: str | None = None

    def tokens(self, kind: str) -> int | None:
        """Sum one kind of tokens; None when no reply counted them."""
        known = [getattr(usage, kind) for usage in self.usages if usage is not None]
        return sum(known) if known else None

    def cost_usd(self) -> float | None:
        """Sum the cost; None when any reply's is unknown, 0 when nothing was answered."""
        known = [cost for cost in self.costs if cost is not None]
        return sum(known) if len(known) == len(self.costs) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of whom."""

    model: str
    messages: list[dict[str, str]]
    schema: type[pydantic.BaseModel]
    headers: Mapping[str, Any]


class Line:
    """Sends calls through the pools with one layer of retries."""

    def __init__(self, policy: EgressPolicy, models: Models, pools: Pools, clock: Clock) -> None:
        self._policy, self._models, self._pools, self._clock = policy, models, pools, clock
        self._rng = random.Random()
        self.breaker = Breaker(policy, time.monotonic)
        self.halted_until = 0.0

    async def ask(self, wanted: Wanted, tally: Tally) -> tuple[pydantic.BaseModel, str]:
        """Return the valid value and its text; raises EgressError. `tally` is always filled."""
        try:
            async with asyncio.timeout(self._policy.deadline_s):
                return await self._ask(wanted, tally)
        except TimeoutError:
            raise EgressTimeout(
                f"no reply within {self._policy.deadline_s:g} s and {tally.attempts} attempts"
            ) from None

    async def _ask(self, wanted: Wanted, tally: Tally) -> tuple[pydantic.BaseModel, str]:
        content = await self._answered(wanted, wanted.messages, tally)
        try:
            return read_value(content, wanted.schema), content
        except Unreadable as error:
            LOG.info("repairing a reply of %s: it did not fit its schema", wanted.model)
            first = error
        tally.repaired = True
        mended = [*wanted.messages, *self._complaint(first)]
        content = await self._answered(wanted, mended, tally)
        try:
            return read_value(content, wanted.schema), content
        except Unreadable as error:
            raise MalformedReply(f"not valid after one repair: {error.why}") from None

    def _complaint(self, error: Unreadable) -> list[dict[str, str]]:
        limit = self._policy.repair_chars
        return [
            {"role": "assistant", "content": error.content[:limit]},
            {"role": "user", "content": f"That is not valid: {error.why[:limit]}. "
             "Answer again with one JSON object that fits the schema, and nothing else."},
        ]  # fmt: skip

    async def _answered(self, wanted: Wanted, messages: list[dict[str, str]], tally: Tally) -> str:
        """Try until a non-empty completion comes; raises EgressError when attempts run out."""
        failure = ""
        for attempt in range(1, self._policy.attempts + 1):
            wait: float | None = None
            try:
                return (await self._attempt(wanted, messages, tally)).content
            except Unreadable as error:
                failure = error.why
                exhausted: type[Exception] = MalformedReply
            except _Again as error:
                failure, wait, exhausted = error.why, error.after_s, error.raises
            LOG.warning("attempt %d of %s failed: %s", attempt, wanted.model, failure)
            if attempt < self._policy.attempts:
                await asyncio.sleep(backoff_s(self._policy, attempt, wait, self._rng))
        raise exhausted(f"{failure}; gave up after {self._policy.attempts} attempts")

    async def _attempt(
        self, wanted: Wanted, messages: list[dict[str, str]], tally: Tally
    ) -> Envelope:
        async with self._pools.slots:
            if time.monotonic() < self.halted_until:
                raise EgressHalted(REASON)
            probe = self.breaker.enter()
            client = self._pools.free.pop()
            tally.attempts += 1
            try:
                reply = await self._send(client, wanted, messages, tally)
            finally:
                if probe:  # whatever ended it, even a refusal of our own, must not block the next
                    self.breaker.leave()
                self._pools.free.append(client)
        return self._envelope(wanted, reply, tally)

    def _envelope(self, wanted: Wanted, reply: httpx.Response, tally: Tally) -> Envelope:
        tally.log_id = reply.headers.get("cf-aig-log-id", "")[:MAX_LOG_ID] or tally.log_id
        try:
            envelope = read_envelope(reply.content)
        except Unreadable:
            tally.usages.append(None)
            tally.costs.append(None)
            raise
        tally.usages.append(envelope.usage)
        tally.costs.append(self._models.cost(wanted.model, envelope.usage, self._clock.now()))
        return envelope

    async def _send(
        self,
        client: openai.AsyncOpenAI,
        wanted: Wanted,
        messages: list[dict[str, str]],
        tally: Tally,
    ) -> httpx.Response:
        body = {
            "model": wanted.model, "messages": messages, "stream": False,
            "response_format": {"type": "json_object"}, "thinking": {"type": "disabled"},
            "temperature": self._policy.temperature, "max_tokens": self._policy.max_tokens,
        }  # fmt: skip
        try:
            async with asyncio.timeout(self._policy.attempt_s):
                reply = await client.post(
                    PATH, cast_to=httpx.Response, body=body, options={"headers": wanted.headers}
                )
        except openai.APIStatusError as error:
            raise self._status_failure(error) from None
        except (openai.APIConnectionError, TimeoutError, httpx.HTTPError) as error:
            self._silent(tally)
            if isinstance(error, openai.APITimeoutError | TimeoutError):
                why = f"the gateway did not answer within {self._policy.attempt_s:g} s"
                raise _Again(why, raises=EgressTimeout) from None
            raise _Again(
                f"no answer from the gateway ({error.__cause__ or type(error).__name__})"
            ) from None
        except asyncio.CancelledError:  # the deadline of the whole call came first
            self._silent(tally)
            raise
        except MalformedReply:  # it answered, with more than we read
            self.breaker.succeed()
            tally.costs.append(None)
            raise
        self.breaker.succeed()
        return reply

    def _silent(self, tally: Tally) -> None:
        self.breaker.fail()
        tally.costs.append(None)  # it may have been billed; unknown is not free

    def _status_failure(self, error: openai.APIStatusError) -> Exception:
        status = error.status_code
        if status >= SERVER_ERRORS:
            self.breaker.fail()
        else:
            self.breaker.succeed()  # it answers: the fault is the request's or the key's
        if status == PAYMENT_REQUIRED:
            self.halted_until = time.monotonic() + self._policy.halt_hold_s
            return EgressHalted(REASON)
        if status in self._policy.retry_statuses:
            after = retry_after_s(error.response.headers.get("retry-after"), self._clock.now())
            return _Again(f"the gateway answered {status}", after_s=after)
        return EgressUnavailable(
            f"the gateway answered {status}: {_ADVICE.get(status, 'see its log')}"
        )


_ADVICE = {
    400: "the request was malformed",
    401: "check DEEPSEEK_API_KEY and FLEET_GATEWAY_TOKEN",
    403: "check FLEET_GATEWAY_TOKEN",
    404: "check the path of FLEET_GATEWAY_URL",
    422: "a parameter was refused",
}


class _Again(Exception):
    def __init__(
        self, why: str, *, after_s: float | None = None,
        raises: type[Exception] = EgressUnavailable,
    ) -> None:  # fmt: skip
        super().__init__(why)
        self.why, self.after_s, self.raises = why, after_s, raises


def metadata_header(tags: Mapping[str, str | None]) -> str:
    """Write `cf-aig-metadata`: plain ASCII JSON of the tags that have a value."""
    return json.dumps({name: value for name, value in tags.items() if value}, sort_keys=True)
