"""capture.js and capture.py: whichever way a page opens a report, it is learned, and neither opened nor sent."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import TYPE_CHECKING, cast

import pytest

from jdp.portal.pages.vehicle import REPORT_ADDRESS
from jdp.portal.tab import capture
from tests.helpers.crawls import LIMIT
from tests.helpers.site import PAGES, Answer

if TYPE_CHECKING:
    from jdp.portal.recording import ReportRequest
    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab

EXPECTED = json.loads((PAGES / "capture.json").read_text(encoding="utf-8"))
WAYS = [(page, way) for page, ways in EXPECTED.items() for way in ways]
SCRIPT = (PAGES / "windows.html").read_text(encoding="utf-8")
WINDOWS = re.findall(r"^    (\w+): (?:async )?\(\) =>", SCRIPT.partition("const others")[0], re.MULTILINE)
FORM = {"self_form": "form", "frame_form": "form", "form_named": "form", "form_parts": "parts"}
POSTED = {
    "shadow_form",
    "form_inside",
    "form_moved",
    "form_written",
    "self_form",
    "frame_form",
    "form_named",
    "blob_fields",
}


CLICK = "it => { it.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true})); }"


def click(tab: Tab, way: str) -> None:
    """Click in whichever frame the element is, be it seen or not."""
    for frame in tab.page.frames:
        if tab.wait(frame.locator(f"#{way}").count()):
            tab.wait(frame.locator(f"#{way}").evaluate(CLICK))
            return
    raise AssertionError(way)


def learned(tab: Tab) -> list[ReportRequest]:
    """Wait until something is learned."""
    limit = time.monotonic() + LIMIT
    while not (asked := tab.wait(capture.asked(tab.page))):
        assert time.monotonic() < limit
        tab.wait(asyncio.sleep(0.02))
    return cast("list[ReportRequest]", asked)


def held(tab: Tab, site: Site, page: str, way: str) -> list[ReportRequest]:
    """Return what is learned of a way; nothing may have been opened, loaded or asked for."""
    tab.close_others()
    tab.open(site.url(page))
    tab.wait(capture.hold_back(tab.page, REPORT_ADDRESS))
    click(tab, way)
    asked = learned(tab)
    assert tab.tabs == 1
    assert tab.page.url == site.url(page)
    assert site.asked_for("GetPdfReport") == []
    return asked


@pytest.mark.parametrize(("page", "way"), WAYS)
def test_capture_way(reused: Tab, site: Site, page: str, way: str) -> None:
    method, query, body = EXPECTED[page][way]
    (asked,) = held(reused, site, page, way)
    assert (asked.method, asked.url, asked.body) == (method, site.url(f"GetPdfReport{query}"), body)
    assert (asked.referer, asked.headers) == (site.url(page), ())


@pytest.mark.parametrize("way", [*WINDOWS, "area", "drawing", "saved"])
def test_capture_window(reused: Tab, site: Site, way: str) -> None:
    asked = held(reused, site, "windows.html", way)[0]
    assert asked.url == site.url(f"GetPdfReport?way={FORM.get(way, way)}")
    if way in POSTED:
        assert (asked.method, asked.body) == ("POST", "id=7")
    elif way not in ("form_parts", "blob_json"):
        assert (asked.method, asked.body) == ("GET", "")


def test_capture_keeps_what_a_script_sends(reused: Tab, site: Site) -> None:
    asked = held(reused, site, "windows.html", "blob_json")[0]
    headers = {"accept": "*/*", "content-type": "application/json", "x-token": "t-1"}
    assert (asked.method, asked.body, dict(asked.headers)) == ("POST", '{"id":"7"}', headers)


def test_capture_keeps_a_form_in_parts(reused: Tab, site: Site) -> None:
    asked = held(reused, site, "windows.html", "form_parts")[0]
    ((name, kind),) = asked.headers
    assert (name, kind.partition("=")[0]) == ("content-type", "multipart/form-data; boundary")
    assert asked.body.startswith("--" + kind.partition("=")[2])
    assert 'name="id"\r\n\r\n7\r\n' in asked.body


def test_capture_sends_what_comes_before_the_report(reused: Tab, site: Site) -> None:
    reused.open(site.url("windows.html"))
    reused.wait(capture.hold_back(reused.page, REPORT_ADDRESS))
    site.answers["POST", "GetPdfReportUrl"] = Answer(body=b"GetPdfReport?token=t-1")
    click(reused, "call")
    assert learned(reused)[0].url == site.url("GetPdfReport?token=t-1")
    assert [each.path for each in site.asked_for("GetPdfReport")] == ["/ValuesOnline/GetPdfReportUrl"]


def test_capture_goes_on_with_the_page_that_the_tab_sends_itself_to(reused: Tab, site: Site) -> None:
    reused.open(site.url("windows.html"))
    reused.wait(capture.hold_back(reused.page, REPORT_ADDRESS))
    site.answers["POST", "windows.html"] = Answer(body=b"<script>window.open('GetPdfReport?way=back')</script>")
    click(reused, "post_back")
    assert learned(reused)[0].url == site.url("GetPdfReport?way=back")
    assert site.asked_for("GetPdfReport") == []


@pytest.mark.parametrize("way", ["start_self", "start_frame", "start_form", "start_call"])
def test_capture_stops_where_another_address_leads_to_the_report(reused: Tab, site: Site, way: str) -> None:
    for method in ("GET", "POST"):
        site.leads("Start", "GetPdfReport?key=1", method)
    (asked,) = held(reused, site, "windows.html", way)
    assert (asked.method, asked.url) == ("GET", site.url("GetPdfReport?key=1"))
    assert len(site.asked_for("Start")) == 1


def test_capture_loads_nothing_into_an_empty_window(reused: Tab, site: Site) -> None:
    assert [each.url for each in held(reused, site, "windows.html", "elsewhere")] == [site.url("Print?id=7")]
    assert site.asked_for("Print") == []


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
