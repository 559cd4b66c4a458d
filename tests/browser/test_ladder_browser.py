"""In a real browser: a version is taken down by name, after a look at what that recalls."""

from pathlib import Path

from playwright.sync_api import Browser, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from fleet.adapters.clock import SystemClock
from fleet.adapters.store.grants import move_rung, read_grant
from fleet.domain.trust import Rung
from tests.support.console_home import add_draft, make_home, serving

LONG_MS, SHORT_MS = 60_000, 5_000
TRIES = 6


def test_a_version_is_taken_down_after_a_look_at_what_it_recalls(
    browser: Browser, tmp_path: Path
) -> None:
    queue = make_home(tmp_path)
    draft = add_draft(queue, "a")
    queue.approve(draft, actor="ann")
    move_rung(
        queue.store, None, "reply", "1", Rung.SHADOW, start=Rung.DRAFT, reason="a test",
        actor="ann", now=SystemClock().now(), until=None,
    )  # fmt: skip
    with serving(tmp_path) as address:
        page = browser.new_page(viewport={"width": 1440, "height": 2200})
        page.set_default_timeout(LONG_MS)
        page.goto(f"{address}/ladder")
        page.get_by_text("Move a version by name").click()
        box, option = page.get_by_label("Take down at once"), page.get_by_role("option")
        expect(box).to_be_visible(timeout=LONG_MS)
        for _ in range(TRIES):  # the page may still be drawing, which closes an open list
            box.click()
            try:
                option.filter(has_text="reply 1").click(timeout=SHORT_MS)
                break
            except PlaywrightTimeout:
                page.keyboard.press("Escape")
        page.get_by_role("button", name="Show what would be recalled").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("goes from SHADOW to DRAFT", timeout=LONG_MS)
        expect(dialog).to_contain_text("buyer.test")
        go = dialog.get_by_role("button", name="Take it down")
        expect(go).to_be_disabled()
        dialog.get_by_label("Reason").fill("it promises too much")
        dialog.get_by_label("Reason").press("Tab")
        expect(go).to_be_enabled(timeout=LONG_MS)
        go.click()
        expect(dialog).to_be_hidden(timeout=LONG_MS)
        page.close()
    grant = read_grant(queue.store, "reply", "1")
    assert grant is not None
    assert (grant.rung, grant.reason) == (Rung.DRAFT, "it promises too much")
    assert queue.show(draft)["status"] == "pending"
