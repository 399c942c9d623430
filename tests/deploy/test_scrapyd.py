"""The egg in a real Scrapyd, against a real portal."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from scrapyd_process import cancel_jobs, cancel_jobs_of_nobody, running_scrapyd, wait_for

from tests.helpers.crawls import PASSWORD, REPO, Crawl, running_portal

if TYPE_CHECKING:
    from pathlib import Path

VEHICLES = 20
SLOW = ("--vehicles", VEHICLES, "--report-ms", 500)
# Seconds from the signal to the logout: reports that are being made are fetched first.
LOGOUT_LIMIT = 20.0

signals = pytest.mark.skipif(sys.platform == "win32", reason="cancel.json is no SIGINT there")


@pytest.fixture(scope="session")
def egg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the egg, with nothing left in the repository."""
    out = tmp_path_factory.mktemp("egg")
    places = ["egg_info", "--egg-base", out, "build", "--build-base", out / "build"]
    command = ["setup.py", *places, "bdist_egg", "--bdist-dir", out / "bdist", "--dist-dir", out]
    subprocess.run([sys.executable, *map(str, command)], cwd=REPO, check=True, capture_output=True)
    return next(out.glob("*.egg"))


def test_egg_content(egg: Path) -> None:
    names = zipfile.ZipFile(egg).namelist()
    modules = [path.relative_to(REPO).as_posix() for path in (REPO / "jdp").rglob("*.py")]
    files = {"jdp/portal/tab/capture.js", "jdp/monitoring/page/page.html"}
    assert {*modules, *files, "EGG-INFO/PKG-INFO", "EGG-INFO/zip-safe"} <= set(names)
    assert {name.split("/")[0] for name in names} == {"jdp", "EGG-INFO"}


def test_job_finished(tmp_path: Path, egg: Path) -> None:
    with running_portal("--vehicles", VEHICLES) as portal, running_scrapyd(tmp_path, portal.url) as scrapyd:
        scrapyd.deploy(egg)
        log = scrapyd.wait_for_end(scrapyd.schedule(f"JOBDIR={tmp_path / 'job'}", _version="1"))
        assert Crawl(scrapyd.downloads).matches(portal.sha256), log
        assert (portal.counters["logins"], portal.counters["logouts"]) == (1, 1)
        assert "Result: exit_status=0 reason=finished inventory=20 stored=20" in log
        # Scrapyd writes the job's command line into its log, which is among these files.
        assert f"'JOBDIR={tmp_path / 'job'}'" in scrapyd.log.read_text(encoding="utf-8")
        assert scrapyd.files_with("Logged in as dealer")
        page = Crawl(scrapyd.downloads).run / "run_data" / "report.html"
        assert "All 20 reports are here" in page.read_text(encoding="utf-8")
        assert scrapyd.files_with(PASSWORD) == []


@signals
def test_job_cancelled_then_resumed(tmp_path: Path, egg: Path) -> None:
    with running_portal(*SLOW) as portal, running_scrapyd(tmp_path, portal.url) as scrapyd:
        scrapyd.deploy(egg)
        first = scrapyd.schedule(f"JOBDIR={tmp_path / 'job'}")
        wait_for(lambda: portal.counters["reports_total"] >= VEHICLES // 4, "a part of the reports is made")
        scrapyd.cancel(first)
        wait_for(lambda: portal.counters["logouts"] == 1, "logged out", LOGOUT_LIMIT)
        assert "Result: exit_status=1 reason=shutdown" in scrapyd.wait_for_end(first)
        assert 0 < len(Crawl(scrapyd.downloads).digests) < VEHICLES
        assert scrapyd.files_with(PASSWORD) == []

        log = scrapyd.wait_for_end(scrapyd.schedule(f"JOBDIR={tmp_path / 'job'}"))
        result, counters = Crawl(scrapyd.downloads), portal.counters
        assert "Result: exit_status=0 reason=finished inventory=20" in log
        assert result.matches(portal.sha256), log
        assert len(result.runs) == 1
        assert set(counters["reports_made"].values()) == {1}
        assert (counters["logins"], counters["logouts"]) == (2, 2)


@signals
def test_cancel_jobs_before_stop(tmp_path: Path, egg: Path) -> None:
    with running_portal(*SLOW) as portal, running_scrapyd(tmp_path, portal.url) as scrapyd:
        scrapyd.deploy(egg)
        job = scrapyd.schedule()
        wait_for(lambda: portal.counters["reports_total"], "the job is at work")
        assert "set SCRAPYD_USERNAME and SCRAPYD_PASSWORD" in cancel_jobs_of_nobody(scrapyd.address)
        assert not scrapyd.finished(job)
        cancel_jobs(scrapyd.address)
        assert scrapyd.finished(job)
        assert (portal.counters["logins"], portal.counters["logouts"]) == (1, 1)
