"""What a folder should hold, by its ledger or by lists of ours or another client's; and the JOBDIR that works on it."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jdp.audit.folders import job_of, newest_folder, pdfs_of
from jdp.audit.lists import read_lists
from jdp.audit.verification import held
from jdp.exceptions import ConfigError, JobInUseError
from jdp.runs.jobdir import JobDir
from jdp.runs.ledger import LEDGER, open_ledger
from tests.helpers.parts import config_in, run_in, vehicle
from tests.helpers.run_folders import LAYOUTS, REFS, Folder, body_of, client_folder, found_in, loaded

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("layout", LAYOUTS)
def test_client_folder(tmp_path: Path, layout: str) -> None:
    pdfs = client_folder(tmp_path / "run", layout, count=5, pending=1)
    (pdfs / f"{REFS[0]}.pdf").write_bytes(body_of(REFS[1]))
    (pdfs / f"{REFS[1]}.pdf").unlink()
    (pdfs / "999999.pdf").write_bytes(body_of(REFS[2]))
    expected = {"165000": "wrong", "165001": "missing", "165002": "right", "165003": "right", "165004": "open"}
    assert found_in(tmp_path / "run") == {**expected, "999999.pdf": "foreign"}
    assert loaded(tmp_path / "run").source == "tracking.json"
    assert not (tmp_path / "run" / "run_data" / "ledger.sqlite").exists()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_client_stopped_between_file_and_tracking(tmp_path: Path, layout: str) -> None:
    pdfs = client_folder(tmp_path / "run", layout, count=3, pending=1)
    (pdfs / f"{REFS[2]}.pdf").write_bytes(body_of(REFS[2]))
    assert found_in(tmp_path / "run") == dict.fromkeys(REFS[:3], "right")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("damage", [b"", b'{"165000": "1650', b"[1]"])
def test_tracking_that_was_cut_leaves_the_inventory(tmp_path: Path, layout: str, damage: bytes) -> None:
    client_folder(tmp_path / "run", layout, count=3, pending=1)
    next((tmp_path / "run").rglob("tracking.json")).write_bytes(damage)
    assert loaded(tmp_path / "run").source == "inventory.csv"
    assert found_in(tmp_path / "run") == {REFS[0]: "right", REFS[1]: "right", REFS[2]: "open"}


def test_inventory_gives_the_vin(tmp_path: Path) -> None:
    client_folder(tmp_path / "run", "new")
    assert loaded(tmp_path / "run").entries[1].vin == vehicle(1).vin


def test_inventory_of_a_windows_program(tmp_path: Path) -> None:
    client_folder(tmp_path / "run", "new", count=1)
    (tmp_path / "run" / "run_data" / "tracking.json").unlink()
    (tmp_path / "run" / "run_data" / "inventory.csv").write_bytes(b"Model,Reference Number\r\nCoup\xe9,165000\r\n")
    assert found_in(tmp_path / "run") == {"165000": "right"}


def test_no_list_but_names(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "165000.pdf").write_bytes(body_of("165000"))
    (tmp_path / "run" / "165001.pdf").write_bytes(body_of("165000"))
    assert found_in(tmp_path / "run") == {"165000": "right", "165001": "wrong"}


@pytest.mark.parametrize("name", ["../../secret.pdf", "/etc/passwd", "C:\\secret.pdf", ".."])
def test_list_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    client_folder(tmp_path / "run", "new", count=2)
    (tmp_path / "secret.pdf").write_bytes(body_of(REFS[0]))
    tracking = tmp_path / "run" / "run_data" / "tracking.json"
    tracking.write_text(json.dumps({REFS[0]: name, "165777": name}))
    holding = loaded(tmp_path / "run")
    paths = [holding.path_of(entry) for entry in holding.entries if entry.file]
    assert {path.name for path in paths} == {f"{REFS[0]}.pdf", f"{REFS[1]}.pdf", "165777.pdf"}
    assert all(path.parent == tmp_path / "run" / "pdfs" for path in paths)


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 400, None])
def test_ledger_that_is_lost_leaves_the_manifest(tmp_path: Path, damage: bytes | None) -> None:
    folder = Folder(tmp_path / "run", 2)
    rows = "".join(f"{entry.reference},{entry.file},{entry.sha256},stored\n" for entry in folder.rows().values())
    (folder.data / "manifest.csv").write_text("reference,file,sha256,status\n" + rows + "165009,,,failed\n")
    path = folder.data / "ledger.sqlite"
    path.unlink() if damage is None else path.write_bytes(damage)
    folder.put(REFS[0], body_of(REFS[0], more="printed again"))
    assert found_in(folder.path) == {REFS[0]: "changed", REFS[1]: "right", "165009": "open"}
    assert loaded(folder.path).source == "manifest.csv"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    st.sampled_from(["tracking.json", "inventory.csv", "manifest.csv"]),
    st.binary(max_size=300) | st.text().map(str.encode),
)
def test_lists_may_hold_anything(tmp_path: Path, name: str, data: bytes) -> None:
    folder = tmp_path / "run" / "run_data"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    listing = read_lists(tmp_path / "run")
    assert listing is None or all(entry.reference for entry in listing.entries)


# Which folder, and who works on it


def test_newest_is_where_a_run_was_last(tmp_path: Path) -> None:
    for time, name in enumerate(("2026-11-23 (2)", "10-06-2025", "2026-11-23"), 1):
        client_folder(tmp_path / name, "new" if time % 2 else "flat")
        os.utime(next((tmp_path / name).rglob("tracking.json")), (time, time))
    (tmp_path / "demo").mkdir()
    assert newest_folder(tmp_path).name == "2026-11-23"


def test_newest_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no run folder"):
        newest_folder(tmp_path)


def test_folder_of_nobody_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    with pytest.raises(ConfigError, match="nothing to verify"), held(tmp_path / "letters"):
        pass
    assert list((tmp_path / "letters").iterdir()) == []


def test_folder_in_use_is_refused(tmp_path: Path) -> None:
    run = run_in(tmp_path / "downloads", tmp_path / "job")
    run.ledger.list_vehicles([vehicle(0)])
    with pytest.raises(JobInUseError), held(run.folder):
        pass
    run.close(clean=True)
    with held(run.folder) as job:
        assert job.folder == tmp_path / "job"


def test_jobdir_of_a_copy_is_its_own(tmp_path: Path) -> None:
    run = run_in(tmp_path / "downloads")
    run.close(clean=True)
    assert job_of(run.folder) == run.folder / "run_data" / "job"
    copy = tmp_path / "copy"
    shutil.copytree(run.folder, copy)
    assert job_of(copy) == copy / "run_data" / "repair"
    shutil.rmtree(run.folder)
    assert job_of(copy) == copy / "run_data" / "job"


def test_jobdir_that_went_on_elsewhere(tmp_path: Path) -> None:
    first = run_in(tmp_path / "downloads", tmp_path / "job")
    first.close(clean=True)
    job = JobDir(tmp_path / "job")
    assert job.record is not None
    job.write(type(job.record)(str(tmp_path / "other"), job.record.owner, job.record.arguments, job.record.began))
    job.release()
    assert job_of(first.folder) == first.folder / "run_data" / "job"


def test_pdfs_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert pdfs_of(tmp_path / "run", config_in(tmp_path)) == tmp_path / "run" / "pdfs"
    store = config_in(tmp_path, FILES_STORE=str(tmp_path / "store"))
    assert pdfs_of(tmp_path / "run", store) == tmp_path / "store" / "run"
    (tmp_path / "run" / "run_data").mkdir()
    with closing(open_ledger(tmp_path / "run" / "run_data" / LEDGER)) as ledger:
        ledger.note("store_key", "dealer/run")
    assert pdfs_of(tmp_path / "run", store) == tmp_path / "store" / "dealer" / "run"
    bucket = config_in(tmp_path, FILES_STORE="gs://bucket/reports")
    with pytest.raises(ConfigError, match="folders of this machine only: FILES_STORE is gs://"):
        pdfs_of(tmp_path / "run", bucket)
    client_folder(tmp_path / "flat", "flat")
    assert pdfs_of(tmp_path / "flat", bucket) == tmp_path / "flat" / "pdfs"
