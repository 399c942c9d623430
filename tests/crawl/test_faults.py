"""A portal that misbehaves costs tries, never a wrong file, and one bad vehicle never stops the others."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

import pytest

from demo_portal.vehicles import make_vehicles
from tests.helpers.crawls import PASSWORD, crawl, running_portal

if TYPE_CHECKING:
    from pathlib import Path

FAULTS = ("error500", "busy429", "no-answer", "slow", "cut", "wrong", "html", "empty", "drop", "lost-session")

SEED = 3


@pytest.mark.threaded
def test_every_fault_on_first_tries(tmp_path: Path) -> None:
    options = [f"--fault={name}=0.1" for name in FAULTS]
    with running_portal("--vehicles", 20, *options) as portal:
        result = crawl(portal, tmp_path, "-s", "CONCURRENT_REQUESTS=4", REPORT_TIMEOUT=10)
        counters = portal.counters
        assert result.exit_status == 0, result.output
        assert result.matches(portal.sha256)
    assert set(counters["faults_struck"]) == set(FAULTS)
    assert counters["logouts"] == 1


def references(count: int) -> list[str]:
    """Return the references of a portal's first vehicles, in the grid's order."""
    return [vehicle.reference for vehicle in make_vehicles(count, SEED, hostile=0)]


# What a tab meets must not be spared by asking directly, which opens no vehicle's page.
STAYING = {
    "true": {
        "wrong": ("failed", "another vehicle's report", "answer.pdf"),
        "cut": ("failed", "a PDF cut off", "answer.pdf"),
        "html": ("failed", "an HTML page instead of a PDF", "answer.html.txt"),
        "error500": ("failed", "HTTP 500", "answer.html.txt"),
    },
    "false": {
        "vehicle500": ("failed", "HTTP 500", "screenshot.png"),
        "gone": ("gone", "no longer has it", "page.html"),
        "vehicle-never-ready": ("failed", "after 6 s", "screenshot.png"),
    },
}


@pytest.mark.threaded
@pytest.mark.parametrize("direct", STAYING)
def test_fault_that_stays_is_one_failed_vehicle(direct: str, tmp_path: Path) -> None:
    bad = dict(zip(STAYING[direct], references(10)[1::2], strict=False))
    faults = [f"--fault={fault}@{reference}" for fault, reference in bad.items()]
    with running_portal("--vehicles", 10, "--seed", SEED, *faults, "--sticky") as portal:
        result = crawl(portal, tmp_path, RETRY_TIMES=1, DIRECT_REPORTS=direct, REPORT_TIMEOUT=8)
        right = {reference: digest for reference, digest in portal.sha256.items() if reference not in bad.values()}
    assert result.exit_status == 1
    assert result.matches(right), result.output
    for fault, (status, reason, shown) in STAYING[direct].items():
        row = result.manifest[bad[fault]]
        assert (row["status"], row["tries"]) == (status, "1" if fault == "gone" else "2"), fault
        assert reason in row["reason"]
        assert (result.run / row["evidence"] / shown).stat().st_size > 0
        assert bad[fault] in (result.run / row["evidence"] / "expected.txt").read_text(encoding="utf-8")


@pytest.mark.threaded
def test_trace_of_a_failed_tab_holds_no_secret(tmp_path: Path) -> None:
    bad = references(4)[1]
    with running_portal("--vehicles", 4, "--seed", SEED, f"--fault=vehicle500@{bad}", "--sticky") as portal:
        result = crawl(portal, tmp_path, RETRY_TIMES=0, TRACE="true", DIRECT_REPORTS="false")
        keys = portal.cookie_values()
    assert result.exit_status == 1, result.output
    with zipfile.ZipFile(result.run / result.manifest[bad]["evidence"] / "trace.zip") as trace:
        told = {name: trace.read(name) for name in trace.namelist()}
    assert any(name.endswith(".trace") and b"Inventory" in data for name, data in told.items())
    assert any(name.endswith(".network") and b"/vehicle/" in data for name, data in told.items())
    for secret in (PASSWORD, *keys):
        assert not [name for name, data in told.items() if secret.encode() in data]


def test_reports_without_a_label_are_kept_apart(tmp_path: Path) -> None:
    with running_portal("--vehicles", 6, "--fault=no-label=1") as portal:
        result = crawl(portal, tmp_path)
        counters = portal.counters
    kept = sorted(result.run.glob("run_data/unproven/*.pdf"))
    assert result.exit_status == 1
    assert len(kept) == 6
    assert not result.digests
    assert set(counters["reports_made"].values()) == {1}
    assert result.output.count("in a row name no vehicle") == 1
    assert all(len(row["sha256"]) == len(hashlib.sha256().hexdigest()) for row in result.manifest.values())


@pytest.mark.parametrize("place", [-2, -3])
def test_vehicle_gone_during_the_experiment_is_the_only_one(place: int, tmp_path: Path) -> None:
    """The queue's last go first: the second and third are opened together to see what addresses are bound to."""
    bad = references(5)[place]
    options = ("--vehicles", 5, "--seed", SEED, "--report-link", "session", f"--fault=gone@{bad}", "--sticky")
    with running_portal(*options) as portal:
        result = crawl(portal, tmp_path)
        right = {reference: digest for reference, digest in portal.sha256.items() if reference != bad}
        made = portal.counters["reports_made"]
    assert result.matches(right), result.output
    assert set(made.values()) == {1}
    assert result.manifest[bad]["status"] == "gone"
