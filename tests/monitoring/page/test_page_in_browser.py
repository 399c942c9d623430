"""The page of a run in a real browser: it opens from the disk, sorts and searches, and asks for nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from jdp.items import FAILED
from jdp.monitoring.metrics import CheckResult
from tests.helpers.parts import run_in
from tests.helpers.run_facts import facts_of, fill, settled, vehicle, write_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jdp.runs.run import Run
    from tests.helpers.tabs import Tab

HOSTILE = "</script><script>document.title='taken'</script><img src='http://127.0.0.1:9/x' onerror=alert(1)>"
COUNT = 1820
MANY = 50_000


class Seen:
    """What a tab asked for and complained about."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.requests: list[str] = []
        self.complaints: list[str] = []
        tab.page.on("request", lambda request: self.requests.append(request.url))
        tab.page.on("console", lambda message: self.complaints.append(message.text))
        tab.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.tab.wait(self.tab.page.locator(selector).all_inner_texts())]

    def evaluate(self, script: str) -> Any:
        return self.tab.wait(self.tab.page.evaluate(script))

    def click(self, selector: str) -> None:
        self.tab.wait(self.tab.page.locator(selector).click())

    def search(self, text: str) -> None:
        self.tab.wait(self.tab.page.fill("#search", text))

    @property
    def references(self) -> list[str]:
        return self.texts("#list tbody .ref")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = run_in(tmp_path)
    yield run
    run.close(clean=True)


def opened(tab: Tab, path: Path) -> Seen:
    seen = Seen(tab)
    tab.open(path.as_uri())
    return seen


def test_page_shows_what_the_site_sent_and_asks_for_nothing(run: Run, tab: Tab) -> None:
    fill(run, COUNT - 1)
    run.ledger.list_vehicles([vehicle("165530A", HOSTILE)], run.started.timestamp())
    run.ledger.settle(settled("165530A", FAILED, HOSTILE))
    path = write_page(facts_of(run, monitors=[CheckResult("success", ok=False, message=HOSTILE)]))
    seen = opened(tab, path)
    seen.search("165530A")
    assert seen.texts("#list tbody td:nth-child(2)")[0].startswith(HOSTILE)
    assert seen.texts(".lacking td:nth-child(3)") == [f"failed {HOSTILE}"]
    assert seen.texts(".checks .said") == [HOSTILE]
    assert seen.evaluate("document.title").startswith("1 of 1,820 reports is missing")
    assert seen.evaluate("document.images.length") == 0
    assert seen.requests == [path.as_uri()]
    assert seen.complaints == []


def test_page_sorts_searches_and_leafs(run: Run, tab: Tab) -> None:
    fill(run, COUNT - 12)
    failed = fill(run, 12, status=FAILED, reason="HTTP 500", first=COUNT - 12)
    seen = opened(tab, write_page(facts_of(run)))
    assert (len(seen.references), seen.references[0]) == (100, "165530")
    seen.click("#on")
    assert (seen.references[0], seen.texts("#where")) == ("165630", ["101 to 200"])
    seen.click("[data-column='0']")
    seen.click("[data-column='0']")
    assert seen.references[:2] == ["167349", "167348"]
    assert seen.evaluate("document.querySelector('[data-column]').parentElement.ariaSort") == "descending"
    seen.click(".tile a[data-status=failed]")
    assert sorted(seen.references) == failed
    seen.click("[data-column='6']")
    seconds = [float(text) for text in seen.texts("#list tbody td:nth-child(5)")]
    assert seconds == sorted(seconds, reverse=True)
    seen.search("500 honda 1673")
    assert len(seen.references) == 12
    seen.search("nobody has this")
    assert (seen.references, seen.texts("#count")) == ([], [f"0 of {COUNT:,} vehicles"])
    assert seen.complaints == []


def test_page_leads_to_the_reports(run: Run, tab: Tab) -> None:
    fill(run, 1)
    assert run.store_folder is not None
    (run.store_folder / "165530.pdf").write_bytes(b"%PDF-1.4")
    seen = opened(tab, write_page(facts_of(run)))
    href = seen.evaluate("document.querySelector('#list .ref').href")
    assert href == (run.store_folder / "165530.pdf").as_uri()


@pytest.mark.parametrize(("scheme", "background"), [("light", "251, 250, 247"), ("dark", "20, 24, 28")])
@pytest.mark.parametrize("width", [390, 1280])
def test_page_fits_its_screen(run: Run, tab: Tab, scheme: str, background: str, width: int) -> None:
    fill(run, 300)
    fill(run, 3, status=FAILED, reason="an address that nobody can break: " + "x" * 200, first=300)
    tab.wait(tab.page.emulate_media(color_scheme=scheme))  # type: ignore[arg-type]
    tab.wait(tab.page.set_viewport_size({"width": width, "height": 800}))
    seen = opened(tab, write_page(facts_of(run)))
    assert seen.evaluate("document.documentElement.scrollWidth") == width
    assert seen.evaluate("getComputedStyle(document.body).backgroundColor") == f"rgb({background})"
    assert seen.complaints == []


def test_page_on_paper_shows_no_control(run: Run, tab: Tab) -> None:
    fill(run, 300)
    tab.wait(tab.page.emulate_media(media="print"))
    seen = opened(tab, write_page(facts_of(run)))
    for selector in ("#search", ".pager", "#list"):
        assert not tab.wait(tab.page.locator(selector).is_visible())
    assert seen.texts(".paper") == ["Every vehicle is in manifest.csv, beside this page."]


def test_page_without_scripts_points_to_the_manifest(run: Run, tab: Tab) -> None:
    fill(run, 3)
    page = re.sub(r"<script>.*?</script>", "", write_page(facts_of(run)).read_text(encoding="utf-8"), flags=re.DOTALL)
    (run.data / "plain.html").write_text(page, encoding="utf-8")
    seen = opened(tab, run.data / "plain.html")
    assert not tab.wait(tab.page.locator("#search").is_visible())
    assert seen.texts("h1") == ["All 3 reports are here"]


def test_page_of_a_run_that_was_cut_off_says_so(run: Run, tab: Tab) -> None:
    fill(run, 3)
    path = write_page(facts_of(run, running=True))
    seen = opened(tab, path)
    assert not tab.wait(tab.page.locator("#cut-off").is_visible())
    path.write_text(
        re.sub(r'data-written="\d+"', 'data-written="1"', path.read_text(encoding="utf-8")), encoding="utf-8"
    )
    seen = opened(tab, path)
    assert tab.wait(tab.page.locator("#cut-off").is_visible())
    assert json.dumps(str(run.job_folder)) in seen.texts("#cut-off-command")[0].replace("\\", "\\\\")


def test_page_of_50_000_vehicles_opens(run: Run, tab: Tab) -> None:
    fill(run, MANY)
    seen = opened(tab, write_page(facts_of(run)))
    seen.search("215529")
    assert seen.references == ["215529"]
    assert seen.evaluate("document.querySelectorAll('*').length") < 5000
