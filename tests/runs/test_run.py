"""A run's folder, its JOBDIR, its lock, and what it finds there."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdp.config.arguments import Arguments
from jdp.exceptions import ConfigError, JobInUseError
from jdp.items import FAILED, STORED, UNPROVEN
from jdp.runs.jobdir import QUEUE_FILES, Record
from jdp.runs.ledger_rows import LISTED, WANTED
from jdp.runs.storage import safe_name
from tests.helpers.damage import damages, do_damage
from tests.helpers.parts import report, run_in, store, vehicle

if TYPE_CHECKING:
    from collections.abc import Callable

    from jdp.runs.run import Run

    OpenRun = Callable[..., Run]

STORED_REF, WANTED_REF, FAILED_REF, UNPROVEN_REF = (vehicle(number).reference for number in range(4))


def keep_unproven(run: Run, reference: str) -> None:
    (run.data / "unproven").mkdir(exist_ok=True)
    (run.data / "unproven" / f"{reference}.pdf").write_bytes(bytes(40_000))
    kept = report(reference, UNPROVEN, "no label")
    kept.file = f"run_data/unproven/{reference}.pdf"
    run.ledger.settle(kept)


def leave(run: Run, *, clean: bool, active: object = None) -> None:
    """End a run as Scrapy would: with its files in the JOBDIR, a vehicle stored, one still wanted, one failed."""
    run.ledger.list_vehicles(map(vehicle, range(4)))
    store(run, STORED_REF)
    run.ledger.want([WANTED_REF])
    run.ledger.settle(report(FAILED_REF, FAILED, "HTTP 500"))
    keep_unproven(run, UNPROVEN_REF)
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
    run, remote = open_run(), open_run(FILES_STORE="gs://bucket/reports/")
    assert run.files_store == str(run.folder / "pdfs")
    assert remote.files_store == f"gs://bucket/reports/{safe_name(remote.config.user)}/{remote.folder.name}/"


def test_files_store_of_a_run_begun_before_accounts_stays(open_run: OpenRun, tmp_path: Path) -> None:
    first = open_run(tmp_path / "job", FILES_STORE="gs://bucket")
    first.ledger.note("store_key", "")
    first.close(clean=True)
    assert open_run(tmp_path / "job", FILES_STORE="gs://bucket").files_store == f"gs://bucket/{first.folder.name}/"


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


def test_jobdir_found_again_by_its_ledger(open_run: OpenRun, tmp_path: Path) -> None:
    first = open_run(tmp_path / "job")
    first.close(clean=True)
    open_run().close(clean=True)
    (tmp_path / "job" / "job.json").unlink()
    assert open_run(tmp_path / "job").folder == first.folder


def test_jobdir_without_record_and_ledger_begins_anew(open_run: OpenRun, tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "job.json").write_text("{")
    assert open_run(tmp_path / "job").folder.parent == tmp_path / "downloads"


def test_jobdir_inside_a_folder_that_was_moved(open_run: OpenRun, tmp_path: Path) -> None:
    first = open_run()
    store(first, STORED_REF)
    first.close(clean=True)
    moved = first.folder.rename(tmp_path / "elsewhere")
    again = open_run(moved / "run_data" / "job")
    assert again.folder == moved
    assert again.ledger.status(STORED_REF) == STORED


def test_jobdir_of_another_account_refused(open_run: OpenRun, tmp_path: Path) -> None:
    open_run(tmp_path / "job").close(clean=True)
    with pytest.raises(ConfigError, match=r"belongs to dealer at http://portal\.test"):
        open_run(tmp_path / "job", JD_USER="another")
    open_run(tmp_path / "job")


def test_refresh_begins_a_new_folder_and_goes_on_in_it(open_run: OpenRun, tmp_path: Path) -> None:
    refresh = Arguments(refresh=True)
    first = open_run(tmp_path / "job")
    first.close(clean=True, finished=True)
    begun = open_run(tmp_path / "job", refresh)
    begun.close(clean=False)
    resumed = open_run(tmp_path / "job", refresh)
    resumed.close(clean=True, finished=True)
    again = open_run(tmp_path / "job", refresh)
    again.close(clean=True, finished=True)
    updated = open_run(tmp_path / "job")
    assert len({first.folder, begun.folder, again.folder}) == 3
    assert resumed.folder == begun.folder
    assert updated.folder == again.folder


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
from tests.helpers.damage import damages, do_damage
from tests.helpers.parts import run_in
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
    assert Record.from_json((tmp_path / "job" / "job.json").read_bytes()) == first.job.record


# What is stored


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 1000])
def test_ledger_damaged_is_set_aside(
    open_run: OpenRun, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: bytes
) -> None:
    first = open_run(tmp_path / "job")
    path = store(first, STORED_REF)
    first.close(clean=True)
    first.ledger.path.write_bytes(damage)
    again = open_run(tmp_path / "job")
    assert again.folder == first.folder
    assert again.ledger.status(STORED_REF) is None
    assert again.unrecorded(STORED_REF) == path.read_bytes()
    assert ("is damaged" in caplog.text) == bool(damage)  # an empty file is a database without tables


def test_ledger_that_cannot_be_opened_is_no_damaged_one(open_run: OpenRun, tmp_path: Path) -> None:
    first = open_run(tmp_path / "job")
    first.close(clean=True)
    first.ledger.path.unlink()
    first.ledger.path.mkdir()
    with pytest.raises(ConfigError, match="cannot be opened"):
        open_run(tmp_path / "job")


def test_files_that_are_gone_or_cut_are_due_again(open_run: OpenRun, tmp_path: Path) -> None:
    first = open_run(tmp_path / "job")
    whole, cut, gone = (store(first, vehicle(number).reference) for number in range(3))
    first.close(clean=True)
    cut.write_bytes(whole.read_bytes()[:100])
    gone.unlink()
    again = open_run(tmp_path / "job")
    assert [again.ledger.status(path.stem) for path in (whole, cut, gone)] == [STORED, LISTED, LISTED]


def test_unrecorded_file_of_this_run_only(run: Run) -> None:
    assert run.store_folder is not None
    ours, older = (run.store_folder / f"{vehicle(number).reference}.pdf" for number in range(2))
    for path in (ours, older):
        path.write_bytes(b"%PDF-")
    os.utime(older, (run.began - 60, run.began - 60))
    assert run.unrecorded(ours.stem) == b"%PDF-"
    assert run.unrecorded(older.stem) is None
    assert run.unrecorded("165999") is None


# The queue that a run finds


def test_queue_of_a_clean_stop_kept(open_run: OpenRun, tmp_path: Path) -> None:
    leave(open_run(tmp_path / "job"), clean=True, active=ACTIVE)
    again = open_run(tmp_path / "job")
    assert queue_files(again) == list(QUEUE_FILES)
    assert statuses(again) == [STORED, WANTED, FAILED, UNPROVEN]


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


def test_queue_that_was_touched_set_aside(open_run: OpenRun, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    leave(open_run(tmp_path / "job"), clean=True, active=ACTIVE)
    (tmp_path / "job" / "requests.queue" / "0").write_bytes(b"a pickled requesu")
    assert queue_files(open_run(tmp_path / "job")) == []
    assert "not as the last run left them" in caplog.text
    assert (tmp_path / "job" / "set-aside" / "requests.queue" / "0").read_bytes() == b"a pickled requesu"


def test_queue_of_another_scrapy_set_aside(open_run: OpenRun, tmp_path: Path) -> None:
    first = open_run(tmp_path / "job")
    leave(first, clean=True, active=ACTIVE)
    assert first.job.record is not None
    first.job.write(dataclasses.replace(first.job.record, scrapy="2.18.0"))
    assert queue_files(open_run(tmp_path / "job")) == []


def test_unclean_end_leads_to_one_fresh_walk(open_run: OpenRun, tmp_path: Path) -> None:
    leave(open_run(tmp_path / "job"), clean=False, active=ACTIVE)
    leave(open_run(tmp_path / "job"), clean=True, active=ACTIVE)
    assert queue_files(open_run(tmp_path / "job")) == list(QUEUE_FILES)


# Any damage


@settings(max_examples=150, deadline=None)
@given(st.lists(damages(), min_size=1, max_size=4))
def test_any_damage_to_the_jobdir_leaves_the_ledger_as_truth(done: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        job = Path(folder, "elsewhere", "job")
        first = run_in(Path(folder, "downloads"), job)
        leave(first, clean=True, active=ACTIVE)
        before = first.job._digests()
        for kind, which, where in done:
            do_damage(job, kind, which, where)
        again = run_in(Path(folder, "downloads"), job)
        assert again.folder == first.folder
        assert again.ledger.status(STORED_REF) == STORED
        assert again.job._digests() in (before, {})
        again.close(clean=True)
