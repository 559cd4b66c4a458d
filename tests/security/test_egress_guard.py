"""Nothing goes anywhere but to the one gateway, and for no model but the two: proved with a canary server."""

import asyncio
import re
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import openai
import orjson
import pytest
import trustme

from fleet.adapters.files import read_policies
from fleet.adapters.gateway import open_chat
from fleet.adapters.gateway_guard import GuardTransport, read_gateway
from fleet.adapters.gateway_policy import read_egress, read_models
from fleet.adapters.gateway_pool import AiohttpTransport, guarded_client
from fleet.errors import EgressRefused, EgressUnavailable, InputError
from fleet.settings import read_settings
from tests.support.gateway_calls import Score, StandingClock, ask, open_exit
from tests.support.scripted_gateway import (
    API_KEY,
    BASE,
    ROOT,
    TOKEN,
    ScriptedGateway,
    always,
    good,
    in_turn,
    redirect,
)

MODELS = ("deepseek-flash", "deepseek-v4-pro")
PROXIES = (
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy",
)  # fmt: skip


@pytest.fixture
def gateway() -> Iterator[ScriptedGateway]:
    with ScriptedGateway(always(good())) as server:
        yield server


@pytest.fixture
def canary() -> Iterator[ScriptedGateway]:
    """A second server that nothing may ever connect to."""
    with ScriptedGateway(always(good())) as server:
        yield server
        assert server.connections == 0
        assert server.seen == []


def transport(gateway: ScriptedGateway) -> GuardTransport:
    policy = read_egress(read_policies())
    inner = AiohttpTransport(connections=2, connect_s=1.0, max_bytes=policy.max_reply_bytes)
    return GuardTransport(inner, read_gateway(gateway.url), MODELS)


def send(gateway: ScriptedGateway, url: str, *, method: str = "POST", **more: Any) -> int:
    """Send one request through the guard, as a client that is fooled in some way would."""

    async def go() -> int:
        async with httpx.AsyncClient(
            transport=transport(gateway), trust_env=True, follow_redirects=True
        ) as client:
            body = more.pop("body", {"model": MODELS[0], "messages": []})
            reply = await client.request(method, url, content=orjson.dumps(body), **more)
            return reply.status_code

    return asyncio.run(go())


TAIL = f"{BASE}/chat/completions"
ELSEWHERE = {
    "another port": "http://127.0.0.1:{theirs}" + TAIL,
    "another host": "http://localhost:{ours}" + TAIL,
    "another loopback": "http://127.0.0.2:{ours}" + TAIL,
    "IPv6": "http://[::1]:{ours}" + TAIL,
    "a public host": "https://api.openai.com" + TAIL,
    "the provider itself": "https://api.deepseek.com" + TAIL,
    "a host that begins like ours": "http://127.0.0.1.evil.test:{ours}" + TAIL,
    "a trailing dot": "http://127.0.0.1.:{ours}" + TAIL,
    "ours as a user name": "http://127.0.0.1:{ours}@127.0.0.1:{theirs}" + TAIL,
    "ours with a user": "http://ann:secret@127.0.0.1:{ours}" + TAIL,
    "a backslash": "http://127.0.0.1:{theirs}\\@127.0.0.1:{ours}" + TAIL,
    "a short address": "http://127.1:{ours}" + TAIL,
    "a decimal address": "http://2130706433:{ours}" + TAIL,
    "TLS": "https://127.0.0.1:{ours}" + TAIL,
    "no port": "http://127.0.0.1" + TAIL,
    "websocket": "ws://127.0.0.1:{ours}" + TAIL,
    "another account's path": "http://127.0.0.1:{ours}/v1/feed/other/deepseek/chat/completions",
    "another provider's path": "http://127.0.0.1:{ours}" + TAIL.replace("deepseek", "openai"),
    "a path upwards": "http://127.0.0.1:{ours}" + BASE + "/../openai/chat/completions",
    "an encoded path": "http://127.0.0.1:{ours}" + BASE + "/%2e%2e/openai/chat/completions",
    "a doubled slash": "http://127.0.0.1:{ours}/" + TAIL,
    "a query": "http://127.0.0.1:{ours}" + TAIL + "?to=elsewhere",
    "another call": "http://127.0.0.1:{ours}" + BASE + "/embeddings",
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_refuses_every_other_address_and_says_so(
    case: str,
    gateway: ScriptedGateway,
    canary: ScriptedGateway,
    caplog: pytest.LogCaptureFixture,
) -> None:
    url = ELSEWHERE[case].format(ours=gateway.port, theirs=canary.port)
    with pytest.raises(EgressRefused, match="egress refused"):
        send(gateway, url)
    assert gateway.connections == 0
    assert [r.levelname for r in caplog.records if r.message.startswith("egress refused: ")] == [
        "WARNING"
    ]
    assert "secret" not in caplog.text


def test_lets_the_one_address_through(gateway: ScriptedGateway) -> None:
    assert send(gateway, gateway.origin + TAIL) == 200
    assert len(gateway.seen) == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "CONNECT", "HEAD"])
