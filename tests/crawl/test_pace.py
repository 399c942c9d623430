"""The number of reports at once follows what the site takes."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING

from tests.helpers.crawls import crawl, running_portal, start_crawl

if TYPE_CHECKING:
    from pathlib import Path

CEILING = ("-s", "CONCURRENT_REQUESTS=12")


def test_pace_stays_under_what_the_site_refuses(tmp_path: Path) -> None:
    with running_portal("--vehicles", 120, "--report-ms", 100, "--busy-above", 4) as portal:
        result = crawl(portal, tmp_path, *CEILING)
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
        # What the site sees: on a busy machine more may be under way here than reach it.
        assert portal.counters["busy"] < 20


def test_pace_rises_to_the_ceiling_where_nothing_slows(tmp_path: Path) -> None:
    # So slow that what this machine adds to a report is little beside it.
    with running_portal("--vehicles", 80, "--report-ms", 2000) as portal:
        result = crawl(portal, tmp_path, *CEILING)
        assert result.exit_status == 0, result.output
        assert portal.counters["most_at_once"] == 12


def test_fixed_number(tmp_path: Path) -> None:
    with running_portal("--vehicles", 30, "--report-ms", 100) as portal:
        result = crawl(portal, tmp_path, "-s", "CONCURRENT_REQUESTS=3", ADAPTIVE_CONCURRENCY="false")
        assert result.exit_status == 0, result.output
        assert portal.counters["most_at_once"] == 3


def test_first_report_is_stored_while_the_second_page_is_being_read(tmp_path: Path) -> None:
    with running_portal("--vehicles", 40, "--page-size", 20, "--grid-ms", 4000) as portal:
        process = start_crawl(portal.url, tmp_path, *CEILING)
        while process.poll() is None and not list(tmp_path.glob("*/pdfs/*.pdf")):
            time.sleep(0.02)
        with contextlib.closing(sqlite3.connect(next(tmp_path.glob("*/run_data/ledger.sqlite")))) as ledger:
            listed = ledger.execute("SELECT COUNT(*) FROM vehicles").fetchone()[0]
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
    assert listed == 20
