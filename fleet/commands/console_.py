"""`fleet console`: serve the reviewer console; fills an empty home with the sample and a past."""

import argparse
import os
import signal
import subprocess
import sys
import webbrowser

from fleet.commands.console_fill import is_wanted
from fleet.commands.console_io import Console
from fleet.commands.opening import settings_of

PORT = 8501
STOP_S = 5
FILL = (
    "import sys; from fleet.__main__ import main; from fleet.commands.console_fill import fill; "
    "sys.exit(fill(main, int(sys.argv[1])))"
)


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:  # noqa: ARG001  # one shape for all commands
    """Declare the arguments."""
    parser.add_argument("--port", type=int, default=PORT, metavar="N")
    parser.add_argument("--no-browser", action="store_true")


def run(args: argparse.Namespace, console: Console) -> int:
    """Start the server at once, fill the store beside it, stop both together."""
    settings = settings_of(args)
    environment = os.environ | {"FLEET_HOME": str(settings.home)}
    address = f"http://127.0.0.1:{args.port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "fleet.ui.server", "--port", str(args.port)], env=environment
    )
    filling = None
    if settings.store_url.startswith("sqlite") and is_wanted(settings.home):
        filling = subprocess.Popen([sys.executable, "-c", FILL, str(args.port)], env=environment)
    console.say(f"The console is at {address}")
    if not args.no_browser:
        webbrowser.open(address)
    signal.signal(signal.SIGTERM, _leave)
    try:
        return server.wait()
    finally:
        for process in (server, filling):
            if process is not None:
                _stop(process)


def _leave(number: int, frame: object) -> None:
    del frame
    sys.exit(128 + number)  # as a shell counts it; the children are stopped on the way out


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