def test_refuses_every_other_method(method: str, gateway: ScriptedGateway) -> None:
    with pytest.raises(EgressRefused):
        send(gateway, gateway.origin + TAIL, method=method)
    assert gateway.connections == 0


@pytest.mark.parametrize("host", ["evil.test", "127.0.0.1", "127.0.0.1:1"])
def test_refuses_a_request_under_another_name(host: str, gateway: ScriptedGateway) -> None:
    with pytest.raises(EgressRefused, match="under another name"):
        send(gateway, gateway.origin + TAIL, headers={"Host": host})
    assert gateway.connections == 0


@pytest.mark.parametrize(
    "body",
    [
        {"model": "gpt-5"},
        {"model": "deepseek-chat"},
        {"model": "deepseek-v4-flash"},
        {"model": "DeepSeek-Flash"},
        {"model": "deepseek-flash "},
        {"model": "deepseek-flash\x00"},
        {"model": ["deepseek-flash"]},
        {"model": None},
        {"messages": [{"model": "deepseek-flash"}]},
        ["deepseek-flash"],
        "deepseek-flash",
        None,
    ],
    ids=str,
)
def test_refuses_every_model_but_the_two(body: Any, gateway: ScriptedGateway) -> None:
    with pytest.raises(EgressRefused, match="model"):
        send(gateway, gateway.origin + TAIL, body=body)
    assert gateway.connections == 0


def test_two_models_are_configured_and_both_may_be_asked(
    gateway: ScriptedGateway, tmp_path: Path
) -> None:
    assert sorted(read_models(read_policies()).known) == sorted(MODELS)
    with closing(open_exit(gateway, tmp_path)) as chat:
        for model in MODELS:
            assert ask(chat, model=model).model == model
        for model in ("gpt-5", "deepseek-chat", "deepseek-flash\n", "x" * 9_000):
            with pytest.raises(EgressRefused, match="is not configured") as caught:
                ask(chat, model=model)
            assert len(str(caught.value)) < 120
    assert [body["model"] for body in gateway.bodies] == list(MODELS)


@pytest.mark.parametrize("model", ["gpt-5", "deepseek-chat", "deepseek-reasoner", "DEEPSEEK-FLASH"])
def test_refuses_to_open_for_another_model(
    model: str, gateway: ScriptedGateway, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="FLEET_MODEL"):
        open_exit(gateway.env(FLEET_MODEL=model), tmp_path)


