"""Reports that are asked for without their vehicle's page: right, wrong, refused; and a portal that is too busy."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from parsel import Selector

from tests.helpers.visitor import GET_PDF, INVENTORY, NEVER, Visit, Visitor, row_ids

PREPARE = "/ValuesOnline/Report/PrepareReport"
ReportRequest = Callable[[Visitor, str], httpx.Response]


def by_token(visitor: Visitor, row_id: str) -> httpx.Response:
    called = visitor.post(PREPARE, data={"vehicleId": row_id})
    return visitor.get(GET_PDF, params={"token": called.json()["token"]}) if called.status_code == 200 else called


def by_session(visitor: Visitor, row_id: str) -> httpx.Response:
    visitor.post(INVENTORY + "select", data={"vehicleId": row_id})
    return visitor.get(GET_PDF)


def by_form(visitor: Visitor, row_id: str) -> httpx.Response:
    # Any page's field will do: here it is from another vehicle's.
    field = Selector(visitor.open(vehicle(visitor, -1)).text).css("#reportForm input[name^=__]::attr(value)").get("")
    return visitor.post(GET_PDF, data={"vehicleId": row_id, "__RequestVerificationToken": field})


# Each way to ask: the portal's switches and what a client does.
WAYS: dict[str, tuple[list[str], ReportRequest]] = {
    "id": ([], Visitor.report),
    "redirect": (["--report-redirect"], Visitor.report),
    "token": (["--report-link", "token"], by_token),
    "token-redirect": (["--report-link", "token", "--report-redirect"], by_token),
    "session": (["--report-link", "session"], by_session),
    "form": (["--report-link", "form"], by_form),
}


def vehicle(visitor: Visitor, number: int = 0) -> str:
    """Return the row id of one of the first page's vehicles."""
    return list(row_ids(visitor.inventory()).values())[number]


def right(visitor: Visitor, row_id: str) -> bytes:
    return visitor.get(f"/_demo/reports/{row_id}").content


def counters(visitor: Visitor) -> dict[str, object]:
    found: dict[str, object] = visitor.get("/_demo/counters").json()
    return found


@pytest.mark.parametrize("way", WAYS)
def test_direct_wrong_strikes_the_first_direct_report(visit: Visit, way: str) -> None:
    switches, ask = WAYS[way]
    visitor = visit(*switches, "--fault", "direct-wrong@165530")
    row_id, other = vehicle(visitor), vehicle(visitor, 1)
    visitor.open(row_id)
    assert ask(visitor, row_id).content == right(visitor, row_id)
    assert ask(visitor, row_id).content == right(visitor, other)
    assert ask(visitor, row_id).content == right(visitor, row_id)
    assert ask(visitor, other).content == right(visitor, other)
    found = counters(visitor)
    assert found["direct_reports"] == 3
    assert found["faults_struck"] == {"direct-wrong": 1}


def test_sticky_direct_wrong_spares_reports_after_their_page(visit: Visit) -> None:
    visitor = visit("--fault", "direct-wrong=1", "--sticky")
    row_id = vehicle(visitor)
    for opened in (False, False, True, False, True):
        if opened:
            visitor.open(row_id)
        assert (visitor.report(row_id).content == right(visitor, row_id)) == opened


def test_token_is_as_direct_as_its_call(visit: Visit) -> None:
    visitor = visit("--report-link", "token", "--fault", "direct-wrong=1", "--sticky")
    row_id = vehicle(visitor)
    direct = visitor.post(PREPARE, data={"vehicleId": row_id}).json()["token"]
    visitor.open(row_id)
    opened = visitor.post(PREPARE, data={"vehicleId": row_id}).json()["token"]
    assert visitor.get(GET_PDF, params={"token": direct}).content != right(visitor, row_id)
    assert visitor.get(GET_PDF, params={"token": opened}).content == right(visitor, row_id)
    assert counters(visitor)["direct_reports"] == 1


def test_refused_report_leaves_the_page_opened(visit: Visit) -> None:
    visitor = visit("--page-first", "--fault", "error500@165530")
    row_id = vehicle(visitor)
    visitor.open(row_id)
    assert [visitor.report(row_id).status_code for _ in range(3)] == [500, 200, 404]


