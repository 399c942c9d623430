"""capture.js: whichever way a page opens a report, its request is recorded and no tab is opened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.helpers.site import PAGES

if TYPE_CHECKING:
    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab

EXPECTED = json.loads((PAGES / "capture.json").read_text(encoding="utf-8"))
WAYS = [(page, way) for page, ways in EXPECTED.items() for way in ways]


def click(tab: Tab, way: str) -> None:
    """Click in whichever frame the element is."""
    for frame in tab.page.frames:
        if tab.wait(frame.locator(f"#{way}").count()):
            tab.wait(frame.locator(f"#{way}").click(no_wait_after=True))
            return
    raise AssertionError(way)


@pytest.mark.parametrize(("page", "way"), WAYS)
def test_capture_way(reused: Tab, site: Site, page: str, way: str) -> None:
    tab = reused
    tab.close_others()
    tab.open(site.url(page))
    click(tab, way)
    tab.wait(tab.page.wait_for_function("window.__jdpAsked.length"))
    recorded = tab.wait(tab.page.evaluate("window.__jdpAsked"))
    method, query, body = EXPECTED[page][way]
    assert recorded == [{"url": site.url(f"GetPdfReport{query}"), "method": method, "body": body}]
    assert tab.tabs == 1
    assert tab.page.url == site.url(page)
    assert site.asked_for("GetPdfReport") == []


def test_capture_leaves_the_tabs_own_ways_alone(capturing: Tab, site: Site) -> None:
    tab = capturing
    for way in ("#base_self", "() => window.open('something_else.html', '_self')"):
        tab.open(site.url("capture_base.html"))
        action = tab.page.click(way) if way.startswith("#") else tab.page.evaluate(way)
        tab.wait(action)
        tab.wait(tab.page.wait_for_url(site.url("something_else.html")))
    assert tab.wait(tab.page.evaluate("window.__jdpAsked")) == []


def test_capture_form_of_the_tab_itself_is_sent(capturing: Tab, site: Site) -> None:
    tab = capturing
    tab.open(site.url("capture.html"))
    tab.wait(tab.page.evaluate("plain.submit()"))
    tab.wait(tab.page.wait_for_url(site.url("Elsewhere")))
    assert [(each.method, each.body) for each in site.asked_for("Elsewhere")] == [("POST", "id=7")]


def test_capture_keeps_several_in_order(capturing: Tab, site: Site) -> None:
    tab = capturing
    tab.open(site.url("capture.html"))
    for way in ("open", "form_submit", "link"):
        click(tab, way)
    recorded = tab.wait(tab.page.evaluate("window.__jdpAsked"))
    assert [entry["url"].rpartition("=")[2] for entry in recorded] == ["open", "form", "link"]


def test_capture_begins_anew_with_each_page(capturing: Tab, site: Site) -> None:
    tab = capturing
    tab.open(site.url("capture.html"))
    click(tab, "open")
    tab.open(site.url("capture_base.html"))
    assert tab.wait(tab.page.evaluate("window.__jdpAsked")) == []


def test_without_capture_a_tab_is_opened(tab: Tab, site: Site) -> None:
    """The control: the page does open tabs when nothing stops it."""
    tab.open(site.url("capture.html"))
    assert tab.tabs_after(lambda: click(tab, "open")) == 2
    assert tab.wait(tab.page.evaluate("window.__jdpAsked")) is None