@pytest.mark.parametrize("code", [300, 301, 302, 303, 304, 305, 307, 308])
def test_follows_no_redirect(
    code: int, gateway: ScriptedGateway, canary: ScriptedGateway, tmp_path: Path
) -> None:
    for target in (
        canary.origin + TAIL,
        gateway.origin + TAIL,
        "//evil.test/",
        "file:///etc/hosts",
    ):
        gateway.script = always(redirect(target, code))
        refused = pytest.raises(EgressRefused, match=f"{code}: redirects are not followed")
        with closing(open_exit(gateway, tmp_path)) as chat, refused:
            ask(chat)
    assert len(gateway.seen) == 4


def test_goes_past_every_proxy_that_the_environment_names(
    gateway: ScriptedGateway, canary: ScriptedGateway, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name in PROXIES:
        monkeypatch.setenv(name, canary.origin)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with httpx.Client(timeout=1) as naive:  # the variables do catch a client that trusts them
        assert {mount.pattern for mount in naive._mounts} == {"http://", "https://", "all://"}
    with closing(open_exit(gateway, tmp_path)) as chat:
        assert ask(chat).value == Score(score=0.5)
    assert len(gateway.seen) == 1


def test_takes_nothing_from_the_variables_and_files_of_other_tools(
    gateway: ScriptedGateway, canary: ScriptedGateway, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password netrc-secret\n", "utf-8")
    for name, value in {
        "OPENAI_BASE_URL": canary.origin + BASE, "OPENAI_API_KEY": "sk-other", "NETRC": str(netrc),
        "OPENAI_ORG_ID": "org-secret", "OPENAI_PROJECT_ID": "proj-secret", "OPENAI_LOG": "debug",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    with closing(open_exit({"FLEET_GATEWAY_URL": gateway.url}, tmp_path)) as chat:
        ask(chat)
    sent = str(dict(gateway.seen[0].headers))
    assert "authorization" not in gateway.seen[0].headers
    assert not [word for word in ("sk-other", "netrc-secret", "org-", "proj-") if word in sent]


def test_keeps_no_cookie(gateway: ScriptedGateway, tmp_path: Path) -> None:
    first = good()
    cookie = {**first.headers, "set-cookie": "track=me; Path=/"}
    gateway.script = in_turn(type(first)(headers=cookie, body=first.body), good())
    env = {
        "FLEET_GATEWAY_URL": gateway.url.replace("127.0.0.1", "localhost")
    }  # jars skip addresses
    with closing(open_exit(env, tmp_path)) as chat:
        ask(chat, "one")
        ask(chat, "two")
    assert ["cookie" in request.headers for request in gateway.seen] == [False, False]


def sdk_calls(client: openai.AsyncOpenAI, canary: ScriptedGateway) -> dict[str, Any]:
    ask_of: Any = {"model": MODELS[0], "messages": [{"role": "user", "content": "hi"}]}
    other = client.with_options(base_url=canary.origin + BASE)
    return {
        "list the models": lambda: client.models.list(),
        "another base": lambda: other.chat.completions.create(**ask_of),
        "another host header": lambda: client.chat.completions.create(
            **ask_of, extra_headers={"Host": "evil.test"}
        ),
        "another model": lambda: client.chat.completions.create(**(ask_of | {"model": "gpt-5"})),
        "a model by the back door": lambda: client.chat.completions.create(
            **ask_of, extra_body={"model": "gpt-5"}
        ),
        "embeddings": lambda: client.embeddings.create(model=MODELS[0], input="hi"),
        "a query": lambda: client.chat.completions.create(**ask_of, extra_query={"to": "x"}),
    }


@pytest.mark.parametrize(
    "case",
    [
        "list the models", "another base", "another host header", "another model",
        "a model by the back door", "embeddings", "a query",
    ],
)  # fmt: skip
def test_no_setting_of_the_client_gets_around_the_guard(
    case: str, gateway: ScriptedGateway, canary: ScriptedGateway
) -> None:
    async def go() -> None:
        client = guarded_client(
            transport(gateway)._inner, read_gateway(gateway.url), MODELS, API_KEY
        )
        await sdk_calls(client, canary)[case]()

    with pytest.raises(EgressRefused):
        asyncio.run(go())
    assert gateway.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/v1",
        "http://127.0.0.1.evil.test/v1",
        "http://localhost.evil.test/v1",
        "http://127.1/v1",
        "http://2130706433/v1",
        "http://0.0.0.0/v1",
        "http://[::ffff:10.0.0.1]/v1",
        "https://ann:secret@gateway.test/v1",
        "https://ann@gateway.test/v1",
        "https://gateway.test/v1?key=secret",
        "https://gateway.test/v1#secret",
        "//gateway.test/v1",
        "gateway.test/v1",
        "https:///v1",
        "ftp://gateway.test/v1",
        "file:///etc/hosts",
        "javascript:alert(1)",
        "https://gateway.test:port/v1",
        "https://[::1/v1",
        "http://exa mple.test/",
    ],
)
def test_refuses_to_open_to_a_doubtful_address(url: str, tmp_path: Path) -> None:
    settings = read_settings(str(tmp_path), {"FLEET_GATEWAY_URL": url})
    with pytest.raises(InputError, match="FLEET_GATEWAY_URL") as caught:
        open_chat(settings, read_policies(), clock=StandingClock())
    assert "secret" not in str(caught.value)


def test_reads_a_gateway_whatever_the_case_or_closing_slash() -> None:
    found = read_gateway("HTTPS://Gateway.Example.TEST:443/v1/acc/gw/deepseek/")
    assert (found.scheme, found.host, found.port, found.path) == (
        "https", "gateway.example.test", None, b"/v1/acc/gw/deepseek/chat/completions",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["FLEET_GATEWAY_TOKEN", "DEEPSEEK_API_KEY"])
@pytest.mark.parametrize(
    "secret", ["abc\r\nX-Evil: 1", "abc\n", "schlüssel", "two words", "a\x00b"]
)
def test_refuses_a_secret_that_would_break_a_header(
    name: str, secret: str, gateway: ScriptedGateway, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=name) as caught:
        open_exit(gateway.env(**{name: secret}), tmp_path)
    assert secret not in str(caught.value)


def test_no_gateway_means_no_exit_at_all(tmp_path: Path) -> None:
    settings = read_settings(str(tmp_path), {"DEEPSEEK_API_KEY": API_KEY})
    assert open_chat(settings, read_policies(), clock=StandingClock()) is None


def test_hostile_tags_stay_inside_one_header(gateway: ScriptedGateway, tmp_path: Path) -> None:
    with closing(open_exit(gateway, tmp_path)) as chat:
        ask(chat, run_id="run\r\nX-Evil: 1\u202e")
    assert "x-evil" not in gateway.seen[0].headers


def test_settings_never_show_the_secrets(gateway: ScriptedGateway, tmp_path: Path) -> None:
    shown = repr(read_settings(str(tmp_path), gateway.env()))
    assert TOKEN not in shown
    assert API_KEY not in shown


def test_trusts_no_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    with (
        ScriptedGateway(always(good()), tls=self_signed()) as server,
        closing(open_exit(server, tmp_path)) as chat,
    ):
        with pytest.raises(EgressUnavailable, match="CertificateError"):
            ask(chat)
        assert server.seen == []


def self_signed() -> ssl.SSLContext:
    """Make a server's TLS context with a certificate of an authority that nobody knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_only_the_exit_knows_a_model_client() -> None:
    """A second client somewhere else would be a second exit."""
    clients = re.compile(
        r"^\s*(?:import|from) (?:openai|anthropic|litellm|langchain_(?!core)\w+|google\.genai)",
        re.MULTILINE,
    )
    found = {
        str(file.relative_to(ROOT))
        for folder in ("fleet", "pages")
        for file in (ROOT / folder).rglob("*.py")
        if clients.search(file.read_text("utf-8"))
    }
    assert found == {
        f"fleet/adapters/{name}.py" for name in ("gateway", "gateway_call", "gateway_pool")
    }