@pytest.mark.parametrize("way", WAYS)
def test_page_first_refuses_direct_requests(visit: Visit, way: str) -> None:
    switches, ask = WAYS[way]
    visitor = visit(*switches, "--page-first")
    row_id, other = vehicle(visitor), vehicle(visitor, 1)
    assert ask(visitor, row_id).status_code == 404
    visitor.open(other)
    refused = ask(visitor, row_id)
    assert refused.status_code == 404
    assert refused.headers["content-type"].startswith("text/html")
    visitor.open(row_id)
    assert ask(visitor, row_id).content == right(visitor, row_id)
    assert ask(visitor, row_id).status_code == 404
    assert counters(visitor)["direct_reports"] == 0


def test_page_first_refuses_the_call_for_a_token(visit: Visit) -> None:
    visitor = visit("--page-first", "--report-link", "token")
    assert visitor.post(PREPARE, data={"vehicleId": vehicle(visitor)}).status_code == 404
    assert counters(visitor)["tokens_given"] == 0


def test_page_that_failed_was_not_opened(visit: Visit) -> None:
    visitor = visit("--page-first", "--fault", "vehicle500@165530")
    row_id = vehicle(visitor)
    visitor.open(row_id)
    assert visitor.report(row_id).status_code == 404
    visitor.open(row_id)
    assert visitor.report(row_id).status_code == 200


def test_token_from_page_needs_no_call(visit: Visit) -> None:
    visitor = visit("--report-link", "token", "--token-from", "page", "--token-uses", "1", "--page-first")
    row_id = vehicle(visitor)
    assert visitor.post(PREPARE, data={"vehicleId": row_id}).status_code == 404
    buttons = [Selector(visitor.open(row_id).text).css("#createPdf") for _ in range(2)]
    tokens = {button.attrib["data-token"] for button in buttons}
    assert len(tokens) == 2
    assert "data-vehicle" not in buttons[0].attrib
    assert visitor.post(PREPARE, data={"vehicleId": row_id}).status_code == 404
    for token in tokens:
        assert visitor.get(GET_PDF, params={"token": token}).content == right(visitor, row_id)
        assert visitor.get(GET_PDF, params={"token": token}).status_code == 404
    found = counters(visitor)
    assert (found["tokens_given"], found["direct_reports"]) == (2, 0)


@pytest.mark.parametrize("redirect", [False, True])
def test_busy_portal_refuses_at_once(visit: Visit, redirect: bool) -> None:
    more = ["--report-redirect"] if redirect else []
    visitor = visit("--busy-above", "2", "--busy-seconds", "7", "--report-ms", NEVER, *more)
    first, second, third = (vehicle(visitor, number) for number in range(3))
    with ThreadPoolExecutor(2) as pool:
        under_way = [pool.submit(visitor.report, row_id) for row_id in (first, second)]
        while counters(visitor)["reports_total"] != 2:
            time.sleep(0.02)
        refused = visitor.report(third)
        assert not any(report.done() for report in under_way)
        visitor.post("/_demo/hurry")
        assert [report.result().status_code for report in under_way] == [200, 200]
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
    found = counters(visitor)
    assert (found["busy"], found["reports_total"], found["most_at_once"]) == (1, 2, 2)
    assert visitor.report(third).status_code == 200


def test_busy_answer_leaves_the_token_unused(visit: Visit) -> None:
    visitor = visit(
        "--busy-above", "1", "--report-ms", NEVER, "--report-link", "token", "--token-uses", "1", "--licence", "never"
    )
    tokens = [visitor.post(PREPARE, data={"vehicleId": vehicle(visitor)}).json()["token"] for _ in range(2)]
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(visitor.get, GET_PDF, params={"token": tokens[0]})
        while counters(visitor)["reports_total"] != 1:
            time.sleep(0.02)
        assert visitor.get(GET_PDF, params={"token": tokens[1]}).status_code == 429
        visitor.post("/_demo/hurry")
        assert under_way.result().status_code == 200
    assert visitor.get(GET_PDF, params={"token": tokens[1]}).status_code == 200
