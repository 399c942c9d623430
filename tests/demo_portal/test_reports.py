"""The ways to ask for a report, and the report itself."""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pypdfium2
import pytest
from parsel import Selector

from tests.helpers.visitor import GET_PDF, INVENTORY, NEVER, Start, Visit, Visitor, row_ids

PREPARE = "/ValuesOnline/Report/PrepareReport"
FORGERY = "__RequestVerificationToken"


def ids(visitor: Visitor) -> list[tuple[str, str]]:
    """Return reference and row id of the vehicles on the first page."""
    return list(row_ids(visitor.inventory()).items())


def text_of(answer: httpx.Response) -> str:
    """Return the text of a report's first page."""
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answer.content)
    try:
        assert len(document) == 2
        return str(document[0].get_textpage().get_text_bounded())
    finally:
        document.close()


def test_report_is_a_pdf_of_its_vehicle(visit: Visit) -> None:
    visitor = visit()
    for reference, row_id in ids(visitor)[:8]:
        answer = visitor.report(row_id)
        text = text_of(answer)
        labels = ("Stock #:", "Stock Number:", "Reference:", "Ref #:")
        assert any(f"{label} {reference}" in text for label in labels)
        vin = Selector(visitor.open(row_id).text).css("#vehicleVin::text").get("")
        assert vin in text
        assert 40_000 <= len(answer.content) <= 70_000


def test_report_is_the_same_each_time_and_in_each_run(visit: Visit) -> None:
    one, other = visit(), visit("--seed", "1")
    for reference, row_id in ids(one)[:3]:
        found = {hashlib.sha256(visitor.report(row_id).content).hexdigest() for visitor in (one, one, other)}
        assert found == {one.get("/_demo/sha256").json()[reference]}
        assert one.get(f"/_demo/reports/{row_id}").content == other.report(row_id).content
    assert len(set(one.get("/_demo/sha256").json().values())) == 60


def test_report_of_hostile_reference(visit: Visit) -> None:
    visitor = visit("--hostile", "10", "--vehicles", "12")
    for reference, row_id in ids(visitor):
        assert reference.strip() in text_of(visitor.report(row_id))


def test_no_label_report_names_no_vehicle(visit: Visit) -> None:
    visitor = visit("--fault", "no-label@165531")
    text = text_of(visitor.report(dict(ids(visitor))["165531"]))
    assert "Inventory item 165531" in text
    assert "VIN" not in text


def test_report_is_counted_as_made(visit: Visit) -> None:
    visitor = visit()
    (reference, row_id), *_ = ids(visitor)
    visitor.report(row_id)
    visitor.report(row_id)
    counters = visitor.get("/_demo/counters").json()
    assert counters["reports_made"] == {reference: 2}
    assert counters["reports_total"] == 2


def test_token_can_be_fetched_as_often_as_said(visit: Visit) -> None:
    single, many = visit("--report-link", "token", "--token-uses", "1"), visit("--report-link", "token")
    for visitor, second in ((single, 404), (many, 200)):
        (reference, row_id), *_ = ids(visitor)
        token = visitor.post(PREPARE, data={"vehicleId": row_id}).json()["token"]
        assert row_id not in token
        assert reference in text_of(visitor.get(GET_PDF, params={"token": token}))
        assert visitor.get(GET_PDF, params={"token": token}).status_code == second
        assert visitor.report(row_id).status_code == 404


def test_token_call_by_session_takes_the_vehicle_opened_last(visit: Visit) -> None:
    visitor = visit("--report-link", "token", "--token-call", "session")
    (_, first), (reference, second), *_ = ids(visitor)
    visitor.open(first)
    visitor.open(second)
    token = visitor.post(PREPARE).json()["token"]
    visitor.open(first)
    assert reference in text_of(visitor.get(GET_PDF, params={"token": token}))


def test_token_of_another_session_is_refused(start: Start) -> None:
    portal = start("--report-link", "token", "--licence", "never", "--accounts", "other:other")
    one, other = Visitor(portal).enter(), Visitor(portal)
    other.log_in("other", "other")
    token = one.post(PREPARE, data={"vehicleId": ids(one)[0][1]}).json()["token"]
    assert other.get(GET_PDF, params={"token": token}).status_code == 404


def test_session_report_is_of_the_vehicle_opened_last(visit: Visit) -> None:
    visitor = visit("--report-link", "session")
    (_, first), (reference, second), *_ = ids(visitor)
    assert visitor.get(GET_PDF).status_code == 404
    visitor.open(first)
    visitor.open(second)
    assert reference in text_of(visitor.get(GET_PDF))


