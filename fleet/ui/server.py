"""The console as one ASGI app: Streamlit, security headers, a readiness route; 127.0.0.1 only."""

import argparse
import os
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

import uvicorn
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route
from streamlit.runtime.pages_manager import PagesManager
from streamlit.starlette import App

from fleet.adapters.files import root
from fleet.ui.unsubscribe import ROUTES

Message = MutableMapping[str, Any]
# Streamlit's page holds an inline script, sets styles itself, and its charts compile expressions
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; frame-src 'none'; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class SecurityHeaders:
    """Adds the headers that Streamlit does not send."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:  # fmt: skip
        """Pass a request on, and add to its response."""

        async def added(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        await self.app(scope, receive, added if scope["type"] == "http" else send)


def ready(request: Request) -> JSONResponse:
    """Say whether the store answers: 200, or 503 while it does not."""
    from fleet.ui.resources import is_ready

    answers = is_ready()
    status = HTTPStatus.OK if answers else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"ready": answers, "path": request.url.path}, status_code=status)


def home(request: Request) -> RedirectResponse:
    """Lead `/home` to the bare address, where Streamlit keeps its default page."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{query}")


def build_app() -> Any:
    """Return the ASGI app."""
    # app.py names the pages; until it has run once, Streamlit would list the folder itself, and
    # the first deep link of a fresh process would miss the frame
    PagesManager.uses_pages_directory = False
    return App(
        root() / "app.py",
        routes=[Route("/readyz", ready), Route("/home", home), *ROUTES],
        middleware=[Middleware(SecurityHeaders)],
    )


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8501)
    port = parser.parse_args().port
    os.chdir(root())  # Streamlit reads .streamlit/config.toml from here
    uvicorn.run(build_app(), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
