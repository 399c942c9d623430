"""What shows why something failed: kept in bounds, and without secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jdp.runs.evidence
from jdp.exceptions import PageMismatchError, ReportError, Snapshot
from jdp.runs.evidence import INERT, Evidence
from jdp.utils.secret import Secret

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PNG = b"\x89PNG..."


def evidence_in(folder: Path) -> Evidence:
    return Evidence(folder, lambda: ("pass-word-7391", "key=42", "x"))


def mismatch(html: str) -> PageMismatchError:
    error = PageMismatchError("nothing matches #here")
    error.snapshot = Secret(Snapshot(PNG, html))
    return error


def answered(body: bytes) -> ReportError:
    error = ReportError("HTTP 500")
    error.answer = Secret(body)
    return error


def test_page_kept_without_secrets(tmp_path: Path) -> None:
    error = mismatch("<p>pass-word-7391 key=42 x</p>")
    kept = evidence_in(tmp_path).keep("165530", "key=42 was expected", error)
    folder = tmp_path / "evidence" / "165530"
    assert kept == "run_data/evidence/165530"
    assert (folder / "page.html").read_bytes() == INERT + b"<p>*** *** x</p>"
    assert (folder / "screenshot.png").read_bytes() == PNG
    assert (folder / "expected.txt").read_text() == "*** was expected"


def test_answer_kept_by_what_it_is(tmp_path: Path) -> None:
    evidence = evidence_in(tmp_path)
    for name, body in (("A", b"%PDF-1.7 key=42"), ("B", b"<html>key=42"), ("C", b"\0\1")):
        evidence.keep(name, "", answered(body))
    found = {path.name: path.read_bytes() for path in tmp_path.rglob("answer*")}
    # A PDF stays as it came: its bytes are what was judged.
    assert found == {"answer.pdf": b"%PDF-1.7 key=42", "answer.html.txt": b"<html>***", "answer.bin": b"\0\1"}


def test_nothing_to_show_leaves_no_folder(tmp_path: Path) -> None:
    assert evidence_in(tmp_path).keep("165530", "a PDF", ReportError("no answer")) == ""
    assert evidence_in(tmp_path).keep("165530", "a PDF", ValueError("?")) == ""
    assert not (tmp_path / "evidence").exists()


def test_bounded_in_number_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jdp.runs.evidence, "MOST", 2)
    monkeypatch.setattr(jdp.runs.evidence, "LARGEST", 100)
    evidence = evidence_in(tmp_path)
    kept = [evidence.keep(name, "", mismatch("x" * 200)) for name in ("A", "B", "C", "A")]
    assert kept == ["run_data/evidence/A", "run_data/evidence/B", "", "run_data/evidence/A"]
    assert not list(tmp_path.rglob("page.html"))


def test_folder_that_cannot_be_made_changes_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file")
    assert evidence_in(tmp_path).keep("A", "", mismatch("y")) == ""
