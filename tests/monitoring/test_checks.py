"""The checks after a run: each limit at its edge, and what they compare with."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from jdp.items import STORED
from jdp.monitoring import checks
from jdp.monitoring.end_table import checks as checks_told
from jdp.monitoring.metrics import CheckResult, Metrics
from jdp.monitoring.past_runs import past_metrics, run_folders
from jdp.monitoring.run_checks import RunChecks
from tests.helpers.parts import config_in, report, stats, store, vehicle

if TYPE_CHECKING:
    from pathlib import Path

    from jdp.config.monitoring import Monitoring
    from jdp.runs.run import Run

FIGURES: dict[str, Any] = {
    "account": "dealer at http://portal.test/ValuesOnline/",
    "finish_reason": "finished",
    "message": "",
    "inventory": 100,
    "stored": 90,
    "already": 0,
    "unproven": 0,
    "failed": 10,
    "gone": 0,
    "open": 0,
    "seconds": 100.0,
    "vehicles_an_hour": 1000.0,
}


@pytest.fixture
def limits(tmp_path: Path) -> Monitoring:
    """Return the limits that are set by default."""
    return config_in(tmp_path).monitoring


def leave_metrics(folder: Path, at: float = 0, **metrics: object) -> Path:
    """Leave what an earlier run came to; `at` is when it ended."""
    path = folder / "run_data" / "metrics.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({**FIGURES, **metrics}), encoding="utf-8")
    os.utime(path, (at, at))
    return folder


# Success


@pytest.mark.parametrize(
    ("changes", "ok"),
    [
        ({}, True),
        ({"stored": 89, "failed": 11}, False),
        ({"stored": 8999, "failed": 1001}, False),
        ({"stored": 89, "failed": 9, "gone": 12}, True),  # what the portal no longer has was not due
        ({"stored": 89, "failed": 0, "unproven": 11}, False),
        ({"stored": 89, "failed": 0, "open": 11}, False),
        ({"stored": 0, "failed": 0, "already": 100}, True),
        ({"stored": 0, "failed": 1, "already": 99}, False),
    ],
)
def test_success_is_a_share_of_what_was_due(changes: dict[str, int], ok: bool, limits: Monitoring) -> None:
    assert checks.success(Metrics(**{**FIGURES, **changes}), limits).ok is ok


def test_success_of_a_run_that_found_nothing_says_why(limits: Monitoring) -> None:
    verdict = checks.success(Metrics(**{**FIGURES, "inventory": 0, "message": "The portal cannot be reached"}), limits)
    assert (verdict.ok, verdict.message) == (False, "The portal cannot be reached")


def test_success_names_its_figures_and_its_setting(limits: Monitoring) -> None:
    message = checks.success(Metrics(**{**FIGURES, "stored": 20, "failed": 40}), limits).message
    assert "20 of 60" in message
    assert "33.3%, less than 90% (MONITOR_SUCCESS)" in message


def test_success_of_a_run_that_was_stopped_is_not_judged(limits: Monitoring) -> None:
    cut_short = {**FIGURES, "stored": 5, "open": 95}
    verdict = checks.success(Metrics(**{**cut_short, "finish_reason": "shutdown"}), limits)
    assert verdict.ok
    assert verdict.message.endswith("when it was stopped by hand")
    assert not checks.success(Metrics(**{**cut_short, "finish_reason": "portal_unreachable"}), limits).ok


def test_success_limit_can_be_switched_off(tmp_path: Path) -> None:
    limits = config_in(tmp_path, MONITOR_SUCCESS="0").monitoring
    assert checks.success(Metrics(**{**FIGURES, "stored": 0, "failed": 100}), limits).ok


# Files


def test_files_that_are_as_they_were_proven(run: Run) -> None:
    for number in range(3):
        store(run, vehicle(number).reference)
    verdict = checks.files(run.ledger, run.store_folder)
    assert (verdict.ok, verdict.message) == (True, "3 are there, each of its proven size")


def test_files_that_were_cut_or_removed_are_named(run: Run) -> None:
    paths = [store(run, vehicle(number).reference) for number in range(4)]
    paths[1].write_bytes(b"%PDF-1.4 cut")
    paths[2].unlink()
    verdict = checks.files(run.ledger, run.store_folder)
    assert not verdict.ok
    assert [path.name in verdict.message for path in paths] == [False, True, True, False]


def test_files_that_failed_are_not_looked_for(run: Run) -> None:
    run.ledger.settle(report(vehicle(0).reference, "failed", "HTTP 500"))
    assert checks.files(run.ledger, run.store_folder).ok


def test_files_named_in_a_message_are_few(run: Run) -> None:
    for number in range(20):
        store(run, vehicle(number).reference).unlink()
    assert "and 15 more" in checks.files(run.ledger, run.store_folder).message


def test_files_kept_elsewhere_are_not_looked_at(run: Run) -> None:
    run.ledger.settle(report(vehicle(0).reference, STORED))
    assert "not looked at" in checks.files(run.ledger, None).message


# Lockouts


def test_lockouts_none_allowed_by_default(limits: Monitoring, tmp_path: Path) -> None:
    two = config_in(tmp_path, MONITOR_LOCKOUTS="2").monitoring
    assert [checks.lockouts(met, 0, limits).ok for met in (0, 1)] == [True, False]
    assert [checks.lockouts(met, 0, two).ok for met in (2, 3)] == [True, False]


def test_lockouts_by_a_killed_run_of_the_account_are_no_fault(limits: Monitoring) -> None:
    own, both = checks.lockouts(1, 1, limits), checks.lockouts(2, 1, limits)
    assert (own.ok, own.message) == (True, "the session of this account's own killed run was waited out")
    assert not both.ok
    assert "in use elsewhere once" in both.message


# Speed


@pytest.mark.parametrize(("before", "ok"), [(1000.0, True), (2000.0, True), (2000.1, False)])
def test_speed_is_held_against_the_last_run(before: float, ok: bool, limits: Monitoring) -> None:
    verdict = checks.speed(Metrics(**FIGURES), [{**FIGURES, "vehicles_an_hour": before}], limits)
    assert verdict.ok is ok
    assert f"{before:.0f} in the last run" in verdict.message


def test_speed_passes_over_runs_that_stored_little(limits: Monitoring) -> None:
    past = [{**FIGURES, "stored": 3, "vehicles_an_hour": 9.0}, {"odd": 1}, {**FIGURES, "vehicles_an_hour": 9000.0}]
    assert not checks.speed(Metrics(**FIGURES), past, limits).ok


def test_speed_of_a_run_that_stored_little_is_not_compared(limits: Monitoring) -> None:
    past = [{**FIGURES, "vehicles_an_hour": 9000.0}]
    assert checks.speed(Metrics(**{**FIGURES, "stored": 49}), past, limits).ok


def test_speed_without_an_earlier_run_and_switched_off(limits: Monitoring, tmp_path: Path) -> None:
    off = config_in(tmp_path, MONITOR_SLOWDOWN="0").monitoring
    assert "no earlier run" in checks.speed(Metrics(**FIGURES), [], limits).message
    assert checks.speed(Metrics(**FIGURES), [{**FIGURES, "vehicles_an_hour": 9000.0}], off).ok


# Earlier runs


def test_past_metrics_newest_first_of_the_same_account(tmp_path: Path) -> None:
    old, new, other, damaged, empty = (tmp_path / name for name in ("2026-01-02", "2026-01-01", "c", "d", "e"))
    leave_metrics(old, at=10, stored=1)
    leave_metrics(new, at=20, stored=2)
    leave_metrics(other, at=30, stored=3, account="south at http://portal.test/ValuesOnline/")
    (leave_metrics(damaged, at=40) / "run_data" / "metrics.json").write_text('{"stored":', encoding="utf-8")
    empty.mkdir()
    found = past_metrics(run_folders(tmp_path), FIGURES["account"])
    assert [metrics["stored"] for metrics in found] == [2, 1]


def test_past_metrics_where_nothing_ran_yet(tmp_path: Path) -> None:
    assert list(past_metrics(run_folders(tmp_path / "none"), "dealer")) == []


# The extension


class Counting:
    """A stand-in for the crawler: its stats."""

    def __init__(self, **values: int) -> None:
        self.stats = stats()
        for name, value in values.items():
            self.stats.set_value(f"jdp/{name}", value)


def test_extension_compares_with_the_run_that_the_folder_held(run: Run) -> None:
    (run.data / "metrics.json").write_text(json.dumps({**FIGURES, "vehicles_an_hour": 5000.0}), encoding="utf-8")
    verdicts = {verdict.name: verdict for verdict in RunChecks(Counting().stats, run).run_all(Metrics(**FIGURES))}
    assert {name: verdict.ok for name, verdict in verdicts.items()} == {
        "success": True,
        "files": True,
        "lockouts": True,
        "speed": False,
    }


def test_extension_logs_what_failed(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    RunChecks(Counting(lockouts=2).stats, run).run_all(
        Metrics(**{**FIGURES, "inventory": 0, "message": "odd\x1b[31m\nsite"})
    )
    assert "Check failed: lockouts: the account was in use elsewhere 2 times" in caplog.text
    assert "Check failed: success: odd [31m site" in caplog.text


def test_table_lines_name_what_failed_and_count_what_did_not() -> None:
    good = CheckResult("files", ok=True, message="3 are there")
    bad = CheckResult("speed", ok=False, message="slower \u00fc")
    assert checks_told([good, bad])[0].endswith(" 1 of 2 failed")
    assert checks_told([good, bad])[1].split() == ["speed", "slower", "\\xfc"]
    assert checks_told([good])[0].endswith(" all 1 passed")
    assert checks_told([]) == []
