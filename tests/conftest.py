"""What every test stands on: no foreign network, no inherited configuration, skips said aloud."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

LOCAL = ("127.0.0.1", "localhost", "::1", "", "0.0.0.0")
os.environ["LANGSMITH_TRACING"] = "false"
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
for _name in [name for name in os.environ if name.startswith("FLEET_")]:
    del os.environ[_name]
os.environ.pop("DEEPSEEK_API_KEY", None)


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in LOCAL:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session", autouse=True)
def runtime_dir(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give servers a private runtime folder, as PostgreSQL's wheel wants one."""
    folder: Path = tmp_path_factory.mktemp("runtime")
    folder.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(folder)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List every skip with its reason: a missing piece is never silence."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons: dict[str, int] = {}
    for report in skipped:
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[text] = reasons.get(text, 0) + 1
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"SKIPPED {count}: {reason}", yellow=True, bold=True)
