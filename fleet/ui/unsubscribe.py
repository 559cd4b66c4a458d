"""One-click unsubscribe (RFC 8058): POST needs no login, GET shows a page and changes nothing.

Mail scanners fetch every link of a mail, so nothing may hang on GET. The page is static: no word of
the request is printed on it.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

PAGE = (
    "<!doctype html><meta charset=utf-8><title>Unsubscribe</title>"
    "<meta name=viewport content='width=device-width'>"
    "<body style='font-family:sans-serif;max-width:30em;margin:4em auto'>"
    "<h1>No more mail from us?</h1><form method=post><button>Unsubscribe</button></form>"
)


def show_page(request: Request) -> Response:
    """Answer GET: a button that posts, and nothing else."""
    return HTMLResponse(PAGE, status_code=200 if request.query_params.get("u") else 404)


def unsubscribe(request: Request) -> Response:
    """Answer POST: suppress whom the link names; a link that names nobody is 404."""
    from fleet.ui.resources import fleet

    token = request.query_params.get("u", "")
    if not token or not fleet().unsubscribe(token):
        return PlainTextResponse("No such link.", status_code=404)
    return PlainTextResponse("Done: you will not hear from us again.")


ROUTES = [
    Route("/unsubscribe", show_page, methods=["GET"]),
    Route("/unsubscribe", unsubscribe, methods=["POST"]),
]
