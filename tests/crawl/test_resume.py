"""What -s JOBDIR promises: the same command goes on where the last one ended."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.crawls import Portal, crawl, running_portal, start_crawl

OLD_JOBDIR = Path(__file__).parent.parent / "fixtures" / "jobdir-1.0.0"


def stop_in_the_middle(portal: Portal, folder: Path, job: Path, how: signal.Signals) -> str:
    """Start a crawl and send it a signal once a few reports are stored."""
    process = start_crawl(portal.url, folder, "-s", f"JOBDIR={job}")
    while process.poll() is None and len(list(folder.glob("*/pdfs/*.pdf"))) < 5:
        assert portal.counters["logins"] <= 1
        time.sleep(0.05)
    process.send_signal(how)
    output, _ = process.communicate(timeout=60)
    return output


@pytest.mark.threaded
def test_resume_after_interrupt(tmp_path: Path) -> None:
    with running_portal("--vehicles", 30, "--report-ms", 100) as portal:
        stop_in_the_middle(portal, tmp_path / "d", tmp_path / "job", signal.SIGINT)
        stored = len(list(tmp_path.glob("d/*/pdfs/*.pdf")))
        assert 5 <= stored < 30
        result = crawl(portal, tmp_path / "d", "-s", f"JOBDIR={tmp_path / 'job'}")
        counters = portal.counters
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert len(result.runs) == 1
    assert set(counters["reports_made"].values()) == {1}
    assert counters["logins"] == counters["logouts"] == 2
    assert result.metrics["already"] == stored
    assert "Resuming crawl" in result.output


@pytest.mark.threaded
def test_resume_after_kill(tmp_path: Path) -> None:
    with running_portal("--vehicles", 30, "--report-ms", 100, "--lock-seconds", 1) as portal:
        stop_in_the_middle(portal, tmp_path / "d", tmp_path / "job", signal.SIGKILL)
        result = crawl(portal, tmp_path / "d", "-s", f"JOBDIR={tmp_path / 'job'}")
        counters = portal.counters
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert "did not end cleanly" in result.output
    assert counters["reports_total"] <= 30 + 5


def test_max_downloads_takes_the_next_ones(tmp_path: Path) -> None:
    with running_portal("--vehicles", 10, "--page-size", 4) as portal:
        arguments = ("-s", f"JOBDIR={tmp_path / 'job'}", "-a", "max_downloads=4")
        stored = [crawl(portal, tmp_path / "d", *arguments).metrics["stored"] for _ in range(3)]
        result = crawl(portal, tmp_path / "d", "-s", f"JOBDIR={tmp_path / 'job'}")
        assert stored == [4, 4, 2]
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
        assert set(portal.counters["reports_made"].values()) == {1}


def test_second_run_on_one_jobdir_is_refused(tmp_path: Path) -> None:
    with running_portal("--vehicles", 60, "--report-ms", 200) as portal:
        job = f"JOBDIR={tmp_path / 'job'}"
        first = start_crawl(portal.url, tmp_path / "d", "-s", job)
        assert first.stdout is not None
        for line in first.stdout:
            if "Logged in" in line:
                break
        second = crawl(portal, tmp_path / "d", "-s", job)
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=60)
    assert second.exit_status == 2
    assert "another run is at work" in second.output
    assert "Traceback" not in second.output


def test_failed_vehicles_are_tried_again_by_the_next_run(tmp_path: Path) -> None:
    job = f"JOBDIR={tmp_path / 'job'}"
    with running_portal("--vehicles", 6, "--fault=error500=0.4", "--sticky") as portal:
        result = crawl(portal, tmp_path / "d", "-s", job, RETRY_TIMES=1, DIRECT_REPORTS="false")
        failed = result.metrics["failed"]
        assert failed > 0
        assert result.exit_status == 1
        assert "HTTP 500" in result.output
        assert portal.counters["faults_struck"]["error500"] == 2 * failed
        again = crawl(portal, tmp_path / "d", "-s", job, RETRY_TIMES=0, DIRECT_REPORTS="false")
        assert portal.counters["faults_struck"]["error500"] == 3 * failed
    assert again.metrics["already"] == 6 - failed


def lay_out_old_jobdir(portal: Portal, folder: Path) -> Path:
    """Copy the old JOBDIR and its run folder, as if they had been written here, for this portal; return the JOBDIR."""
    job, run, owner = folder / "job", folder / "d" / "2026-11-25", f"dealer at {portal.url}"
    shutil.copytree(OLD_JOBDIR / "job", job)
    shutil.copytree(OLD_JOBDIR / "run", run)
    record = json.loads((job / "job.json").read_bytes()) | {"folder": str(run), "owner": owner}
    del record["digest"]
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
    (job / "job.json").write_text(json.dumps({"digest": digest, **record}), encoding="utf-8")
    with closing(sqlite3.connect(run / "run_data" / "ledger.sqlite")) as ledger, ledger:
        facts = {"owner": owner, "job": str(job)}
        ledger.executemany(
            "UPDATE facts SET value = ? WHERE name = ?", [(value, name) for name, value in facts.items()]
        )
    return job


def test_resume_a_jobdir_of_an_earlier_version(tmp_path: Path) -> None:
    with running_portal("--vehicles", 8) as portal:
        job = lay_out_old_jobdir(portal, tmp_path)
        result = crawl(portal, tmp_path / "d", "-s", f"JOBDIR={job}")
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
        assert portal.counters["reports_total"] == 5
    assert "is set aside: it was made by an earlier jdp" in result.output
    assert len(result.runs) == 1
    assert result.metrics["already"] == 3
