"""A held step decided in a real browser: one click or one key, and the store shows it."""

from pathlib import Path

from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as Late

from tests.support.console_home import serving
from tests.support.off_path import ENV, OffPath


def test_a_click_approves_a_key_rejects_and_an_edit_is_taken(
    browser: Browser, tmp_path: Path
) -> None:
    world = OffPath(tmp_path)
    world.ambiguous()
    world.flaky()
    world.run(contact_id=world.person("bea", "Bea Vague", "Well, you know, that one thing."))
    with serving(tmp_path, env=ENV) as address:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(f"{address}/orchestrator")
        titled(page, "3 steps wait for you")
        page.get_by_role("heading", name="Amy Ambiguous").wait_for(timeout=20_000)
        page.get_by_role("button", name="Approve").click()
        titled(page, "2 steps wait for you")
        page.get_by_role("heading", name="Flo Flaky").wait_for(timeout=20_000)
        page.get_by_text("Change it").click()
        chosen(page, "To stage", "negotiation")
        page.get_by_role("button", name="Approve the change").click()
        titled(page, "1 step waits for you")
        page.get_by_role("heading", name="Bea Vague").wait_for(timeout=20_000)
        pressed(page, "x", "No step waits")
        page.close()
    found = {(row["run_id"].split(":")[1], row["status"]) for row in world.steps()}
    assert {("ct-amy", "done"), ("ct-flo", "edited"), ("ct-bea", "rejected")} <= found
    assert [draft["contact_id"] for draft in world.drafts()] == ["ct-amy", "ct-flo"]
    assert [row["result"]["decision"] for row in world.steps(status="rejected")] == ["HOLD"]
    world.fleet.close()


def titled(page: Page, start: str) -> None:
    page.get_by_role("heading", level=1).filter(has_text=start).wait_for(timeout=30_000)


def chosen(page: Page, label: str, option: str) -> None:
    """Pick an option; a page that draws itself anew closes the list, which is opened again."""
    for _ in range(6):
        page.get_by_label(label).click()
        try:
            page.get_by_role("option", name=option).click(timeout=5_000)
        except Late:
            page.keyboard.press("Escape")
        else:
            return
    raise AssertionError(f"{label} never offered {option}")


def pressed(page: Page, key: str, start: str) -> None:
    """Press a key until the title says so; a key is lost while the page draws itself anew."""
    for _ in range(6):
        page.keyboard.press(key)
        try:
            page.get_by_role("heading", level=1).filter(has_text=start).wait_for(timeout=6_000)
        except Late:
            continue
        return
    raise AssertionError(f"the key {key} did nothing")
