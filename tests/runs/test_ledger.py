"""The durable truth: a row per vehicle."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from jdp.items import FAILED, GONE, STORED, UNPROVEN, Vehicle
from jdp.runs.ledger import Ledger, read_tracking
from jdp.runs.ledger_rows import LISTED, WANTED
from tests.helpers.parts import report, vehicle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST, SECOND, THIRD = (vehicle(number).reference for number in range(3))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Return a ledger that lists three vehicles."""
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.list_vehicles(map(vehicle, range(3)))
    yield ledger
    ledger.close()


def row(ledger: Ledger, reference: str) -> dict[str, object]:
    return next(entry._asdict() for entry in ledger.entries() if entry.reference == reference)


def test_listed_in_inventory_order(ledger: Ledger) -> None:
    ledger.list_vehicles([vehicle(2), vehicle(9), vehicle(0)])
    assert [entry.reference for entry in ledger.entries()] == [FIRST, SECOND, THIRD, vehicle(9).reference]
    assert ledger.counts()[LISTED] == 4


def test_listed_again_keeps_status_and_what_is_known(ledger: Ledger) -> None:
    ledger.settle(report(FIRST))
    ledger.list_vehicles([Vehicle(FIRST, "new-row")])
    assert ledger.status(FIRST) == STORED
    assert (row(ledger, FIRST)["vin"], row(ledger, FIRST)["description"]) == (vehicle(0).vin, vehicle(0).description)


def test_listed_again_learns_what_is_new(ledger: Ledger) -> None:
    ledger.list_vehicles([Vehicle(FIRST, "9", "OTHER", "Coup\u00e9")])
    assert (row(ledger, FIRST)["vin"], row(ledger, FIRST)["description"]) == ("OTHER", "Coup\u00e9")


def test_status_not_listed(ledger: Ledger) -> None:
    assert ledger.status("165000A") is None
    assert ledger.status("16500%") is None


def test_references_of_two_cases_are_two_vehicles(ledger: Ledger) -> None:
    ledger.list_vehicles([Vehicle("abc"), Vehicle("ABC")])
    ledger.settle(report("abc"))
    assert (ledger.status("abc"), ledger.status("ABC")) == (STORED, LISTED)


def test_want_spares_stored_and_unproven(ledger: Ledger) -> None:
    ledger.settle(report(FIRST))
    ledger.settle(report(SECOND, UNPROVEN, "no label"))
    ledger.want([FIRST, SECOND, THIRD])
    assert [ledger.status(ref) for ref in (FIRST, SECOND, THIRD)] == [STORED, UNPROVEN, WANTED]
    assert row(ledger, SECOND)["reason"] == "no label"


def test_want_forgets_an_old_reason(ledger: Ledger) -> None:
    ledger.settle(report(FIRST, FAILED, "HTTP 500"))
    ledger.want([FIRST])
    assert ledger.reasons() == []
    assert (ledger.status(FIRST), row(ledger, FIRST)["reason"]) == (WANTED, "")


def test_unwant_resets_what_was_not_got(ledger: Ledger) -> None:
    ledger.list_vehicles(map(vehicle, range(6)))
    for number, status in enumerate((FAILED, GONE, STORED, UNPROVEN)):
        ledger.settle(report(vehicle(number).reference, status, "why"))
    ledger.want([vehicle(4).reference])
    ledger.unwant()
    statuses = [ledger.status(vehicle(number).reference) for number in range(6)]
    assert statuses == [LISTED, LISTED, STORED, UNPROVEN, LISTED, LISTED]


def test_settle_writes_every_column(ledger: Ledger) -> None:
    ledger.settle(report(FIRST, FAILED, "HTTP 500"))
    ledger.settle(report(FIRST))
    written = row(ledger, FIRST)
    expected = (
        FIRST,
        vehicle(0).vin,
        vehicle(0).description,
        f"{FIRST}.pdf",
        "ab" * 32,
        40_000,
        1.5,
        1,
        STORED,
        "",
        "tab",
    )
    assert tuple(written.values())[:11] == expected
    assert written["updated"] > 0


def test_entries_of_one_status(ledger: Ledger) -> None:
    ledger.settle(report(SECOND))
    assert [entry.reference for entry in ledger.entries(STORED)] == [SECOND]


def test_forgotten_is_due_again(ledger: Ledger) -> None:
    ledger.settle(report(FIRST), report(SECOND))
    ledger.forget([FIRST])
    ledger.want([FIRST, SECOND])
    assert [ledger.status(reference) for reference in (FIRST, SECOND)] == [WANTED, STORED]
    assert row(ledger, FIRST)["file"] == ""


