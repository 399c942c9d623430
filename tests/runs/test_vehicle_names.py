"""Vehicles under one reference number, told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp.items import Vehicle
from jdp.runs.ledger import Ledger
from jdp.runs.vehicle_names import VehicleNames, parts_of
from tests.helpers.parts import report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NUMBER = "165530"
ONE, OTHER = "1HGCM82633A000001", "1HGCM82633A000002"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    yield ledger
    ledger.close()


def walk(ledger: Ledger, *rows: tuple[str, str]) -> list[str]:
    """Name rows of row id and VIN, each read by itself, and list them; return their names."""
    names, found = VehicleNames(ledger), []
    for row_id, vin in rows:
        named = names.name([Vehicle(NUMBER, row_id, vin)])
        ledger.list_vehicles(named)
        found += named
    assert {vehicle.shown for vehicle in found} <= {NUMBER}
    return [vehicle.reference for vehicle in found]


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([("7", ONE)], [NUMBER]),
        ([("7", ONE), ("7", ONE)], [NUMBER, NUMBER]),
        ([("7", ONE), ("8", ONE)], [NUMBER, NUMBER]),  # one car, whatever its rows
        ([("7", ONE), ("8", OTHER)], [NUMBER, f"{NUMBER}-{OTHER}"]),
        ([("7", ""), ("8", "")], [NUMBER, f"{NUMBER}-8"]),
        ([("7", ""), ("8", ""), ("7", ""), ("8", "")], [NUMBER, f"{NUMBER}-8"] * 2),
        ([("7", ONE), ("8", "")], [NUMBER, f"{NUMBER}-8"]),
        ([("8", ""), ("7", ONE)], [NUMBER, f"{NUMBER}-{ONE}"]),
        ([("", ""), ("", "")], [NUMBER, NUMBER]),
        ([("", ONE), ("", OTHER)], [NUMBER, f"{NUMBER}-{OTHER}"]),
    ],
)
def test_names_of_one_walk(ledger: Ledger, rows: list[tuple[str, str]], names: list[str]) -> None:
    assert walk(ledger, *rows) == names


@pytest.mark.parametrize("vins", [(ONE, OTHER), ("", ""), (ONE, "")])
def test_names_stay_in_the_next_run_in_any_order(ledger: Ledger, vins: tuple[str, str]) -> None:
    rows = list(zip(("7", "8"), vins, strict=True))
    before = walk(ledger, *rows)
    assert walk(ledger, *reversed(rows)) == before[::-1]
    assert len(list(ledger.entries())) == 2


def test_ids_of_rows_that_are_others_in_the_next_run(ledger: Ledger) -> None:
    walk(ledger, ("7", ""))
    assert walk(ledger, ("70", "")) == [NUMBER]


def test_number_that_a_new_vehicle_took_over(ledger: Ledger) -> None:
    walk(ledger, ("7", ONE))
    ledger.depart(1.0)
    assert walk(ledger, ("8", OTHER)) == [f"{NUMBER}-{OTHER}"]
    assert not ledger.is_shared(NUMBER)


def test_row_without_a_vin_is_not_taken_for_the_one_behind_it(ledger: Ledger) -> None:
    walk(ledger, ("7", ONE))
    assert walk(ledger, ("9", ""), ("7", ONE)) == [f"{NUMBER}-9", NUMBER]


def test_stored_by_its_number_alone_is_doubtful(ledger: Ledger) -> None:
    names = VehicleNames(ledger)
    ledger.list_vehicles(names.name([Vehicle(NUMBER, "7", ONE)]))
    ledger.settle(report(NUMBER))
    assert list(names.doubtful([Vehicle(NUMBER)])) == []
    other = names.name([Vehicle(NUMBER, "8", OTHER)])
    ledger.list_vehicles(other)
    assert [vehicle.row_id for vehicle in names.doubtful(other)] == ["7"]
    stored = report(NUMBER)
    stored.by_vin = True
    ledger.settle(stored)
    assert list(names.doubtful(other)) == []


def test_parts_of_a_files_name() -> None:
    assert parts_of(f"{NUMBER}-{ONE}") == (NUMBER, ONE)
    assert parts_of("165530-48213007") == ("", "")
