"""Each fault as a client meets it."""

import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest
from parsel import Selector

from tests.helpers.visitor import LIMIT, LOGIN, ROOT, PortalProcess, Visit, Visitor, row_ids

# One portal serves most tests of this file: each fault has a vehicle of its own, each test an account.
PLACES = {
    "error500": "165530",
    "busy429": "165531",
    "empty": "165533",
    "cut": "165535",
    "drop": "165537",
    "wrong": "165538",
    "html": "165541",
    "slow": "165543",
    "lost-session": "165547",
    "vehicle500": "165547B",
    "gone": "165550",
}
Struck = Callable[[str], tuple[Visitor, str]]


@pytest.fixture(scope="module")
def faulty(portals: list[PortalProcess]) -> PortalProcess:
    """Start the portal with all the faults."""
    places = (*PLACES.items(), ("vehicle-never-ready", PLACES["vehicle500"]))
    faults = [word for name, reference in places for word in ("--fault", f"{name}@{reference}")]
    accounts = ",".join(f"{name}:demo" for name in PLACES)
    portals.append(PortalProcess("--slow-seconds", "0.3", "--accounts", accounts, *faults))
    return portals[-1]


@pytest.fixture
def struck(faulty: PortalProcess) -> Struck:
    """Sign in for the test of one fault; return a visitor and the row id of the vehicle it strikes."""

    def signed_in(name: str) -> tuple[Visitor, str]:
        visitor = Visitor(faulty).enter(name)
        return visitor, row_ids(visitor.inventory())[PLACES[name]]

    return signed_in


def right(visitor: Visitor, row_id: str) -> bytes:
    return visitor.get(f"/_demo/reports/{row_id}").content


@pytest.mark.parametrize(("name", "status", "made"), [("error500", 500, 1), ("busy429", 429, 1), ("empty", 200, 2)])
def test_fault_strikes_the_first_try_only(struck: Struck, name: str, status: int, made: int) -> None:
    visitor, row_id = struck(name)
    first, second = visitor.report(row_id), visitor.report(row_id)
    assert first.status_code == status
    assert (first.headers.get("retry-after") == "1") == (name == "busy429")
    assert second.content == right(visitor, row_id)
    counters = visitor.get("/_demo/counters").json()
    assert counters["reports_made"][PLACES[name]] == made
    assert counters["faults_struck"][name] == 1


def test_sticky_fault_strikes_each_try(visit: Visit) -> None:
    visitor = visit("--fault", "error500@165530", "--sticky")
    row_id = row_ids(visitor.inventory())["165530"]
    assert [visitor.report(row_id).status_code for _ in range(3)] == [500, 500, 500]


def test_sticky_fault_beside_one_that_strikes_once(visit: Visit) -> None:
    visitor = visit("--fault", "error500@165530,165531", "--sticky-fault", "html@165530")
    once, stays = (row_ids(visitor.inventory())[reference] for reference in ("165531", "165530"))
    assert [visitor.report(once).status_code for _ in range(3)] == [500, 200, 200]
    assert [visitor.report(stays).status_code for _ in range(2)] == [500, 200]
    assert {visitor.report(stays).content[:5] == b"%PDF-" for _ in range(3)} == {False}


def test_cut_report_is_announced_as_whole(struck: Struck) -> None:
    visitor, row_id = struck("cut")
    cut, whole = visitor.report(row_id).content, right(visitor, row_id)
    assert len(cut) < len(whole)
    assert whole.startswith(cut)


def test_dropped_report_breaks_off(struck: Struck) -> None:
    visitor, row_id = struck("drop")
    with pytest.raises(httpx.RemoteProtocolError):
        visitor.report(row_id)
    assert visitor.report(row_id).content == right(visitor, row_id)


def test_wrong_report_is_of_another_vehicle(struck: Struck) -> None:
    visitor, row_id = struck("wrong")
    others = [right(visitor, other) for other in row_ids(visitor.inventory()).values() if other != row_id]
    assert visitor.report(row_id).content in others


def test_html_instead_of_report(struck: Struck) -> None:
    visitor, row_id = struck("html")
    answer = visitor.report(row_id)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


def test_slow_report_arrives_whole(struck: Struck) -> None:
    visitor, row_id = struck("slow")
    answer = visitor.report(row_id)
    assert answer.content == right(visitor, row_id)
    assert answer.elapsed.total_seconds() >= 0.3


def test_no_answer_holds_the_connection(visit: Visit) -> None:
    visitor = visit("--fault", "no-answer@165530", "--serialize-session")
    row_id = row_ids(visitor.inventory())["165530"]
    with pytest.raises(httpx.ReadTimeout):
        visitor.get("/ValuesOnline/Report/GetPdfReport", params={"vehicleId": row_id}, timeout=0.2)
    assert visitor.report(row_id).content == right(visitor, row_id)


def test_lost_session_frees_the_account(struck: Struck) -> None:
    visitor, row_id = struck("lost-session")
    assert visitor.report(row_id).url.path == LOGIN
    assert visitor.enter("lost-session").report(row_id).content == right(visitor, row_id)


def test_vehicle_page_faults(struck: Struck) -> None:
    visitor, row_id = struck("vehicle500")
    assert [visitor.open(row_id).status_code for _ in range(2)] == [500, 200]
    values = Selector(visitor.open(row_id).text).css("#vehicleValues::attr(data-values)").get("")
    assert [visitor.get(values).json()["ready"] for _ in range(2)] == [False, True]


def test_gone_vehicle_says_so(struck: Struck) -> None:
    visitor, row_id = struck("gone")
    for _ in range(2):
        page = visitor.open(row_id)
        assert page.status_code == 404
        assert "has been sold" in page.text
    assert visitor.report(row_id).status_code == 404


def test_faults_by_rate_strike_distinct_vehicles(visit: Visit) -> None:
    names = ("error500", "busy429", "empty", "cut", "html", "wrong")
    visitor = visit(*(word for name in names for word in ("--fault", f"{name}=0.1")), "--page-size", "60")
    vehicles = row_ids(visitor.inventory()).values()
    firsts = [visitor.report(row_id).content for row_id in vehicles]
    bad = [content != right(visitor, row_id) for content, row_id in zip(firsts, vehicles, strict=True)]
    assert sum(bad) == 36
    assert visitor.get("/_demo/counters").json()["faults_struck"] == dict.fromkeys(names, 6)
    assert all(visitor.report(row_id).content == right(visitor, row_id) for row_id in vehicles)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["unknown=0.1", "cut", "cut="])
def test_unknown_fault_is_refused(text: str) -> None:
    command = [sys.executable, "-m", "demo_portal", "--fault", text]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode != 0
    assert "--fault" in done.stderr
