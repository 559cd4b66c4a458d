"""The environment, read once into a frozen value; `$FLEET_HOME/fleet.toml` fills the gaps."""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fleet.errors import InputError

UNDO_SECONDS = 60
TRUE = ("true", "1", "yes", "on")
LANGSMITH_CLOUD = "https://api.smith.langchain.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class LangSmith:
    """Where traces go besides the local store; what is hidden is not sent at all."""

    endpoint: str
    key: str = field(repr=False)
    project: str = "default"
    hide_inputs: bool = False
    hide_outputs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator configured; secrets are kept out of `repr`."""

    home: Path
    store_url: str
    engine_url: str
    gateway_url: str | None = None
    gateway_token: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    model: str = "deepseek-flash"
    smtp_url: str | None = field(default=None, repr=False)
    undo_s: int = UNDO_SECONDS
    inbox: str | None = field(default=None, repr=False)
    sender: str | None = None
    postal_address: str | None = None
    public_url: str | None = None
    encryption_key: str | None = field(default=None, repr=False)
    policies: Path | None = None
    langsmith: LangSmith | None = None


def read_settings(home: str | None = None, env: Mapping[str, str] | None = None) -> Settings:
    """Read the environment and `fleet.toml`; the environment wins.

    Raises InputError when `fleet.toml` is not TOML or a number is not one.
    """
    env = os.environ if env is None else env
    root = Path(home or env.get("FLEET_HOME") or "./.fleet").expanduser().resolve()
    file = _read_file(root / "fleet.toml")

    def value(name: str) -> str | None:
        found = env.get(name) or file.get(name)
        return str(found) if found not in (None, "") else None

    policies = value("FLEET_POLICIES")
    return Settings(
        home=root,
        store_url=value("FLEET_STORE_URL") or f"sqlite:///{root / 'fleet.db'}",
        engine_url=value("FLEET_ENGINE_URL") or _engine_url(value("FLEET_STORE_URL"), root),
        gateway_url=value("FLEET_GATEWAY_URL"),
        gateway_token=value("FLEET_GATEWAY_TOKEN"),
        api_key=value("DEEPSEEK_API_KEY"),
        model=value("FLEET_MODEL") or "deepseek-flash",
        smtp_url=value("FLEET_SMTP_URL"),
        undo_s=_seconds("FLEET_UNDO_S", value("FLEET_UNDO_S")),
        inbox=value("FLEET_INBOX"),
        sender=value("FLEET_SENDER"),
        postal_address=value("FLEET_POSTAL_ADDRESS"),
        public_url=value("FLEET_PUBLIC_URL"),
        encryption_key=value("LANGGRAPH_AES_KEY"),
        policies=Path(policies) if policies else None,
        langsmith=_langsmith(value),
    )


def _langsmith(value: Callable[[str], str | None]) -> LangSmith | None:
    """Read LANGSMITH_*: a key alone sends nothing, an endpoint or LANGSMITH_TRACING says where."""
    key, endpoint = value("LANGSMITH_API_KEY"), value("LANGSMITH_ENDPOINT")
    tracing = (value("LANGSMITH_TRACING") or "").lower()
    wanted = tracing in TRUE or (endpoint is not None and tracing == "")
    if key is None or not wanted:
        return None
    return LangSmith(
        endpoint=endpoint or LANGSMITH_CLOUD, key=key,
        project=value("LANGSMITH_PROJECT") or "default",
        hide_inputs=(value("LANGSMITH_HIDE_INPUTS") or "").lower() in TRUE,
        hide_outputs=(value("LANGSMITH_HIDE_OUTPUTS") or "").lower() in TRUE,
    )  # fmt: skip


def _engine_url(store_url: str | None, root: Path) -> str:
    """Put the engine beside the store: the same PostgreSQL server, else a SQLite file at home."""
    if store_url and store_url.startswith("postgresql"):
        return store_url
    return f"sqlite:///{root / 'engine.db'}"


def _seconds(name: str, raw: str | None) -> int:
    if raw is None:
        return UNDO_SECONDS
    try:
        seconds = int(raw)
    except ValueError:
        raise InputError(f"{name} is {raw!r}: give whole seconds") from None
    if seconds < 0:
        raise InputError(f"{name} is {raw!r}: give 0 or more seconds")
    return seconds


def _read_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not TOML: {error}") from None
