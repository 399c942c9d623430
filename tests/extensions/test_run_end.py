"""What is said at the end: the table, the manifest, the exit status."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import logging
import shlex
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from jdp.extensions.run_end import RunEnd
from jdp.inventory import Inventory
from jdp.items import FAILED, GONE, UNPROVEN, Vehicle
from jdp.monitoring.end_table import REASONS_SHOWN, table
from jdp.monitoring.metrics import Metrics
from jdp.portal.pages.grid import GridReading
from jdp.runs.lists import MANIFEST, manifest_of
from jdp.utils.csv_text import FORMULA, harmless
from tests.helpers.parts import report, stats, store, vehicle

if TYPE_CHECKING:
    from collections.abc import Callable

    from jdp.runs.run import Run

FINE: dict[str, Any] = {
    "finish_reason": "finished",
    "message": "",
    "inventory": 3,
    "inventory_complete": True,
    "stored": 3,
    "already": 0,
    "unproven": 0,
    "failed": 0,
    "gone": 0,
    "open": 0,
    "seconds": 61.2,
    "vehicles_an_hour": 176.4,
}


def read(run: Run, *, count: int) -> Inventory:
    """Return the inventory as the spider has read it: `count` vehicles."""
    inventory = Inventory(run)
    assert inventory.next_chunk is not None
    reading = GridReading(list(map(vehicle, range(count))), count, 0, pages=1, total=count, cleared=False)
    list(inventory.read(inventory.next_chunk, reading))
    return inventory


def summary_of(run: Run, inventory: Inventory | None = None, **values: object) -> RunEnd:
    """Return the summary at the end of a crawl that left these stats, over a stand-in for its crawler."""
    collector = stats()
    for name, value in values.items():
        collector.set_value(name.replace("jdp_", "jdp/"), value)
    spider = SimpleNamespace(inventory=inventory) if inventory else SimpleNamespace()
    crawler = SimpleNamespace(stats=collector, spider=spider, get_extension=lambda _: None)
    return RunEnd(crawler, run)


def rows_of(run: Run) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(manifest_of(run.ledger).decode("utf-8-sig"), newline="")))


# Exit status


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 0),
        ({"already": 3, "stored": 0}, 0),
        ({"unproven": 1}, 1),
        ({"failed": 1}, 1),
        ({"gone": 1}, 1),
        ({"open": 1}, 1),
        ({"inventory_complete": False}, 1),
        ({"inventory": 0}, 1),
        ({"finish_reason": "shutdown"}, 1),
        ({"finish_reason": "shutdown", "inventory": 0}, 1),
        ({"finish_reason": "closespider_timeout"}, 1),
        ({"finish_reason": "storage_failed"}, 1),
        ({"finish_reason": "session_lost"}, 1),
        ({"finish_reason": "inventory_unreadable"}, 1),
        ({"finish_reason": "inventory_unreadable", "inventory": 0}, 2),
        ({"finish_reason": "portal_unreachable", "inventory": 0}, 2),
        ({"finish_reason": "login_refused", "inventory": 0}, 2),
        ({"finish_reason": "active_session", "inventory": 0}, 2),
        ({"finish_reason": "login_unknown", "inventory": 0}, 2),
    ],
)
def test_exit_status(changes: dict[str, Any], status: int) -> None:
    assert Metrics(**{**FINE, **changes}).exit_status == status


def test_exit_status_login_refused_when_the_session_was_renewed() -> None:
    assert Metrics(**{**FINE, "finish_reason": "login_refused", "open": 2}).exit_status == 1


# Metrics


def test_metrics_count_this_run_apart(open_run: Callable[..., Run], tmp_path: object) -> None:
    first = open_run(tmp_path / "job")
    first.ledger.list_vehicles(map(vehicle, range(5)))
    store(first, vehicle(0).reference)
    first.close(clean=True)
    run = open_run(tmp_path / "job")
    inventory = read(run, count=6)
    for number, status in enumerate(("stored", UNPROVEN, FAILED, GONE)):
        run.ledger.settle(report(vehicle(number + 1).reference, status))
    stats_left = {"jdp_logins": 2, "jdp_logouts": 1, "jdp_reports/stored": 1}
    metrics = summary_of(run, inventory, finish_reason="finished", **stats_left).measure()
    names = ("stored", "already", "unproven", "failed", "gone", "open", "inventory", "logins", "logouts", "exit_status")
    assert [getattr(metrics, name) for name in names] == [1, 1, 1, 1, 1, 1, 6, 2, 1, 1]


def test_metrics_of_a_run_cut_short_count_what_is_open(run: Run) -> None:
    inventory = read(run, count=5)
    run.ledger.settle(report(vehicle(0).reference))
    metrics = summary_of(run, inventory, finish_reason="shutdown", **{"jdp_reports/stored": 1}).measure()
    assert (metrics.stored, metrics.open, metrics.exit_status) == (1, 4, 1)


def test_metrics_before_the_spider_began(run: Run) -> None:
    message = "It cannot be reached"
    metrics = summary_of(run, finish_reason="portal_unreachable", jdp_stop_message=message).measure()
    assert (metrics.inventory, metrics.inventory_complete, metrics.exit_status) == (0, False, 2)
    assert metrics.message == message


def test_end_writes_both_files_and_one_result_line(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    inventory = read(run, count=4)
    for number in range(4):
        store(run, vehicle(number).reference)
    summary = summary_of(run, inventory, finish_reason="finished", **{"jdp_reports/stored": 4})
    summary.tell()
    assert summary.exit_status == 0
    assert json.loads((run.data / "metrics.json").read_text())["stored"] == 4
    assert (run.data / "manifest.csv").read_bytes() == manifest_of(run.ledger)
    assert "Result: exit_status=0 reason=finished inventory=4 stored=4 already=0" in caplog.text


def test_unproven_reports_are_pointed_at(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    inventory = read(run, count=1)
    run.ledger.settle(report(vehicle(0).reference, UNPROVEN))
    summary_of(run, inventory, finish_reason="finished").tell()
    assert str(run.data / "unproven") in caplog.text


def test_exit_status_of_a_run_without_a_balance_is_incomplete(run: Run) -> None:
    assert summary_of(run).exit_status == 1


# The table


def test_table_says_each_figure(run: Run) -> None:
    text = table(Metrics(**{**FINE, "failed": 1, "gone": 2}), run)
    lines = {line[:26].strip(): line[27:] for line in text.splitlines()}
    assert lines["Vehicles in the inventory"] == "3"
    assert lines["Failed"] == "3"
    assert lines["Wall time"] == "1 min 1 s"
    assert lines["Vehicles an hour"] == "176"
    assert lines["Reports are in"] == run.files_store
    assert lines["Everything else is in"] == str(run.data)


def test_table_names_reasons_and_how_many_more(run: Run) -> None:
    for number in range(REASONS_SHOWN + 3):
        run.ledger.settle(report(vehicle(number).reference, FAILED, f"HTTP 5{number:02}"))
    text = table(Metrics(**FINE), run)
    assert "165000" in text
    assert "HTTP 519" in text
    assert "HTTP 520" not in text
    assert "and 3 more" in text


def test_table_is_ascii_whatever_the_site_says(run: Run) -> None:
    run.ledger.settle(report("16\u00e9\u8eca", FAILED, "\u201cno\u201d\nreally\x1b[31m"))
    text = table(Metrics(**{**FINE, "message": "Zugang gesperrt: \u00fcberf\u00e4llig\x07"}), run)
    assert text.isascii()
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "really" in next(line for line in text.splitlines() if line.startswith("  16"))


def test_table_is_ascii_in_a_folder_that_is_not(open_run: Callable[..., Run], tmp_path: object) -> None:
    run = open_run(DOWNLOAD_FOLDER=str(tmp_path / "\u00dcbersicht"))
    assert table(Metrics(**{**FINE, "finish_reason": "shutdown"}), run).isascii()


def test_table_says_how_to_go_on(open_run: Callable[..., Run]) -> None:
    open_run()
    run = open_run()
    assert run.folder.name.endswith("(2)")
    text = table(Metrics(**{**FINE, "finish_reason": "shutdown"}), run)
    assert "shutdown" in text
    assert f"JOBDIR={run.job_folder}" in shlex.split(text.splitlines()[-1].partition("go on with ")[2])


def test_table_of_a_finished_run_has_no_last_word(run: Run) -> None:
    assert "stopped" not in table(Metrics(**FINE), run)


def test_table_of_a_run_that_never_began(run: Run) -> None:
    never = {**FINE, "inventory": 0, "finish_reason": "login_refused", "message": "Refus\u00e9"}
    text = table(Metrics(**never), run)
    assert text.isascii()
    assert "Nothing was downloaded. Refus\\xe9" in text
    assert str(run.data / "run.log") in text


# The manifest


def test_manifest_row_for_each_vehicle(run: Run) -> None:
    run.ledger.list_vehicles(map(vehicle, range(3)))
    run.ledger.settle(report(vehicle(1).reference))
    rows = rows_of(run)
    assert list(rows[0]) == [*MANIFEST, "way", "evidence", "departed"]
    assert [row["reference"] for row in rows] == [vehicle(number).reference for number in range(3)]
    assert [row["status"] for row in rows] == ["listed", "stored", "listed"]
    assert rows[1]["bytes"] == "40000"
    assert rows[1]["departed"] == ""


def test_manifest_says_since_when_a_vehicle_is_gone(run: Run) -> None:
    run.ledger.list_vehicles([vehicle(0)], 5.0)
    run.ledger.list_vehicles([vehicle(1)], 9.0)
    run.ledger.depart(9.0)
    assert [row["departed"][:2] for row in rows_of(run)] == ["20", ""]


def test_manifest_begins_with_a_byte_order_mark(run: Run) -> None:
    assert manifest_of(run.ledger).startswith(b"\xef\xbb\xbf" + b"reference,vin")


@pytest.mark.parametrize("start", FORMULA)
def test_manifest_runs_no_formula(run: Run, start: str) -> None:
    run.ledger.list_vehicles([Vehicle("165530", description=f"{start}HYPERLINK(1)"), Vehicle(f"{start}1+1", vin="X")])
    cells = [cell for row in rows_of(run) for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(start)]
    assert f"'{start}1+1" in cells


def test_manifest_cells_with_commas_quotes_and_lines(run: Run) -> None:
    hostile = 'Coup\u00e9 "GT", 2\nlines; \u8eca'
    run.ledger.list_vehicles([Vehicle("165530", description=hostile)])
    assert rows_of(run)[0]["description"] == hostile


def test_harmless_leaves_numbers_and_plain_text() -> None:
    assert [harmless(cell) for cell in (-1.5, 7, "165530", "a=b", "")] == [-1.5, 7, "165530", "a=b", ""]


def test_run_is_let_go_whatever_fails_at_its_end(run: Run) -> None:
    end = summary_of(run, finish_reason="finished")
    end.checks = SimpleNamespace(run_all=lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(end.engine_stopped())
    assert not run.job._lock.is_locked
