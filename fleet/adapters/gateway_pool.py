"""Connections: one background event loop for the life of the process, and split pools of clients.

Cost a call grows with the connections one pool holds, so 64 in flight go over 8 pools of 8. The
bytes go through aiohttp, which costs half of what httpcore does at this width.
"""

import asyncio
import threading
from collections.abc import Collection

import aiohttp
import httpx
import openai

from fleet.adapters.gateway_guard import Gateway, GuardTransport
from fleet.adapters.gateway_policy import EgressPolicy
from fleet.errors import MalformedReply

_LOCK = threading.Lock()
_LOOP: asyncio.AbstractEventLoop | None = None
NO_KEY = "stored-at-the-gateway"  # the SDK wants a non-empty key; the header is left out a call


def background_loop() -> asyncio.AbstractEventLoop:
    """Return the process's one event loop, started on first use in a daemon thread."""
    global _LOOP
    with _LOCK:
        if _LOOP is None:
            _LOOP = asyncio.new_event_loop()
            threading.Thread(target=_LOOP.run_forever, name="fleet-gateway", daemon=True).start()
        return _LOOP


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Carries httpx requests over an aiohttp session; follows nothing, reads no environment."""

    def __init__(self, *, connections: int, connect_s: float, max_bytes: int) -> None:
        self._connections, self._connect_s, self._max_bytes = connections, connect_s, max_bytes
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send and read one whole reply; raises httpx errors, or MalformedReply when too big."""
        session = self._session = self._session or self._open()
        request.headers["accept-encoding"] = READABLE
        try:
            async with session.request(
                request.method, str(request.url), headers=list(request.headers.multi_items()),
                data=await request.aread(), allow_redirects=False, compress=False,
            ) as reply:  # fmt: skip
                return httpx.Response(
                    reply.status,
                    headers=[(k, v) for k, v in reply.raw_headers if k.lower() not in DECODED],
                    content=await self._read(reply),
                    request=request,
                )
        except (aiohttp.ServerTimeoutError, TimeoutError) as error:
            raise httpx.TimeoutException(type(error).__name__, request=request) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise httpx.TransportError(type(error).__name__, request=request) from None

    async def aclose(self) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=60)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._connect_s)
        return aiohttp.ClientSession(
            connector=connector, timeout=timeout, trust_env=False, auto_decompress=True,
            cookie_jar=aiohttp.DummyCookieJar(),
        )  # fmt: skip

    async def _read(self, reply: aiohttp.ClientResponse) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for part in reply.content.iter_any():
            size += len(part)
            if size > self._max_bytes:
                reply.close()
                raise MalformedReply(f"the reply is over {self._max_bytes} bytes: refused")
            parts.append(part)
        return b"".join(parts)


READABLE = "gzip, deflate"  # httpx also offers what only its own extra packages can read
DECODED = (b"content-encoding", b"content-length", b"transfer-encoding")


class Pools:
    """Guarded SDK clients; a slot is one connection's worth, the last one used goes out first."""

    def __init__(
        self, policy: EgressPolicy, gateway: Gateway, models: Collection[str], api_key: str | None
    ) -> None:
        each = -(-policy.max_in_flight // policy.pools)
        self.clients = [
            guarded_client(
                AiohttpTransport(
                    connections=each, connect_s=policy.connect_s, max_bytes=policy.max_reply_bytes
                ),
                gateway, models, api_key,
            )
            for _ in range(policy.pools)
        ]  # fmt: skip
        # Interleaved, so that few calls at once share few warm pools and many spread evenly.
        self.free = [self.clients[place % policy.pools] for place in range(policy.max_in_flight)]
        self.slots = asyncio.Semaphore(policy.max_in_flight)

    async def aclose(self) -> None:
        """Close every connection."""
        for client in self.clients:
            await client.close()


def guarded_client(
    inner: httpx.AsyncBaseTransport, gateway: Gateway, models: Collection[str], api_key: str | None
) -> openai.AsyncOpenAI:
    """Build the SDK client around a guarded transport; no retries, redirects or proxies."""
    http = httpx.AsyncClient(
        transport=GuardTransport(inner, gateway, models),
        trust_env=False, follow_redirects=False, timeout=None,
    )  # fmt: skip
    return openai.AsyncOpenAI(
        api_key=api_key or NO_KEY,
        base_url=gateway.url,
        max_retries=0,
        http_client=http,  # type: ignore[arg-type]  # the SDK takes both httpx and httpx2, and types one
    )
