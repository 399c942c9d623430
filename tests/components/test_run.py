"""A run's folder, its JOBDIR, its lock, and what it finds there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jdp.arguments import Arguments
from jdp.exceptions import ConfigError, JobInUseError
from jdp.items import FAILED, STORED, UNPROVEN
from jdp.ledger import LISTED, WANTED
from jdp.run import QUEUE_FILES, Run
from tests.components.parts import report, run_in, vehicle

if TYPE_CHECKING:
    from collections.abc import Callable

    OpenRun = Callable[..., Run]

STORED_REF, WANTED_REF, FAILED_REF, UNPROVEN_REF = (vehicle(number).reference for number in range(4))


def leave(run: Run, *, clean: bool, active: object = None) -> None:
    """End a run as Scrapy would: with its files in the JOBDIR, a vehicle stored, one still wanted, one failed."""
    run.ledger.list_vehicles(map(vehicle, range(4)))
    run.ledger.settle(report(STORED_REF))
    run.ledger.want([WANTED_REF])
    run.ledger.settle(report(FAILED_REF, FAILED, "HTTP 500"))
    run.ledger.settle(report(UNPROVEN_REF, UNPROVEN, "no label"))
    queue = run.job_folder / "requests.queue"
    queue.mkdir(exist_ok=True)
    if active is not None:
        (queue / "active.json").write_text(json.dumps(active))
    (queue / "0").write_bytes(b"a pickled request")
    for name in ("requests.seen", "spider.state"):
        (run.job_folder / name).write_text("of the last run")
    run.close(clean=clean)


def statuses(run: Run) -> list[str | None]:
    return [run.ledger.status(ref) for ref in (STORED_REF, WANTED_REF, FAILED_REF, UNPROVEN_REF)]


def queue_files(run: Run) -> list[str]:
    return [name for name in QUEUE_FILES if (run.job_folder / name).exists()]


ACTIVE = {"portal.test": [0]}


# Folders


def test_folders_of_one_day_are_numbered(open_run: OpenRun) -> None:
    first, second, third = (open_run().folder for _ in range(3))
    assert (second.name, third.name) == (f"{first.name} (2)", f"{first.name} (3)")
    assert first.parent == second.parent == third.parent


def test_folder_never_one_that_is_there(open_run: OpenRun) -> None:
    first = open_run().folder
    (first.parent / f"{first.name} (2)").write_text("somebody's file")
    assert open_run().folder.name == f"{first.name} (3)"


def test_folder_without_jobdir_holds_the_job(run: Run) -> None:
    assert run.job_folder == run.folder / "run_data" / "job"
    assert run.job_folder.stat().st_mode & 0o077 == 0


def test_folder_cannot_be_made_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be made"):
        run_in(tmp_path / "file")


def test_files_store_in_the_folder_or_below_the_setting(open_run: OpenRun) -> None:
    run, remote = open_run(), open_run(FILES_STORE="s3://bucket/reports/")
    assert run.files_store == str(run.folder / "pdfs")
    assert remote.files_store == f"s3://bucket/reports/{remote.folder.name}/"


def test_evidence_kept_in_its_folder(run: Run) -> None:
    for screenshot in (b"older", b"png"):
        kept = run.keep_evidence("login", screenshot)
    assert kept == run.data / "evidence" / "login.png"
    assert kept.read_bytes() == b"png"


# JOBDIR


def test_jobdir_returns_to_its_folder(open_run: OpenRun, tmp_path: Path) -> None:
    first = open_run(tmp_path / "job")
    first.close(clean=True)
    other = open_run()
    again = open_run(tmp_path / "job")
    assert again.folder == first.folder
    assert other.folder != first.folder
    assert again.job_folder == tmp_path / "job"


def test_jobdir_of_a_run_without_one_can_be_named_later(open_run: OpenRun) -> None:
    first = open_run()
    first.close(clean=True)
    assert open_run(first.job_folder).folder == first.folder


@pytest.mark.parametrize("content", ["", "{", "7", "null"])
def test_jobdir_with_unreadable_record_gets_a_new_folder(open_run: OpenRun, tmp_path: Path, content: str) -> None:
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "folder.json").write_text(content)
    assert open_run(tmp_path / "job").folder.parent == tmp_path / "downloads"


def test_jobdir_in_use_refused(open_run: OpenRun, tmp_path: Path) -> None:
    first = open_run(tmp_path / "job")
    with pytest.raises(JobInUseError, match="job"):
        open_run(tmp_path / "job")
    assert list((tmp_path / "downloads").iterdir()) == [first.folder]
    first.close(clean=True)
    assert open_run(tmp_path / "job").folder == first.folder


OPEN_IT = """
import sys; from pathlib import Path
from jdp.exceptions import JobInUseError
from tests.components.parts import run_in
try: run_in(Path(sys.argv[1]), Path(sys.argv[2]))
except JobInUseError: print("refused")
"""


def test_jobdir_in_use_by_another_process_refused(open_run: OpenRun, tmp_path: Path) -> None:
    open_run(tmp_path / "job")
    command = [sys.executable, "-c", OPEN_IT, str(tmp_path / "downloads"), str(tmp_path / "job")]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert result.stdout == "refused\n"


def test_refused_run_spoils_nothing(open_run: OpenRun, tmp_path: Path) -> None:
    first = open_run(tmp_path / "job")
    first.ledger.list_vehicles([vehicle(1)])
    first.ledger.want([WANTED_REF])
    with pytest.raises(JobInUseError):
        open_run(tmp_path / "job", Arguments(refs=("165530",)))
    assert first.ledger.status(WANTED_REF) == WANTED
    assert (tmp_path / "job" / "running").exists()


def test_ledger_unreadable_is_said(open_run: OpenRun, tmp_path: Path) -> None:
    first = open_run(tmp_path / "job")
    first.close(clean=True)
    first.ledger.path.write_bytes(b"no database at all" * 100)
    with pytest.raises(ConfigError, match=r"ledger\.sqlite"):
        open_run(tmp_path / "job")


# The queue that a run finds


def test_queue_of_a_clean_stop_kept(open_run: OpenRun, tmp_path: Path) -> None:
    leave(open_run(tmp_path / "job"), clean=True, active=ACTIVE)
    again = open_run(tmp_path / "job")
    assert queue_files(again) == list(QUEUE_FILES)
    assert statuses(again) == [STORED, WANTED, FAILED, UNPROVEN]
    assert again.already_stored == 1


def test_queue_after_a_crash_set_aside(open_run: OpenRun, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    leave(open_run(tmp_path / "job"), clean=False, active=ACTIVE)
    again = open_run(tmp_path / "job")
    assert queue_files(again) == []
    assert statuses(again) == [STORED, LISTED, LISTED, UNPROVEN]
    assert "did not end cleanly" in caplog.text


def test_queue_for_other_arguments_set_aside(
    open_run: OpenRun, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    leave(open_run(tmp_path / "job", Arguments(refs=("165001",))), clean=True, active=ACTIVE)
    again = open_run(tmp_path / "job", Arguments(refs=("165001", "165002")))
    assert queue_files(again) == []
    assert statuses(again) == [STORED, LISTED, LISTED, UNPROVEN]
    assert "arguments have changed" in caplog.text


def test_queue_for_the_same_arguments_kept(open_run: OpenRun, tmp_path: Path) -> None:
    leave(open_run(tmp_path / "job", Arguments(refs=("165001",))), clean=True, active=ACTIVE)
    assert queue_files(open_run(tmp_path / "job", Arguments(refs=("165001",)))) == list(QUEUE_FILES)


@pytest.mark.parametrize("active", [None, {}, []])
def test_queue_that_is_finished_removed(open_run: OpenRun, tmp_path: Path, active: object) -> None:
    leave(open_run(tmp_path / "job"), clean=True, active=active)
    again = open_run(tmp_path / "job")
    assert queue_files(again) == []
    assert statuses(again) == [STORED, LISTED, LISTED, UNPROVEN]


def test_queue_with_a_cut_record_removed(open_run: OpenRun, tmp_path: Path) -> None:
    leave(open_run(tmp_path / "job"), clean=True, active=ACTIVE)
    (tmp_path / "job" / "requests.queue" / "active.json").write_text('{"portal.te')
    assert queue_files(open_run(tmp_path / "job")) == []


def test_marker_while_running_and_gone_after_a_clean_end(open_run: OpenRun, tmp_path: Path) -> None:
    run = open_run(tmp_path / "job")
    assert (tmp_path / "job" / "running").exists()
    run.close(clean=True)
    assert not (tmp_path / "job" / "running").exists()


def test_marker_of_an_unclean_end_leads_to_one_fresh_walk(open_run: OpenRun, tmp_path: Path) -> None:
    leave(open_run(tmp_path / "job"), clean=False, active=ACTIVE)
    leave(open_run(tmp_path / "job"), clean=True, active=ACTIVE)
    assert queue_files(open_run(tmp_path / "job")) == list(QUEUE_FILES)
