"""What is set right in a run folder without the site."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from typing import TYPE_CHECKING

import pytest

from jdp.audit.repair import Repair, promote, remember, repair
from jdp.items import FAILED, STORED, UNPROVEN
from jdp.runs.ledger_rows import WANTED
from tests.helpers.parts import pdf
from tests.helpers.run_folders import (
    LAYOUTS,
    REFS,
    Folder,
    body_of,
    client_folder,
    findings_in,
    found_in,
    loaded,
)

if TYPE_CHECKING:
    from pathlib import Path

NAMELESS = pdf("Inventory item 165000", "a report that names nobody")


def repaired(path: Path, *labels: str) -> Repair:
    return repair(loaded(path), findings_in(path, *labels))


def rejected(path: Path) -> list[str]:
    return sorted(each.name for each in (path / "run_data" / "rejected").glob("*"))


def test_what_is_not_right_is_moved_and_due(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 6)
    folder.put(REFS[0], body_of(REFS[1]))
    folder.put(REFS[1], body_of(REFS[1])[:700])
    folder.put(REFS[2], NAMELESS)
    (folder.pdfs / f"{REFS[3]}.pdf").unlink()
    folder.put("999999", body_of(REFS[4]))
    done = repaired(folder.path)
    assert (done.moved, done.taken_in, done.due, done.stuck) == (4, 0, REFS[:4], [])
    assert rejected(folder.path) == [*(f"{ref}.pdf" for ref in REFS[:3]), "999999.pdf"]
    rows = folder.rows()
    assert [rows[ref].status for ref in REFS[:6]] == [FAILED] * 4 + [STORED] * 2
    assert rows[REFS[0]].reason.startswith(f"another vehicle's report: it names {REFS[1]}")
    assert (rows[REFS[0]].file, rows[REFS[0]].sha256) == ("", "")
    assert found_in(folder.path) == {**dict.fromkeys(REFS[:4], "open"), **dict.fromkeys(REFS[4:6], "right")}


def test_nothing_in_rejected_is_ever_overwritten(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 2)
    for content in (body_of(REFS[1]), body_of(REFS[1], more="once more"), b"neither"):
        folder.store(REFS[0], content)
        assert repaired(folder.path).moved == 1
    assert rejected(folder.path) == [f"{REFS[0]} (2).pdf", f"{REFS[0]} (3).pdf", f"{REFS[0]}.pdf"]
    assert (folder.data / "rejected" / f"{REFS[0]}.pdf").read_bytes() == body_of(REFS[1])


def test_changed_but_right_stays_and_is_known(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 1)
    body = body_of(REFS[0], more="printed again")
    folder.put(REFS[0], body)
    assert repaired(folder.path).due == []
    assert folder.rows()[REFS[0]].sha256 == hashlib.sha256(body).hexdigest()
    assert found_in(folder.path) == {REFS[0]: "right"}


def test_stored_and_unchanged_is_not_moved_for_lack_of_a_label(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 1)
    folder.store(REFS[0], body_of(REFS[0], "Inventory item"))
    assert (repaired(folder.path).moved, found_in(folder.path)) == (0, {REFS[0]: "unproven"})


@pytest.mark.parametrize(("time", "adopted"), [(1000.0, True), (900.0, False)])
def test_file_without_row_is_taken_in_when_the_run_made_it(tmp_path: Path, time: float, adopted: bool) -> None:
    folder = Folder(tmp_path / "run", 2)
    with folder.ledger() as ledger:
        ledger.forget([REFS[0]])
        ledger.want([REFS[0]])
    folder.put(REFS[0], body_of(REFS[0]), time)
    done = repaired(folder.path)
    assert (done.taken_in, done.moved, sorted(set(done.due))) == ((1, 0, []) if adopted else (0, 1, [REFS[0]]))
    assert folder.rows()[REFS[0]].status == (STORED if adopted else WANTED)


def test_foreign_of_the_same_name_leaves_a_stored_row_alone(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 1)
    (folder.pdfs / "sent").mkdir()
    (folder.pdfs / "sent" / f"{REFS[0]}.pdf").write_bytes(body_of(REFS[0]))
    done = repaired(folder.path)
    assert (done.moved, done.due, folder.rows()[REFS[0]].status) == (1, [], STORED)


def test_file_that_cannot_be_moved_is_said_and_stays_in_the_ledger(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 2)
    folder.put(REFS[0], body_of(REFS[1]))
    (folder.data / "rejected").write_text("a file where the folder should be")
    done = repaired(folder.path)
    assert done.due == []
    assert f"{REFS[0]}.pdf cannot be moved" in done.stuck[0]
    assert folder.rows()[REFS[0]].status == STORED


def test_lists_say_what_the_ledger_says(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 2)
    (folder.pdfs / f"{REFS[0]}.pdf").unlink()
    repaired(folder.path)
    assert json.loads((folder.data / "tracking.json").read_bytes()) == {REFS[0]: None, REFS[1]: f"{REFS[1]}.pdf"}
    rows = csv.DictReader((folder.data / "manifest.csv").read_text(encoding="utf-8-sig").splitlines())
    assert [row["status"] for row in rows] == [FAILED, STORED]


def test_lists_that_cannot_be_written_stop_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 2)
    (folder.pdfs / f"{REFS[0]}.pdf").unlink()
    (folder.data / "manifest.csv" / "open in a spreadsheet").mkdir(parents=True)
    done = repaired(folder.path)
    assert (done.due, len(done.stuck)) == ([REFS[0]], 1)
    assert folder.rows()[REFS[0]].status == FAILED


def test_what_a_run_forgot_is_remembered(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 2)
    (folder.pdfs / f"{REFS[0]}.pdf").unlink()
    done = repaired(folder.path)
    with folder.ledger() as ledger:
        ledger.unwant()
    assert REFS[0] not in found_in(folder.path)
    remember(loaded(folder.path), done.due)
    assert found_in(folder.path) == {REFS[0]: "open", REFS[1]: "right"}


# Reports that were kept apart


def test_label_given_later_takes_in_what_was_kept_apart(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 3)
    folder.keep_apart(REFS[0], body_of(REFS[0], "Inventory item"))
    folder.keep_apart(REFS[1], NAMELESS)
    done = promote(loaded(folder.path), findings_in(folder.path, "Inventory item"))
    assert (done.taken_in, done.due) == (1, [])
    assert (folder.pdfs / f"{REFS[0]}.pdf").read_bytes() == body_of(REFS[0], "Inventory item")
    assert [path.name for path in (folder.data / "unproven").iterdir()] == [f"{REFS[1]}.pdf"]
    rows = folder.rows()
    assert [rows[ref].status for ref in REFS[:3]] == [STORED, UNPROVEN, STORED]
    assert found_in(folder.path, "Inventory item")[REFS[0]] == "right"


def test_label_never_overwrites_a_file(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 1)
    folder.keep_apart(REFS[0], body_of(REFS[0], "Inventory item"))
    path = folder.put(REFS[0], b"somebody's")
    done = promote(loaded(folder.path), findings_in(folder.path, "Inventory item"))
    assert (done.taken_in, path.read_bytes(), folder.rows()[REFS[0]].status) == (0, b"somebody's", UNPROVEN)
    assert "is there already" in done.stuck[0]


# Folders without a ledger


@pytest.mark.parametrize("layout", LAYOUTS)
def test_client_folder_gets_a_ledger_and_keeps_its_right_files(tmp_path: Path, layout: str) -> None:
    path = tmp_path / "run"
    pdfs = client_folder(path, layout, count=6, pending=1)
    (pdfs / f"{REFS[0]}.pdf").write_bytes(body_of(REFS[1]))
    (pdfs / f"{REFS[1]}.pdf").write_bytes(NAMELESS)
    os.utime(pdfs / f"{REFS[2]}.pdf", (1000, 1000))
    listed = next(path.rglob("tracking.json")).read_bytes()
    done = repaired(path)
    assert (done.moved, done.due) == (1, [REFS[0], REFS[5]])
    assert sorted(each.name for each in (path / "pdfs").iterdir()) == [f"{ref}.pdf" for ref in REFS[2:5]]
    assert (path / "pdfs" / f"{REFS[2]}.pdf").stat().st_mtime == 1000
    expected = ["open", "unproven", "right", "right", "right", "open"]
    assert found_in(path) == dict(zip(REFS, expected, strict=False))
    holding = loaded(path)
    assert holding.has_ledger
    assert [entry.way for entry in holding.entries][2:5] == ["disk"] * 3
    kept = path / "run_data" / "before-repair" / "tracking.json" if layout == "new" else path / "tracking.json"
    assert kept.read_bytes() == listed


@pytest.mark.parametrize("layout", LAYOUTS)
def test_client_folder_repair_that_was_cut_off_goes_on(tmp_path: Path, layout: str) -> None:
    path = tmp_path / "run"
    pdfs = client_folder(path, layout, count=4)
    (path / "pdfs").mkdir(exist_ok=True)
    (pdfs / f"{REFS[0]}.pdf").replace(path / "pdfs" / f"{REFS[0]}.pdf")
    (path / "run_data").mkdir(exist_ok=True)
    (path / "run_data" / "ledger.sqlite.part").write_bytes(b"half a ledger")
    (pdfs / f"{REFS[3]}.pdf").unlink()
    assert repaired(path).due == [REFS[3]]
    assert found_in(path) == {**dict.fromkeys(REFS[:3], "right"), REFS[3]: "open"}


def test_damaged_ledger_is_set_aside_and_made_anew(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 3)
    (folder.pdfs / f"{REFS[0]}.pdf").unlink()
    repaired(folder.path)
    (folder.data / "ledger.sqlite").write_bytes(b"no database at all" * 400)
    folder.put(REFS[1], body_of(REFS[2]))
    assert sorted(repaired(folder.path).due) == REFS[:2]
    assert (folder.data / "ledger.sqlite.damaged").exists()
    assert [folder.rows()[ref].status for ref in REFS[:3]] == [FAILED, FAILED, STORED]
