"""Reading PDFs in a child: what it reads, and what a PDF that breaks it costs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import psutil
import pytest

from demo_portal.poison import POISONS
from jdp.preflight.items import FAIL, OK
from jdp.preflight.machine import pdf_reader
from jdp.proof.envelope import BrokenPdfError
from jdp.proof.pdf import read_words
from jdp.proof.reader import MEMORY, PdfReader, ReaderFailedError
from jdp.proof.words import text_of
from tests.helpers.crawls import LIMIT, REPO
from tests.helpers.parts import pdf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROPER = pdf("Stock #: 165530", "caf\xe9")
POSIX = pytest.mark.skipif(os.name != "posix", reason="a limit that Windows does not have")


@pytest.fixture
def reader() -> Iterator[PdfReader]:
    """Return a reader that gives a PDF so much time that only one that never ends takes longer."""
    reader = PdfReader(seconds=LIMIT)
    yield reader
    reader.close()


def child_of(reader: PdfReader) -> psutil.Process:
    assert reader._child is not None
    return psutil.Process(reader._child.process.pid)


def test_reader_reads_what_pdf_reads(reader: PdfReader) -> None:
    assert reader.read(PROPER) == read_words(PROPER)


@pytest.mark.parametrize("body", [b"", b"<html>", b"neither", PROPER[:-200], PROPER.replace(b"obj", b"job")])
def test_reader_says_what_pdf_says(reader: PdfReader, body: bytes) -> None:
    with pytest.raises(BrokenPdfError) as here:
        read_words(body)
    with pytest.raises(BrokenPdfError) as there:
        reader.read(body)
    assert str(there.value) == str(here.value)


@POSIX
@pytest.mark.parametrize(
    ("script", "told"),
    [
        (None, "No such file or directory"),
        ("echo quarantined >&2; exit 3", "quarantined"),
        ("exit 3", "exit status 3"),
        ("exit 0", "exit status 0"),
    ],
)
def test_reader_that_does_not_start_is_no_broken_pdf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, told: str
) -> None:
    python = tmp_path / "python"
    if script is not None:
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    for start in (PdfReader().start, lambda: PdfReader().read(PROPER)):
        with pytest.raises(ReaderFailedError, match="the PDF reader does not start") as caught:
            start()
        assert told in str(caught.value)
    (item,) = pdf_reader()
    assert (item.state, item.name) == (FAIL, "PDF reader")
    assert told in item.told


def test_reader_that_starts() -> None:
    assert [item.state for item in pdf_reader()] == [OK]


def test_reader_keeps_one_child(reader: PdfReader) -> None:
    reader.read(PROPER)
    first = child_of(reader).pid
    with pytest.raises(BrokenPdfError):
        reader.read(b"neither")
    reader.read(PROPER)
    assert child_of(reader).pid == first


def test_slow_pdf_ends_the_child_and_the_next_is_read(reader: PdfReader) -> None:
    reader.read(PROPER)
    child = child_of(reader)
    reader._child.seconds = 1  # now that the child has started; the next one has its usual time again
    with pytest.raises(BrokenPdfError, match="takes longer than 1 s to read"):
        reader.read(POISONS["slow-pdf"]("165530"))
    assert not child.is_running()
    assert "165530" in text_of(reader.read(PROPER))


@POSIX
@pytest.mark.parametrize("name", ["huge-pdf", "nested-pdf"])
def test_huge_pdf_ends_the_child_and_the_next_is_read(name: str) -> None:
    reader = PdfReader()
    reader.read(PROPER)
    reader._child.seconds = LIMIT  # a slow machine is long at filling the memory
    with pytest.raises(BrokenPdfError, match="needs too much memory"):
        reader.read(POISONS[name]("165530"))
    assert "165530" in text_of(reader.read(PROPER))
    limits = child_of(reader).rlimit(psutil.RLIMIT_AS) if sys.platform == "linux" else (MEMORY, MEMORY)
    assert limits == (MEMORY, MEMORY)
    reader.close()


def test_child_that_was_killed_while_idle_is_no_broken_report(reader: PdfReader) -> None:
    reader.read(PROPER)
    child = child_of(reader)
    child.kill()
    child.wait(LIMIT)
    assert "165530" in text_of(reader.read(PROPER))


def test_child_that_does_not_start_is_told(reader: PdfReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(BrokenPdfError, match=r"the PDF reader does not start \(exit status 1\)"):
        reader.read(PROPER)


def test_interpreter_that_is_gone_is_told(reader: PdfReader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(BrokenPdfError, match="the PDF reader does not start"):
        reader.read(PROPER)


def test_close_ends_the_child(reader: PdfReader) -> None:
    reader.close()
    reader.read(PROPER)
    child = child_of(reader)
    reader.close()
    assert not child.is_running()


def test_child_knows_no_password(reader: PdfReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JD_PASS", "pass-word-7391")
    reader.read(PROPER)
    assert "pass-word-7391" not in str(child_of(reader).environ())


OWNER = """
import sys
from demo_portal.poison import POISONS
from jdp.proof.reader import PdfReader
from tests.helpers.parts import pdf
reader = PdfReader(float(sys.argv[1]))
reader.read(pdf("Stock #: 165530"))
print(reader._child.process.pid, flush=True)
for line in sys.stdin:
    print("reading", flush=True)
    reader.read(POISONS["slow-pdf"]("165530"))
"""


def owner(seconds: float) -> subprocess.Popen[str]:
    """Start a process that has a reader; it prints the reader's id, and gives it a slow PDF for each line."""
    return subprocess.Popen(
        [sys.executable, "-c", OWNER, str(seconds)],
        cwd=REPO,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def test_child_ends_when_its_parent_is_killed_idle() -> None:
    with owner(10) as process:
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        process.kill()
        child.wait(LIMIT)


def test_child_ends_when_its_parent_is_killed_while_it_reads() -> None:
    with owner(10) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "reading\n"
        process.kill()
        child.wait(20)  # far below what this PDF takes


@POSIX
def test_child_does_not_hear_ctrl_c() -> None:
    with owner(10) as process:
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        assert os.getpgid(child.pid) != os.getpgid(process.pid)
        os.killpg(process.pid, signal.SIGSTOP)
        assert child.status() != psutil.STATUS_STOPPED
        process.kill()


def test_child_starts_from_a_zipped_egg(tmp_path: Path) -> None:
    egg = tmp_path / "jdp.egg"
    with zipfile.ZipFile(egg, "w") as archive:
        for path in (REPO / "jdp").rglob("*.py"):
            archive.write(path, str(path.relative_to(REPO)))
    program = f"import sys; sys.path.insert(0, {str(egg)!r}); import jdp.proof.reader as r; print(r.__file__)"
    asked = f"{program}; print([word.text for word in r.PdfReader().read(bytes.fromhex(sys.stdin.read()))])"
    command = [sys.executable, "-c", asked]
    done = subprocess.run(command, cwd=tmp_path, input=PROPER.hex(), capture_output=True, text=True, check=True)
    assert str(egg) in done.stdout
    assert "'Stock', '#:', '165530'" in done.stdout
