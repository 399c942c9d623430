"""What needs the pages' own scripts and style sheet, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, Response, expect

from tests.helpers.visitor import LIMIT, PortalProcess, Start

expect.set_options(timeout=LIMIT * 1000)
REPORT_BUTTON = "button.reportButton:not(.requiresVehicle)"
CREATE = "button:has-text('Create PDF')"
BOOKOUT = "a[id^='bookOutButton_'][title='Bookout']"
CALLBACKS = (
    "async () => { const events = window.seen = []; const grid = vehicleGridView;"
    + "".join(
        f"grid.{name}.AddHandler(() => events.push('{name}'));"
        for name in ("BeginCallback", "EndCallback", "CallbackError")
    )
    + "}"
)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Give each test a browser context of its own."""
    context = chromium.new_context()
    context.set_default_timeout(LIMIT * 1000)
    yield context.new_page()
    context.close()


def enter(page: Page, portal: PortalProcess) -> None:
    """Sign in and open the inventory as a person would."""
    page.goto(portal.entry)
    page.fill("#usernameInput", "demo")
    page.fill("#passwordInput", "demo")
    page.click("#loginButton")
    page.click("#agreementCheckBox")
    page.click("a[href='/ValuesOnline/vehicle/']")
    page.wait_for_selector("tr.dxgvDataRow")
    # The rows stand there before the script behind them has run: until then the name is that of the element.
    page.wait_for_function("() => window.vehicleGridView && !!vehicleGridView.InCallback")


def asks_for_report(request: Request) -> bool:
    return "GetPdfReport" in request.url


def answers_for_report(response: Response) -> bool:
    return asks_for_report(response.request)


WAYS = {
    "id": ["--report-link", "id"],
    "token": ["--report-link", "token", "--token-uses", "1"],
    "token-before": ["--report-link", "token", "--token-open", "before", "--token-call", "session"],
    "session": ["--report-link", "session", "--vehicle-page", "session"],
    "form": ["--report-link", "form", "--antiforgery", "--report-redirect"],
    "page-token": ["--report-link", "token", "--token-from", "page", "--page-first"],
    "json": ["--report-link", "token", "--call-json", "--antiforgery", "--page-first"],
    "header": ["--report-link", "token", "--forgery-header", "--antiforgery", "--forgery-per-page"],
    "json-header": ["--report-link", "token", "--call-json", "--forgery-header", "--antiforgery"],
    "suffix": ["--vehicle-key", "suffix"],
}


@pytest.mark.parametrize("bookout", ["href", "script"])
@pytest.mark.parametrize("way", WAYS)
def test_create_pdf_opens_a_tab(start: Start, page: Page, way: str, bookout: str) -> None:
    portal = start("--bookout", bookout, *WAYS[way])
    enter(page, portal)
    reference = page.inner_text("#vehicleGridView_DXDataRow3 td:nth-child(2)")
    page.click(f"#vehicleGridView_DXDataRow3 {BOOKOUT}")
    page.click(REPORT_BUTTON)
    with page.context.expect_event("request", asks_for_report) as asked, page.context.expect_page() as tab:
        page.click(CREATE)
    assert tab.value.opener() == page
    request: Request = asked.value
    assert request.is_navigation_request()
    assert request.method == ("POST" if way == "form" else "GET")
    assert request.response()
    assert portal.side("counters")["reports_made"] == {reference: 1}


def test_licence_box_submits_by_itself(start: Start, page: Page) -> None:
    portal = start()
    enter(page, portal)
    assert page.url.endswith("/ValuesOnline/vehicle/")
    page.click("#btnLogout")
    expect(page.locator("#loginButton")).to_be_visible()


def test_export_menu_downloads(start: Start, page: Page) -> None:
    enter(page, start())
    with page.expect_download() as download:
        page.hover("#primaryMenu_DXI4_T")
        page.click("#primaryMenu_DXI4i1_T")
        page.click("#primaryMenu_DXI4i1i2_")
    text = download.value.path().read_text(encoding="utf-8")
    assert text.startswith("Reference Number,")


def test_export_menu_needs_the_style_sheet(start: Start, page: Page) -> None:
    page.context.route("**/*.css", lambda route: route.abort())
    enter(page, start())
    page.click("#primaryMenu_DXI4_T")
    expect(page.locator("#primaryMenu_DXI4i1_T")).to_be_hidden()
    expect(page.locator("#primaryMenu_DXI4i1i2_")).to_be_hidden()


def test_vehicle_page_works_without_styles_and_images(start: Start, page: Page) -> None:
    page.context.route("**/*.{css,png}", lambda route: route.abort())
    enter(page, start())
    expect(page.locator("img[title='Bookout'][src*='book.png']").first).to_be_visible()
    page.click(BOOKOUT)
    expect(page.locator(CREATE)).to_be_hidden()
    page.click(REPORT_BUTTON)
    # A browser that shows no PDF leaves the new tab without an address: what it asks for tells.
    with (
        page.context.expect_event("request", lambda request: "GetPdfReport" in request.url),
        page.context.expect_page(),
    ):
        page.click(CREATE)


def test_report_button_comes_late(start: Start, page: Page) -> None:
    enter(page, start("--vehicle-ms", "400"))
    page.click(BOOKOUT)
    expect(page.locator("button.reportButton.requiresVehicle")).to_be_visible()
    assert not page.locator(REPORT_BUTTON).is_visible()
    expect(page.locator(REPORT_BUTTON)).to_be_visible()


