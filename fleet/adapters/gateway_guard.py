"""The egress guard: a transport that lets requests through to one gateway and to known models only.

It wraps whatever backend carries the bytes, so that no client setting, redirect or proxy variable
can get around it. Every refusal is logged, without a body, a query or a header.
"""

import ipaddress
import logging
from collections.abc import Collection
from dataclasses import dataclass

import httpx
import orjson

from fleet.errors import EgressRefused, InputError

LOG = logging.getLogger("fleet.gateway")
REDIRECTS = range(300, 400)
# The SDK fills these from the environment; they say who we are to nobody but OpenAI.
STRAY_HEADERS = ("openai-organization", "openai-project", "cookie")
PATH = "/chat/completions"
MAX_SHOWN = 60  # characters of a refused value that reach a log


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The one place calls may go to; `path` is the whole path of a call, as it is sent."""

    url: str
    scheme: str
    host: str
    port: int | None
    path: bytes


def read_gateway(url: str) -> Gateway:
    """Check the configured base URL; raises InputError when it must not be used."""
    try:
        parsed = httpx.URL(str(httpx.URL(url.rstrip("/"))))  # the second reading drops `:443` too
    except httpx.InvalidURL as error:
        raise InputError(f"FLEET_GATEWAY_URL is not a URL: {error}") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise InputError("FLEET_GATEWAY_URL must be https://HOST/PATH (http only on this machine)")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise InputError(
            "FLEET_GATEWAY_URL must hold no password, query or fragment: use the token"
        )
    if parsed.scheme == "http" and not is_loopback(parsed.host):
        raise InputError(f"FLEET_GATEWAY_URL is plain http to {parsed.host}: use https")
    return Gateway(
        url=str(parsed), scheme=parsed.scheme, host=parsed.host, port=parsed.port,
        path=parsed.raw_path.rstrip(b"/") + PATH.encode(),
    )  # fmt: skip


def check_secret(name: str, secret: str | None) -> None:
    """Raise InputError, without the secret, when no header can carry it."""
    if secret and not all("!" <= sign <= "~" for sign in secret):
        raise InputError(f"{name} holds a blank, a line break or a non-ASCII sign: copy it again")


def is_loopback(host: str) -> bool:
    """Tell whether a host name means this machine, without asking a resolver."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class GuardTransport(httpx.AsyncBaseTransport):
    """Refuses every address but the gateway's one, unknown models and any redirect."""

    def __init__(
        self, inner: httpx.AsyncBaseTransport, gateway: Gateway, models: Collection[str]
    ) -> None:
        self._inner, self._gateway, self._models = inner, gateway, frozenset(models)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on when it is allowed; raises EgressRefused otherwise."""
        self._check_place(request)
        self._check_model(await request.aread())
        for name in STRAY_HEADERS:
            if name in request.headers:
                del request.headers[name]
        response = await self._inner.handle_async_request(request)
        if response.status_code in REDIRECTS:
            await response.aclose()
            raise refusal(
                f"the gateway answered {response.status_code}: redirects are not followed"
            )
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()

    def _check_place(self, request: httpx.Request) -> None:
        url, gateway = request.url, self._gateway
        if (url.scheme, url.host, url.port) != (gateway.scheme, gateway.host, gateway.port):
            raise refusal(f"{url.scheme}://{url.host[:MAX_SHOWN]} is not the configured gateway")
        if url.scheme != "https" and not is_loopback(url.host):
            raise refusal(f"plain {url.scheme} to {url.host}")
        if url.userinfo or request.headers.get_list("host") != [url.netloc.decode("ascii")]:
            raise refusal(f"a request to {url.host} under another name")
        # One host serves the gateways of every account: another path may be somebody else's.
        if (request.method, url.raw_path) != ("POST", gateway.path):
            raise refusal("a path that is not the gateway's chat completions")

    def _check_model(self, body: bytes) -> None:
        try:
            wanted = orjson.loads(body)["model"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise refusal("a request that names no model") from None
        if not isinstance(wanted, str) or wanted not in self._models:
            raise refusal(f"model {str(wanted)[:MAX_SHOWN]!r} is not configured")


def refusal(what: str) -> EgressRefused:
    """Log a refusal and return it as the error to raise."""
    LOG.warning("egress refused: %s", what)
    return EgressRefused(f"egress refused: {what}")
