"""What is wanted, what is there, and that nothing is lost or doubled on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jdp.runs.storage import safe_name
from tests.helpers.crawls import crawl, running_portal

if TYPE_CHECKING:
    from pathlib import Path


def test_filter_repeated_rows_moving_rows_hostile_references(tmp_path: Path) -> None:
    options = ("--saved-filter", "1655", "--duplicates", 3, "--moving", 3, "--hostile", 9, "--page-size", 5)
    with running_portal("--vehicles", 24, *options) as portal:
        result = crawl(portal, tmp_path)
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
        assert set(portal.counters["reports_made"].values()) == {1}
    assert all(path.parent == result.run / "pdfs" for path in tmp_path.rglob("*.pdf"))
    assert "A saved filter was on" in result.output


def test_refs_and_a_file_of_refs(tmp_path: Path) -> None:
    with running_portal("--vehicles", 10, "--page-size", 4) as portal:
        references = sorted(portal.sha256)
        wanted = tmp_path / "wanted.csv"
        wanted.write_text(f"Make,Reference Number\nFord,{references[7]}\n", encoding="utf-8-sig")
        result = crawl(portal, tmp_path / "d", "-a", f"refs={references[1]}, 999999", "-a", f"refs_file={wanted}")
    assert result.exit_status == 1
    assert set(result.digests) == {references[1], references[7]}
    assert "999999" in result.output
    assert result.manifest["999999"]["status"] == "failed"


def test_csv_export_is_held_against_the_grid(tmp_path: Path) -> None:
    options = ("--csv-bom", "--csv-missing", 2, "--csv-extra", 1)
    with running_portal("--vehicles", 8, *options) as portal:
        result = crawl(portal, tmp_path, "-a", "source=csv")
    assert result.exit_status == 1
    assert len(result.digests) == 8
    assert "1 vehicles are in the CSV export, but not in the grid" in result.output
    assert "2 vehicles are in the grid, but not in the CSV export" in result.output


def test_vehicles_under_one_number_are_told_apart_by_their_vins(tmp_path: Path) -> None:
    with running_portal("--vehicles", 6, "--page-size", 2, "--twins", 2) as portal:
        job = ("-s", f"JOBDIR={tmp_path / 'job'}")
        result = crawl(portal, tmp_path / "d", *job, "-a", "source=csv")
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
        assert portal.counters["reports_total"] == 6
        twins = [row for row in result.manifest.values() if row["number"]]
        assert [row["reference"] for row in twins] == [f"{row['number']}-{row['vin']}" for row in twins]
        assert len(twins) == 2
        assert "Several vehicles stand under the reference number" in result.output
        again = crawl(portal, tmp_path / "d", *job)
        assert (again.exit_status, again.metrics["already"], portal.counters["reports_total"]) == (0, 6, 6)


def test_vehicles_under_one_number_without_vins_are_unproven(tmp_path: Path) -> None:
    with running_portal("--vehicles", 6, "--page-size", 2, "--twins", 1, "--columns", "no-vin") as portal:
        result = crawl(portal, tmp_path)
    assert result.exit_status == 1
    assert len(result.digests) == 4
    unproven = [row for row in result.manifest.values() if row["status"] == "unproven"]
    assert [row["number"] for row in unproven] == ["", unproven[0]["reference"]]
    assert all("no VIN tells whose report it is" in row["reason"] for row in unproven)


def test_csv_export_that_agrees(tmp_path: Path) -> None:
    with running_portal("--vehicles", 6, "--licence", "always") as portal:
        result = crawl(portal, tmp_path, "-a", "source=csv")
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)


def test_feed_and_files_of_a_run(tmp_path: Path) -> None:
    feed, store = tmp_path / "feed.json", tmp_path / "store"
    with running_portal("--vehicles", 4) as portal:
        result = crawl(portal, tmp_path / "d", "-o", str(feed), FILES_STORE=store)
        digests = portal.sha256
    lines = {row["reference"]: row for row in json.loads(feed.read_text(encoding="utf-8"))}
    assert {reference: row["sha256"] for reference, row in lines.items()} == digests
    assert all("body" not in row for row in lines.values())
    tracking = json.loads((result.run / "run_data" / "tracking.json").read_text(encoding="utf-8"))
    assert tracking == {reference: f"{reference}.pdf" for reference in digests}
    assert {path.stem for path in (store / safe_name("dealer") / result.run.name).iterdir()} == set(digests)
    assert not list((result.run).glob("pdfs/*"))


def test_store_that_cannot_be_used_is_no_start(tmp_path: Path) -> None:
    """Scrapy would switch the pipeline off and go on."""
    with running_portal("--vehicles", 1) as portal:
        result = crawl(portal, tmp_path, FILES_STORE="gs://bucket/reports")
        assert portal.counters["login_attempts"] == 0
    assert result.exit_status == 2, result.output
    assert "FILES_STORE=gs://bucket/reports" in result.output
    assert "cannot be used: No module named 'google'" in result.output
    assert "Traceback" not in result.output


def test_unknown_argument_is_named(tmp_path: Path) -> None:
    result = crawl("http://127.0.0.1:9/ValuesOnline/", tmp_path, "-a", "reference=165530")
    assert result.exit_status == 2
    assert "unknown argument reference" in result.output
    assert not list(tmp_path.iterdir())


def test_bad_setting_is_said_before_anything_starts(tmp_path: Path) -> None:
    result = crawl("http://127.0.0.1:9/ValuesOnline/", tmp_path / "d", HEADLESS="perhaps")
    assert result.exit_status == 2
    assert "HEADLESS='perhaps' is neither true nor false" in result.output
    assert not (tmp_path / "d").exists()


def test_renamed_selector_is_named_with_its_page(tmp_path: Path) -> None:
    with running_portal("--vehicles", 3, "--selector-change", "Reference=Unit") as portal:
        result = crawl(portal, tmp_path)
        assert portal.counters["sessions_open"] == 0
    assert result.exit_status == 2
    assert "inventory page" in result.output
    assert "tr[id*='_DXHeadersRow'] > *" in result.output
    shown = result.run / "run_data" / "evidence" / "page-inventory"
    assert sorted(path.name for path in shown.iterdir()) == ["expected.txt", "page.html", "screenshot.png"]
