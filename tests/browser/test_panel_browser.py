"""The campaign room in a real browser: the talk as it goes, a word that steers, a campaign begun."""

import os
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import campaigns, outbox
from tests.support.console_home import add_draft, make_home, serving
from tests.support.panel_model import gateway_script
from tests.support.scripted_gateway import ScriptedGateway

SLOW_S = 0.6


def test_a_panel_talks_live_is_steered_compared_and_started(
    browser: Browser, tmp_path: Path
) -> None:
    add_draft(make_home(tmp_path), "one")
    with (
        ScriptedGateway(gateway_script(latency_s=SLOW_S)) as gateway,
        serving(tmp_path, env=dict(os.environ) | gateway.env()) as address,
    ):
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(f"{address}/panel")
        page.get_by_role("button", name="Hold the panel").click(timeout=40_000)
        page.get_by_text("has spoken").first.wait_for(timeout=30_000)
        page.get_by_test_id("stChatMessage").first.wait_for(state="visible", timeout=30_000)
        titled(page, "2 touches over")
        page.get_by_role("button", name="Add a constraint").click()
        page.get_by_label("What must hold").fill("at most 1 touch")
        page.get_by_role("button", name="Say it").click()
        titled(page, "1 touch over")
        page.get_by_role("heading", name="what changes").wait_for(timeout=30_000)
        without = page.get_by_role("button", name="Without the skeptic")
        expect(without).to_have_count(1, timeout=30_000)  # the old one leaves when the rerun ends
        without.click()
        page.get_by_text("As adopted").wait_for(timeout=60_000)
        page.get_by_role("button", name="Adopt plan").click()
        page.get_by_role("button", name="Start with 1 contact").click()
        page.get_by_text("The campaign has started").wait_for(timeout=60_000)
        page.close()
    store = open_store(f"sqlite:///{tmp_path / 'fleet.db'}", read_only=True)
    (made,) = store.read(sa.select(campaigns))
    assert (made["plan_source"], len(made["plan"]["touches"])) == ("panel", 1)
    assert store.read(sa.select(outbox)) == []
    store.close()


def titled(page: Page, start: str) -> None:
    page.get_by_role("heading", level=1).filter(has_text=start).wait_for(timeout=60_000)
