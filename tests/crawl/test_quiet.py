"""What a run leaves behind holds no secret, and what it does stays within its bounds."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.helpers.at_work import at_work, wait_for_reports
from tests.helpers.crawls import PASSWORD, crawl, running_portal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "options",
    [("--fault=error500=0.3",), ("--page-size", 2, "--session-requests", 25)],
    ids=["vehicles tried again", "pages read again"],
)
def test_no_secret_in_any_file_or_log(options: tuple[object, ...], tmp_path: Path) -> None:
    with running_portal("--vehicles", 12, "--report-ms", 50, *options) as portal:
        job = tmp_path / "job"
        first = crawl(portal, tmp_path / "d", "-s", f"JOBDIR={job}", "-s", "CLOSESPIDER_ITEMCOUNT=3", "-L", "DEBUG")
        assert list(job.glob("requests.queue/*")), "the queue must be looked at while it holds requests"
        cookies = portal.cookie_values()
        assert cookies
        assert job.stat().st_mode & 0o077 == 0, "for its owner alone"
        left = [first.output.encode()] + [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    for secret in [PASSWORD, *cookies]:
        assert not [text[:80] for text in left if secret.encode() in text]


@pytest.mark.threaded
def test_no_child_has_a_secret_in_its_environment(tmp_path: Path) -> None:
    secrets = {"JD_PASS": PASSWORD, "AWS_SECRET_ACCESS_KEY": "bucket-key-4470"}
    with (
        running_portal("--vehicles", 200, "--report-ms", 3000) as portal,
        at_work(portal, tmp_path, DIRECT_REPORTS="false", **secrets) as process,
    ):
        wait_for_reports(process, tmp_path, 1)
        children = psutil.Process(process.pid).children(recursive=True)
        told = {}
        for child in children:
            with contextlib.suppress(psutil.Error):  # some end while one looks
                told[" ".join(child.cmdline())] = " ".join(f"{name}={value}" for name, value in child.environ().items())
    for program in ("run-driver", "--type=renderer", "jdp.proof.reader"):
        assert any(program in command for command in told), told.keys()
    assert not [command for command, shown in told.items() if any(secret in shown for secret in secrets.values())]


@pytest.mark.threaded
@pytest.mark.parametrize("link", ["id", "session"])
def test_vehicles_out_of_the_queue_are_bounded(link: str, tmp_path: Path) -> None:
    seen = tmp_path / "most.json"
    addons = json.dumps({"jdp.addon.JdpAddon": 100, "tests.helpers.probe.ProbeAddon": 200})
    with running_portal("--vehicles", 20, "--page-size", 20, "--report-link", link) as portal:
        result = crawl(
            portal, tmp_path / "d", "-s", f"ADDONS={addons}", "-s", "CONCURRENT_REQUESTS=3", JDP_PROBE_FILE=seen
        )
    assert result.exit_status == 0, result.output
    assert 1 <= json.loads(seen.read_text(encoding="utf-8")) <= 2 * 3
    assert "scheduler/unserializable" not in result.metrics["stats"]
