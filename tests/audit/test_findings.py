"""Every file of a run folder proven again."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

import jdp.audit.progress
from jdp.audit.findings import MOST_BYTES, Kind, audit
from jdp.audit.progress import AuditProgress
from jdp.audit.report import SHOWN, all_right, table, to_csv, to_json
from jdp.exceptions import ConfigError
from jdp.items import FAILED, GONE, Vehicle
from jdp.proof.reader import PdfReader
from tests.helpers.parts import LABELS, pdf, vehicle
from tests.helpers.run_folders import REFS, Folder, body_of, findings_in, found_in, loaded

if TYPE_CHECKING:
    from pathlib import Path

NAMELESS = pdf("Inventory item 165000", "a report that names nobody")


def reason_of(path: Path, reference: str) -> str:
    return next(finding.reason for finding in findings_in(path) if finding.reference == reference)


def test_audit_of_a_folder_that_is_right(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run")
    findings = findings_in(folder.path)
    assert [(each.reference, each.kind) for each in findings] == [(ref, Kind.RIGHT) for ref in REFS[:3]]
    assert all_right(findings)


def test_audit_tells_each_kind(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 9)
    folder.put(REFS[1], body_of(REFS[1], more="printed again"))
    folder.put(REFS[2], body_of(REFS[3]))
    folder.put(REFS[3], body_of(REFS[3])[:700])
    (folder.pdfs / f"{REFS[4]}.pdf").unlink()
    folder.keep_apart(REFS[5], NAMELESS)
    folder.put(REFS[6], NAMELESS)
    for number, status in ((7, FAILED), (8, GONE)):
        (folder.pdfs / f"{REFS[number]}.pdf").unlink()
        folder.settle(REFS[number], status)
    folder.put("999999", body_of(REFS[0]))
    expected = ["right", "changed", "wrong", "broken", "missing", "unproven", "unproven", "open", "open"]
    assert found_in(folder.path) == {**dict(zip(REFS, expected, strict=False)), "999999.pdf": "foreign"}


def test_vehicles_under_one_number_are_proven_by_their_vins(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 1)
    other = Vehicle(f"{REFS[0]}-{vehicle(1).vin}", "x", vehicle(1).vin, number=REFS[0])
    third = Vehicle(f"{REFS[0]}-7", "7", number=REFS[0])
    with folder.ledger() as ledger:
        ledger.list_vehicles([other, third], 5.0)
    for name, vin in ((REFS[0], vehicle(0).vin), (other.reference, other.vin), (third.reference, "")):
        folder.store(name, body_of(REFS[0], more=vin))
    assert found_in(folder.path) == {REFS[0]: "right", other.reference: "right", third.reference: "unproven"}
    (folder.data / "ledger.sqlite").unlink()
    tracked = {name: f"{name}.pdf" for name in (REFS[0], other.reference)}
    (folder.data / "tracking.json").write_text(json.dumps(tracked))
    assert found_in(folder.path)[other.reference] == "right"


def test_wrong_says_whose(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run")
    folder.put(REFS[0], body_of(REFS[1]))
    assert (
        reason_of(folder.path, REFS[0]) == f"another vehicle's report: it names {REFS[1]}, changed since it was stored"
    )


def test_stored_wrong_by_the_run_itself(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run")
    folder.store(REFS[0], body_of(REFS[1]))
    assert reason_of(folder.path, REFS[0]) == f"another vehicle's report: it names {REFS[1]}"


def test_kept_apart_and_proven_by_a_label_given_later(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run")
    folder.keep_apart(REFS[0], body_of(REFS[0], "Inventory item"))
    (finding,) = [each for each in findings_in(folder.path, "Inventory item") if each.reference == REFS[0]]
    assert (finding.kind, finding.proven) == (Kind.UNPROVEN, True)
    assert not next(each.proven for each in findings_in(folder.path) if each.reference == REFS[0])


def test_huge_file_is_not_read(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run")
    with (folder.pdfs / f"{REFS[0]}.pdf").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert found_in(folder.path)[REFS[0]] == "broken"
    assert "no report has" in reason_of(folder.path, REFS[0])


def test_foreign_of_every_sort(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 2)
    (folder.pdfs / "sent").mkdir()
    for name in ("sent/165000.pdf", "165000.pdf.part", "notes.txt", "Thumbs.db", ".DS_Store"):
        (folder.pdfs / name).write_bytes(body_of(REFS[0]))
    foreign = [each for each in findings_in(folder.path) if each.kind is Kind.FOREIGN]
    names = {each.path.relative_to(folder.pdfs).as_posix(): each.reason for each in foreign if each.path}
    assert sorted(names) == ["165000.pdf.part", "notes.txt", "sent/165000.pdf"]
    assert "interrupted" in names["165000.pdf.part"]


def test_departed_vehicle_is_not_open(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 1)
    folder.settle("777777", FAILED)
    with folder.ledger() as ledger:
        ledger.depart(3.0)
    assert found_in(folder.path) == {REFS[0]: "right"}
    due = audit(loaded(folder.path), LABELS, frozenset({"777777"}))
    assert [each.kind for each in due] == [Kind.RIGHT, Kind.OPEN]


def test_stored_by_the_manifest_but_not_by_the_ledger(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 2)
    (folder.data / "manifest.csv").write_text(f"reference,status,file\n{REFS[0]},stored,{REFS[0]}.pdf\n")
    (folder.pdfs / f"{REFS[0]}.pdf").unlink()
    with folder.ledger() as ledger:
        ledger.forget([REFS[0]])
    assert found_in(folder.path) == {REFS[0]: "open", REFS[1]: "right"}


def test_reader_that_does_not_start_makes_no_file_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path / "run")
    holding = loaded(folder.path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(ConfigError, match="no PDF can be read on this machine"):
        audit(holding, LABELS)


def test_readers_are_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path / "run")
    closed: list[PdfReader] = []
    close = PdfReader.close

    def noting(reader: PdfReader) -> None:
        close(reader)
        closed.append(reader)

    monkeypatch.setattr(PdfReader, "close", noting)
    findings_in(folder.path)
    assert closed
    assert all(reader._child is None for reader in closed)


# What is printed and written


def test_table_is_ascii_and_bounded(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 1)
    for number in range(SHOWN + 3):
        (folder.pdfs / f"caf\u00e9 {number:02}.pdf").write_bytes(b"neither")
    holding, findings = loaded(folder.path), findings_in(folder.path)
    lines = table(holding, findings, 80).splitlines()
    assert max(map(len, lines[:-1])) < 80
    assert "\n".join(lines).isascii()
    assert sum("foreign" in line for line in lines) == SHOWN
    assert lines[-1] == f"and 3 more, all in {holding.data / 'verify.csv'}"


def test_csv_has_every_file_and_no_formula(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 2)
    (folder.pdfs / "=cmd|calc.pdf").write_bytes(b"neither")
    text = to_csv(findings_in(folder.path)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["found"] for row in rows] == ["right", "right", "foreign"]
    assert rows[-1]["reference"] == "'=cmd|calc.pdf"


def test_json_counts_and_names(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run", 2)
    folder.put(REFS[0], body_of(REFS[1]))
    told = json.loads(to_json(loaded(folder.path), findings_in(folder.path), 1))
    assert (told["counts"]["right"], told["counts"]["wrong"], told["exit_status"]) == (1, 1, 1)
    assert [problem["reference"] for problem in told["problems"]] == [REFS[0]]


def test_progress_in_a_pipe_is_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jdp.audit.progress, "EVERY_SECONDS", 0.0)
    out = io.StringIO()
    with AuditProgress(out) as progress:
        progress.tell(0, 3)
        progress.tell(2, 3)
    assert out.getvalue() == "Verified 0 of 3 files\nVerified 2 of 3 files\n"
