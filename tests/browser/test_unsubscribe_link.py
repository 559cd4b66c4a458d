"""The one-click endpoint over HTTP: POST suppresses without a login, GET changes nothing."""

import urllib.error
import urllib.request
from pathlib import Path

import sqlalchemy as sa

from fleet.adapters.store.controls import is_suppressed
from fleet.adapters.store.schema import drafts, outbox
from tests.support.console_home import add_draft, make_home, serving


def answer(address: str, method: str) -> int:
    request = urllib.request.Request(
        address, method=method, data=b"List-Unsubscribe=One-Click" if method == "POST" else None
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_post_suppresses_and_get_changes_nothing(tmp_path: Path) -> None:
    queue = make_home(tmp_path)
    first, second = add_draft(queue, "ann"), add_draft(queue, "bo")
    queue.approve(first, actor="rep")
    (row,) = queue.store.read(sa.select(outbox.c.id, outbox.c.recipient))
    with serving(tmp_path) as address:
        link = f"{address}/unsubscribe?u={row['id']}"
        assert answer(link, "GET") == 200
        assert not is_suppressed(queue.store, row["recipient"])
        assert answer(f"{address}/unsubscribe?u=nobody", "POST") == 404
        assert [answer(link, "POST") for _ in range(2)] == [200, 200]
    assert is_suppressed(queue.store, row["recipient"])
    found = {
        d["id"]: d["status"] for d in queue.store.read(sa.select(drafts.c.id, drafts.c.status))
    }
    assert found == {first: "suppressed", second: "pending"}
