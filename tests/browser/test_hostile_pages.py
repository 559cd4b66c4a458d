"""Every page over a home full of hostile text: nothing is asked off the page, nothing runs."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.test_console_browser import AWAY
from tests.support.console_home import ROOT, add_draft, make_home, serving
from tests.support.hostile_home import fill_hostile, put_hostile_model

TEXT = (
    f"![x]({AWAY}.png) <img src={AWAY}.png onerror=window.hit=1> [go]({AWAY}) {AWAY} "
    f"<a href={AWAY}>in</a> <a href='{AWAY}'>in</a> <b>b</b> <script>window.hit=1</script> :red[x] `y` $$\\href{{{AWAY}}}{{z}}$$ =cmd|'/C calc'!A0 \u202egnp"
)
LINKS = "a[href*='beacon']:not([href^='#'])"
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
DEEP = (
    "traces?id=hostile", "campaigns?id=cp", "leads?for=contact:ct-h00", "intent?mail=em-h00",
    "intent?view=try", "intent?view=stopped", "propensity?model=models/hostile",
)  # fmt: skip


@pytest.mark.timeout(600)
def test_no_page_asks_anybody_or_runs_anything(browser: Browser, tmp_path: Path) -> None:
    queue = make_home(tmp_path)
    add_draft(queue, "h00", TEXT, name=TEXT[:80])
    fill_hostile(queue, TEXT)
    put_hostile_model(tmp_path, TEXT)
    asked: list[str] = []
    broken: list[str] = []
    with serving(tmp_path) as address:
        page = browser.new_page(viewport={"width": 1440, "height": 1400})
        page.on("request", lambda request: asked.append(request.url))
        for name in (*PAGES, *DEEP):
            page.goto(f"{address}/{name}")
            page.get_by_role("heading", level=1).first.wait_for(timeout=60_000)
            page.wait_for_timeout(1200)
            if page.get_by_test_id("stException").count():
                broken.append(name)
            links = page.eval_on_selector_all(LINKS, "found => found.length")
            assert (name, links) == (name, 0)
            assert (name, page.evaluate("window.hit")) == (name, None)
        page.close()
    away = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert away == []
    assert broken == []