def test_departed_are_those_that_a_walk_did_not_meet(ledger: Ledger) -> None:
    ledger.settle(report(FIRST), report("777777", FAILED))
    ledger.list_vehicles([vehicle(0), vehicle(1)], 5.0)
    ledger.list_vehicles([vehicle(1), vehicle(9)], 9.0)
    assert ledger.depart(9.0) == [FIRST]
    assert ledger.depart(9.0) == []
    assert row(ledger, FIRST)["departed"] > 0
    assert ledger.counts() == {LISTED: 2, WANTED: 0, STORED: 0, UNPROVEN: 0, FAILED: 0, GONE: 0}


def test_departed_comes_back(ledger: Ledger) -> None:
    ledger.list_vehicles([vehicle(1)], 5.0)
    ledger.list_vehicles([vehicle(2)], 9.0)
    ledger.depart(9.0)
    ledger.list_vehicles([vehicle(1)], 12.0)
    again = row(ledger, SECOND)
    assert (again["departed"], again["last_listed"]) == (0, 12.0)


def test_facts_of_the_run(ledger: Ledger) -> None:
    ledger.note("job", "a")
    ledger.note("job", "b")
    assert (ledger.fact("job"), ledger.fact("else")) == ("b", None)


def test_ledger_of_an_older_version_gains_columns(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    database = sqlite3.connect(path)
    database.execute(
        "CREATE TABLE vehicles (position INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, status TEXT NOT NULL)"
    )
    database.execute("INSERT INTO vehicles (reference, status) VALUES (?, ?)", (FIRST, STORED))
    database.commit()
    database.close()
    ledger = Ledger(path)
    assert ledger.status(FIRST) == STORED
    ledger.settle(report(FIRST, FAILED))
    assert row(ledger, FIRST)["status"] == FAILED
    ledger.close()


def test_check_finds_a_page_that_is_garbage(ledger: Ledger) -> None:
    ledger.list_vehicles(map(vehicle, range(500)))
    ledger.check()
    ledger.close()
    data = bytearray(ledger.path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = bytes(3000)
    ledger.path.write_bytes(data)
    damaged = Ledger(ledger.path)
    with pytest.raises(sqlite3.DatabaseError):
        damaged.check()
    damaged.close()


def test_settle_vehicle_that_is_not_listed(ledger: Ledger) -> None:
    ledger.settle(report("777777", FAILED, "not in the grid"))
    assert ledger.reasons() == [("777777", "not in the grid")]


def test_settle_text_that_looks_like_sql(ledger: Ledger) -> None:
    ledger.settle(report("'; DROP TABLE vehicles; --", FAILED, "');"))
    assert ledger.counts() == {LISTED: 3, WANTED: 0, STORED: 0, UNPROVEN: 0, FAILED: 1, GONE: 0}


def test_reasons_of_failed_and_gone_in_order(ledger: Ledger) -> None:
    ledger.settle(report(THIRD, FAILED, "c"))
    ledger.settle(report(FIRST, GONE, "a"))
    ledger.settle(report(SECOND, UNPROVEN, "b"))
    assert ledger.reasons() == [(FIRST, "a"), (THIRD, "c")]


def test_vin_once_twice_and_never(ledger: Ledger) -> None:
    ledger.list_vehicles([Vehicle("A", vin="TWIN"), Vehicle("B", vin="TWIN")])
    assert [ledger.has_vin_once(vin) for vin in (vehicle(0).vin, "TWIN", "NONE")] == [True, False, False]


def test_survives_being_closed(ledger: Ledger) -> None:
    ledger.settle(report(FIRST))
    ledger.want([SECOND])
    ledger.close()
    again = Ledger(ledger.path)
    assert (again.status(FIRST), again.status(SECOND), again.status(THIRD)) == (STORED, WANTED, LISTED)
    again.close()


def test_committed_at_once(ledger: Ledger) -> None:
    ledger.settle(report(FIRST))
    other = Ledger(ledger.path)
    assert other.status(FIRST) == STORED
    other.close()


def test_listing_is_all_or_nothing(ledger: Ledger) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        ledger.list_vehicles([Vehicle("new"), Vehicle(None)])  # type: ignore[arg-type]
    assert ledger.status("new") is None
    ledger.list_vehicles([Vehicle("new")])
    assert ledger.status("new") == LISTED


def test_closed_raises(ledger: Ledger) -> None:
    ledger.close()
    with pytest.raises(sqlite3.ProgrammingError):
        ledger.counts()


def test_tracking_names_stored_files_only(ledger: Ledger) -> None:
    ledger.settle(report(FIRST))
    unproven = report(SECOND, UNPROVEN)
    unproven.file = "run_data/unproven/x.pdf"
    ledger.settle(unproven)
    assert dict(read_tracking(ledger.path)) == {FIRST: f"{FIRST}.pdf", SECOND: None, THIRD: None}
    assert [reference for reference, _ in read_tracking(ledger.path)] == [FIRST, SECOND, THIRD]