def test_form_report_needs_post_and_field(visit: Visit) -> None:
    visitor = visit("--report-link", "form")
    (reference, row_id), *_ = ids(visitor)
    form = Selector(visitor.open(row_id).text).css("form[target=_blank]")
    fields = {field.attrib["name"]: field.attrib["value"] for field in form.css("input")}
    assert form.attrib["action"] == GET_PDF
    assert reference in text_of(visitor.post(GET_PDF, data=fields))
    assert visitor.post(GET_PDF, data=fields | {FORGERY: "wrong"}).status_code == 400
    assert visitor.report(row_id).status_code == 400


def test_report_behind_a_redirect(visit: Visit) -> None:
    visitor = visit("--report-redirect")
    (reference, row_id), *_ = ids(visitor)
    first = visitor.get(GET_PDF, params={"vehicleId": row_id}, follow_redirects=False)
    assert first.status_code == 303
    assert row_id not in first.headers["location"]
    assert reference in text_of(visitor.report(row_id))


def test_vehicle_page_by_session_shows_the_one_opened_last(visit: Visit) -> None:
    visitor = visit("--vehicle-page", "session")
    (reference, row_id), (_, other), *_ = ids(visitor)
    assert visitor.get(INVENTORY + "details").status_code == 404
    visitor.post(INVENTORY + "select", data={"vehicleId": other})
    page = visitor.get(INVENTORY + f"open/{row_id}")
    assert page.url.path == INVENTORY + "details"
    assert not page.url.query
    assert Selector(page.text).css("#vehicleReference::text").get() == reference


@pytest.mark.parametrize("redirect", [False, True])
@pytest.mark.parametrize("source", ["call", "page"])
def test_scheme_changes_after_so_many_reports(visit: Visit, source: str, redirect: bool) -> None:
    visitor = visit("--scheme-change", "2", "--token-from", source, *(["--report-redirect"] if redirect else []))
    (reference, row_id), *_ = ids(visitor)
    before = Selector(visitor.open(row_id).text).css("#createPdf").attrib
    assert (before["data-way"], before["data-vehicle"]) == ("id", row_id)
    assert [visitor.report(row_id).status_code for _ in range(3)] == [200, 200, 404]
    after = Selector(visitor.open(row_id).text).css("#createPdf").attrib
    assert after["data-way"] == "token"
    token = after.get("data-token") or visitor.post(PREPARE, data={"vehicleId": row_id}).json()["token"]
    assert ("data-token" in after) == (source == "page")
    assert reference in text_of(visitor.get(GET_PDF, params={"token": token}))
    assert visitor.get("/_demo/counters").json()["reports_made"] == {reference: 3}


def test_redirect_from_before_a_scheme_change_still_leads_to_the_file(visit: Visit) -> None:
    visitor = visit("--scheme-change", "1", "--report-redirect")
    (_, first), (reference, second), *_ = ids(visitor)
    target = visitor.get(GET_PDF, params={"vehicleId": second}, follow_redirects=False).headers["location"]
    assert visitor.report(first).status_code == 200
    assert visitor.report(second).status_code == 404
    assert reference in text_of(visitor.get(target))


@pytest.mark.parametrize(
    ("switches", "made", "most_at_once"),
    [
        ((), 3, 3),
        (("--reports-at-once", "1"), 1, 3),
        (("--serialize-session",), 1, 1),
    ],
)
def test_reports_at_once(visit: Visit, switches: tuple[str, ...], made: int, most_at_once: int) -> None:
    visitor = visit("--report-ms", NEVER, *switches)
    wanted = [row_id for _, row_id in ids(visitor)[:3]]
    with ThreadPoolExecutor(3) as pool:
        under_way = [pool.submit(visitor.report, row_id) for row_id in wanted]
        before = wait_for_counters(visitor, reports_total=made, most_at_once=most_at_once)
        assert not any(report.done() for report in under_way)
        visitor.post("/_demo/hurry")
        assert {report.result().status_code for report in under_way} == {200}
    assert before["reports_total"] == made
    after = plain_counters(visitor)
    assert (after["reports_total"], after["most_at_once"]) == (3, most_at_once)


def wait_for_counters(visitor: Visitor, **wanted: int) -> dict[str, int]:
    """Return the portal's counters once they are as wanted."""
    while not wanted.items() <= (found := plain_counters(visitor)).items():
        time.sleep(0.02)
    return found


def plain_counters(visitor: Visitor) -> dict[str, int]:
    found = visitor.get("/_demo/counters").json()
    return {name: value for name, value in found.items() if isinstance(value, int)}


@pytest.mark.parametrize(("switches", "least"), [((), 0.5), (("--pace-best", "1"), 1.4)])
def test_report_takes_its_time(visit: Visit, switches: tuple[str, ...], least: float) -> None:
    visitor = visit("--report-ms", "500", *switches)
    (_, first), (_, second), *_ = ids(visitor)
    with ThreadPoolExecutor(2) as pool:
        other = pool.submit(visitor.report, first) if switches else None
        while other and not plain_counters(visitor)["reports_total"]:
            time.sleep(0.02)
        answer = visitor.report(second)
    assert answer.elapsed.total_seconds() >= least
