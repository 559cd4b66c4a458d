"""The real server and a real browser: keys, double clicks, headers, hostile text."""

import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from fleet.adapters.store.controls import halt_state
from fleet.adapters.store.review_queue import ReviewQueue
from tests.support.console_home import BODY, FOOTER, add_draft, make_home, serving

AWAY = "http://beacon.invalid/x"
HOSTILE = (
    f"![x]({AWAY}.png)",
    f"[![x]({AWAY}.png)]({AWAY})",
    f"<img src={AWAY}.png>",
    "<img src=x onerror=window.hit=1>",
    "<script>window.hit=1</script>",
    f"<script src={AWAY}.js></script>",
    f"<iframe src={AWAY}></iframe>",
    f"<link rel=stylesheet href={AWAY}.css>",
    f"<style>@import '{AWAY}.css';</style>",
    f"<svg onload=window.hit=1><image href={AWAY}.svg /></svg>",
    "<svg><script>window.hit=1</script></svg>",
    f"<video src={AWAY}.mp4 autoplay></video>",
    f"<object data={AWAY}></object>",
    f"<embed src={AWAY}>",
    f"<meta http-equiv=refresh content='0;url={AWAY}'>",
    f"<base href={AWAY}>",
    f"<form action={AWAY}><button>go</button></form>",
    "<details open ontoggle=window.hit=1>",
    "<body onload=window.hit=1>",
    f"<div style='background:url({AWAY})'>x</div>",
    "[click](javascript:window.hit=1)",
    "[click](data:text/html,<script>window.hit=1</script>)",
    f"see {AWAY} now",
    "see www.beacon.invalid now",
    f"<{AWAY}>",
    "write to eve@beacon.invalid",
    f"[ref]: {AWAY}\n\n![ref]",
    f":red[![x]({AWAY}.png)]",
    f"] :material/home: ![x]({AWAY}.png)",
    f"`![x]({AWAY}.png)` ``` ![x]({AWAY}.png)",
    f"| a |\n|---|\n| ![x]({AWAY}.png) |",
    f"$$\\href{{{AWAY}}}{{x}} \\includegraphics{{{AWAY}.png}}$$",
    f"\\![x]({AWAY}.png) \\\\![x]({AWAY}.png)",
    "=cmd|' /C calc'!A0",
    "\u202egnp.x\u202c <!-- --> &lt;img&gt; &#60;script&#62;",
)


def approvals(browser: Browser, address: str, item: str) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.goto(f"{address}/approvals?item={item}")
    page.get_by_role("button", name="Approve").wait_for(timeout=30_000)
    return page


def settled(queue: ReviewQueue, page: Page, draft_id: str, status: str) -> dict[str, Any]:
    for _ in range(60):
        found = queue.show(draft_id)
        if found["status"] == status:
            break
        page.wait_for_timeout(100)
    assert found["status"] == status
    return found


def test_the_key_sends_the_edited_text_and_two_clicks_approve_once(
    browser: Browser, tmp_path: Path
) -> None:
    queue = make_home(tmp_path)
    edited, clicked = add_draft(queue, "one"), add_draft(queue, "two")
    with serving(tmp_path) as address:
        page = approvals(browser, address, edited)
        page.get_by_role("tab", name="Edit").click()
        page.get_by_role("textbox", name="Body").fill(BODY + " Kind regards.")
        page.get_by_role("heading", level=1).click()
        page.keyboard.press("a")
        sent = settled(queue, page, edited, "approved")
        page.close()
        page = approvals(browser, address, clicked)
        page.get_by_role("button", name="Approve").dblclick()
        once = settled(queue, page, clicked, "approved")
        page.wait_for_timeout(1500)
        once = queue.show(clicked)
        page.close()
    kept = BODY + " Kind regards." + FOOTER  # the edit dropped the footer, saving put it back
    assert [row["body"] for row in queue.show(edited)["outbox"]] == [kept]
    assert sent["body"] == kept
    assert [row["action"] for row in once["decisions"]] == ["approve"]
    assert len(once["outbox"]) == 1


def test_hostile_text_asks_nobody_and_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    queue = make_home(tmp_path)
    for number, text in enumerate(HOSTILE):
        add_draft(queue, f"h{number:02}", text, name=text[:80])
    asked: list[str] = []
    first = queue.listing("pending")[0]["draft_id"]
    with serving(tmp_path) as address:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.get_by_role("heading", name=f"{len(HOSTILE)} drafts wait for you").wait_for()
        page.goto(f"{address}/approvals?item={first}")
        page.get_by_role("button", name="Approve").wait_for(timeout=30_000)
        opened, links = set(), list[str]()
        for _ in HOSTILE:
            opened.add(page.get_by_role("heading", level=3).nth(1).inner_text())
            page.get_by_role("button", name="Next").click()
            page.wait_for_timeout(450)
            links += page.eval_on_selector_all(
                "a[href*='beacon']", "found => found.map(link => link.outerHTML)"
            )
        ran = page.evaluate("window.hit")
        page.close()
    away = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert (away, ran, links) == ([], None, [])
    assert len(opened) > len(HOSTILE) // 2


def test_each_answer_carries_the_security_headers(tmp_path: Path) -> None:
    make_home(tmp_path)
    with serving(tmp_path) as address:
        for path in ("/", "/readyz"):
            answer = urllib.request.urlopen(address + path)
            assert answer.status == 200
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert "img-src 'self' data: blob:" in answer.headers["Content-Security-Policy"]


def test_the_kill_switch_asks_for_a_reason_and_stops_all_sends(
    browser: Browser, tmp_path: Path
) -> None:
    queue = make_home(tmp_path)
    with serving(tmp_path) as address:
        page = browser.new_page()
        page.goto(f"{address}/manager")
        page.get_by_role("button", name="Stop all sends").click(timeout=30_000)
        stop = page.get_by_role("dialog").get_by_role("button", name="Stop", exact=True)
        stop.wait_for()
        assert stop.is_disabled()
        page.get_by_label("Reason").fill("a wrong price went out")
        page.get_by_label("Reason").press("Enter")
        page.wait_for_timeout(800)
        stop.click()
        page.get_by_text("Sends are stopped").first.wait_for()
        page.close()
    state = halt_state(queue.store)
    assert state is not None
    assert state["reason"] == "a wrong price went out"