def test_second_callback_during_one_is_dropped(start: Start, page: Page) -> None:
    portal = start("--grid-ms", "150")
    enter(page, portal)
    page.evaluate(CALLBACKS)
    state = page.evaluate(
        "() => { vehicleGridView.GotoPage(2); vehicleGridView.GotoPage(1); return vehicleGridView.InCallback(); }"
    )
    assert state is True
    page.wait_for_function("!vehicleGridView.InCallback()")
    assert page.evaluate("[vehicleGridView.GetPageIndex(), vehicleGridView.GetPageCount()]") == [2, 3]
    assert page.evaluate("window.seen") == ["BeginCallback", "EndCallback"]
    assert portal.side("counters")["grid_callbacks"] == 1
    assert page.url.endswith("/ValuesOnline/vehicle/")


@pytest.mark.parametrize("trouble", ["expire-sessions", "down"])
def test_failed_callback_fires_callback_error(start: Start, page: Page, trouble: str) -> None:
    portal = start()
    enter(page, portal)
    page.evaluate(CALLBACKS)
    page.request.post(f"{portal.root}/_demo/{trouble}", data={"seconds": 60})
    page.evaluate("vehicleGridView.NextPage()")
    page.wait_for_function("!vehicleGridView.InCallback()")
    assert page.evaluate("window.seen") == ["BeginCallback", "CallbackError"]
    assert page.evaluate("vehicleGridView.GetPageIndex()") == 0


@pytest.mark.parametrize("header", [False, True])
def test_callback_carries_the_forgery_value(start: Start, page: Page, header: bool) -> None:
    enter(page, start("--antiforgery", *(["--forgery-header"] if header else [])))
    with page.expect_request("**/GridCallback") as asked:
        page.evaluate("vehicleGridView.NextPage()")
    expect(page.locator(".dxp-current")).to_have_text("2")
    assert ("requestverificationtoken" in asked.value.headers) == header
    assert ("__RequestVerificationToken" in (asked.value.post_data or "")) == (not header)


@pytest.mark.parametrize("source", ["call", "page"])
def test_token_comes_by_call_or_with_the_page(start: Start, page: Page, source: str) -> None:
    enter(page, start("--report-link", "token", "--token-from", source))
    page.click(BOOKOUT)
    page.click(REPORT_BUTTON)
    calls: list[Request] = []
    page.on("request", lambda request: calls.append(request) if "PrepareReport" in request.url else None)
    with page.context.expect_event("request", asks_for_report):
        page.click(CREATE)
    assert len(calls) == (source == "call")


@pytest.mark.parametrize("more", [[], ["--report-redirect"]])
def test_page_from_before_a_scheme_change_leads_nowhere_until_opened_anew(
    start: Start, page: Page, more: list[str]
) -> None:
    portal = start("--scheme-change", "1", *more)
    enter(page, portal)
    page.click(BOOKOUT)
    key = page.url.partition("vehicleId=")[2]
    assert page.request.get(f"{portal.root}/ValuesOnline/Report/GetPdfReport?vehicleId={key}").ok
    statuses = []
    for _ in range(2):
        page.click(REPORT_BUTTON)
        with page.context.expect_event("response", answers_for_report) as answered:
            page.click(CREATE)
        statuses.append(answered.value.status)
        page.reload()
    assert statuses == [404, 303 if more else 200]


def test_token_call_is_sent_as_json(start: Start, page: Page) -> None:
    enter(page, start("--report-link", "token", "--call-json"))
    page.click(BOOKOUT)
    page.click(REPORT_BUTTON)
    with page.expect_request("**/PrepareReport") as asked, page.context.expect_event("request", asks_for_report):
        page.click(CREATE)
    assert asked.value.headers["content-type"] == "application/json"
    assert asked.value.post_data_json.keys() == {"reportType", "vehicleId"}


def test_report_of_a_vehicle_named_by_guid(start: Start, page: Page) -> None:
    enter(page, start("--vehicle-key", "guid", "--page-first"))
    page.click(BOOKOUT)
    page.click(REPORT_BUTTON)
    with page.context.expect_event("response", answers_for_report) as answered:
        page.click(CREATE)
    assert answered.value.ok
    assert page.url.partition("vehicleId=")[2] in answered.value.url


def test_typing_a_filter_does_nothing_until_applied(start: Start, page: Page) -> None:
    portal = start()
    enter(page, portal)
    page.fill("#StockNumberInput", "165547")
    assert portal.side("counters")["grid_callbacks"] == 0
    page.evaluate("vehicleGridViewFilterChanged('StockNumber')")
    expect(page.locator("tr.dxgvDataRow")).to_have_count(2)
    assert page.input_value("#StockNumberInput") == "165547"
    page.click("a.dxgvFilterBarLink[onclick*='ClearFilter']")
    expect(page.locator("tr.dxgvDataRow")).to_have_count(20)
    assert page.input_value("#StockNumberInput") == ""


def test_pager_buttons(start: Start, page: Page) -> None:
    enter(page, start())
    page.click("a.dxp-num:has-text('3')")
    expect(page.locator(".dxp-current")).to_have_text("3")
    page.click("a.dxp-button[title='Previous']")
    expect(page.locator(".dxp-summary")).to_have_text("Page 2 of 3 (60 items)")


def test_first_rows_by_callback_arrive(start: Start, page: Page) -> None:
    enter(page, start("--first-rows", "callback", "--grid-ms", "100"))
    expect(page.locator("tr.dxgvDataRow")).to_have_count(20)
    assert page.evaluate("vehicleGridView.GetPageCount()") == 3
