"""`fleet console`: serve the reviewer console; fills an empty home with the sample and a past."""

import argparse
import os
import subprocess
import sys
import webbrowser

from fleet.commands.console_io import Console
from fleet.commands.opening import settings_of

PORT = 8501
STOP_S = 5


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
    if settings.store_url.startswith("sqlite") and not (settings.home / "fleet.db").exists():
        filling = subprocess.Popen([sys.executable, "-c", FILL], env=environment)
    console.say(f"The console is at {address}")
    if not args.no_browser:
        webbrowser.open(address)
    try:
        return server.wait()
    finally:
        for process in (server, filling):
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait(STOP_S)


FILL = (
    "import sys; from fleet.__main__ import main; "
    "sys.exit(main(['init', '--sample']) or main(['run', 'inbox'])"
    " or main(['run', 'recommend'])"
    " or main(['simulate', '--days', '30', '--quiet']))"
)
