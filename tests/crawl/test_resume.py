"""What -s JOBDIR promises: the same command goes on where the last one ended."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tests.utils import Portal, crawl, running_portal, start_crawl

if TYPE_CHECKING:
    from pathlib import Path


def stop_in_the_middle(portal: Portal, folder: Path, job: Path, how: signal.Signals) -> str:
    """Start a crawl and send it a signal once a few reports are stored."""
    process = start_crawl(portal.url, folder, "-s", f"JOBDIR={job}")
    while process.poll() is None and len(list(folder.glob("*/pdfs/*.pdf"))) < 5:
        assert portal.counters["logins"] <= 1
    process.send_signal(how)
    output, _ = process.communicate(timeout=60)
    return output


def test_resume_after_interrupt(tmp_path: Path) -> None:
    with running_portal("--vehicles", 40, "--report-ms", 100) as portal:
        stop_in_the_middle(portal, tmp_path / "d", tmp_path / "job", signal.SIGINT)
        stored = len(list(tmp_path.glob("d/*/pdfs/*.pdf")))
        assert 5 <= stored < 40
        result = crawl(portal, tmp_path / "d", "-s", f"JOBDIR={tmp_path / 'job'}")
        counters = portal.counters
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert len(result.runs) == 1
    assert set(counters["reports_made"].values()) == {1}
    assert counters["logins"] == counters["logouts"] == 2
    assert result.metrics["already"] == stored
    assert "Resuming crawl" in result.output


def test_resume_after_kill(tmp_path: Path) -> None:
    with running_portal("--vehicles", 40, "--report-ms", 100, "--lock-seconds", 1) as portal:
        stop_in_the_middle(portal, tmp_path / "d", tmp_path / "job", signal.SIGKILL)
        result = crawl(portal, tmp_path / "d", "-s", f"JOBDIR={tmp_path / 'job'}")
        counters = portal.counters
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert "did not end cleanly" in result.output
    assert counters["reports_total"] <= 40 + 5


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
