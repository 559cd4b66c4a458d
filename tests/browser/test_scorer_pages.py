"""Leads, inbox and model card in a real browser: nothing is cut on a phone, a doubt is one click."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from fleet.__main__ import main
from fleet.adapters.store.open import open_store
from fleet.adapters.store.schema import data_fixes
from tests.support.console_home import BODY, add_draft, serving
from tests.support.lead_world import lead_home

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
WIDTH = 390
PAGES = ("leads", "intent", "intent?view=try", "propensity")
WAIT_MS = 60_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scorers")
    queue = lead_home(folder)
    add_draft(queue, "mail", BODY)
    assert main(["run", "recommend", "--home", str(folder), "--json"]) == 0
    queue.store.close()  # type: ignore[attr-defined] # engine store
    return folder


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving(home) as found:
        yield found


@pytest.mark.timeout(300)
def test_nothing_is_cut_on_a_phone(browser: Browser, address: str) -> None:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 844}, user_agent=PHONE, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    for name in PAGES:
        page.goto(f"{address}/{name}")
        page.get_by_role("heading", level=1).first.wait_for(timeout=WAIT_MS)
        page.wait_for_timeout(1500)
        wide = page.evaluate("document.documentElement.scrollWidth")
        grids = page.eval_on_selector_all(
            "[data-testid=stDataFrame]", "found => found.map(x => x.getBoundingClientRect().right)"
        )
        assert (name, wide <= WIDTH, max([0, *grids]) <= WIDTH) == (name, True, True)
        assert page.get_by_test_id("stException").count() == 0
    context.close()


@pytest.mark.timeout(300)
def test_a_hop_opens_its_row_and_a_click_doubts_its_key(
    browser: Browser, address: str, home: Path
) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.goto(f"{address}/leads?for=contact:p163")
    page.get_by_role("button", name="companies:c163").first.click(timeout=WAIT_MS)
    page.get_by_text("when a path over it was recommended").wait_for(timeout=WAIT_MS)
    page.get_by_role("button", name="This edge is wrong").click()
    page.get_by_text("doubted").first.wait_for(timeout=WAIT_MS)
    page.close()
    store = open_store(f"sqlite:///{home / 'fleet.db'}")
    rows = store.read(sa.select(data_fixes.c.row_id, data_fixes.c.field))
    store.close()
    assert [(row["row_id"], row["field"]) for row in rows] == [("p163", "company_id")]
