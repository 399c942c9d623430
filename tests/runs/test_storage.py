"""File names that are safe everywhere, and files that are whole or not there."""

from __future__ import annotations

import contextlib
import re
import sys
import threading
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jdp.runs.storage import safe_name
from jdp.utils.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAFE = re.compile(r"[0-9A-Za-z_~-]+")
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
HOSTILE = [
    "../../etc/passwd",
    "..",
    ".",
    "a/b",
    "a\\b",
    "a:b",
    "A ",
    "A.",
    " A",
    "A\n",
    "A\x00",
    "A" * 300,
    "\u00c9CLAIR",
    "E\u0301CLAIR",
    "\u8eca\u4e21",
    "\U0001f697",
    "",
    " ",
    "_",
    "-",
    "~",
    "CONIN$",
    "165530~abc",
    "165530.pdf",
]
DEVICE_NAMES = ["CON", "con", "Con", "nul", "NUL", "COM1", "com1", "LPT9", "aux", "PRN", "CON ", "CON."]
FORGERIES = [safe_name(name) for name in ("a/b", "", "con", "abc")]

references = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="aAbB1_-~/. \u00e9e\u0301\u00c9\u212a\u0131", max_size=6),
    st.sampled_from(HOSTILE + DEVICE_NAMES + FORGERIES),
    st.from_regex(r"[0-9]{6}[A-Za-z]?", fullmatch=True),
)


@pytest.mark.parametrize("reference", ["165530", "165598A", "A", "7-11_B"])
def test_name_plain_reference_is_itself(reference: str) -> None:
    assert safe_name(reference) == reference


@pytest.mark.parametrize("reference", HOSTILE + DEVICE_NAMES + FORGERIES)
def test_name_hostile_reference(reference: str) -> None:
    name = safe_name(reference)
    assert SAFE.fullmatch(name)
    assert name.lower() not in DEVICES
    assert "~" in name
    assert len(name) <= 100


def test_name_stays_readable() -> None:
    assert safe_name("../../etc/passwd").startswith("etc_passwd~")
    assert safe_name("Lot 7/B").startswith("lot_7_b~")


def test_names_of_case_pairs_apart() -> None:
    names = {safe_name(reference).casefold() for reference in ("abc", "ABC", "Abc", "aBC")}
    assert len(names) == 4


def test_names_of_forged_digests_apart() -> None:
    for reference in ("a/b", "abc", ""):
        forged = safe_name(reference)
        assert safe_name(forged).casefold() != forged.casefold()
        assert safe_name(forged.upper()).casefold() != forged.casefold()


def test_names_beyond_the_readable_part_apart() -> None:
    assert safe_name("A" * 300) != safe_name("A" * 299)


@settings(database=None, deadline=None, max_examples=500)
@given(references, references)
@example("\u00e9", "e\u0301")
@example("\u212a", "K")
@example("a/b", "a\\b")
def test_names_apart_wherever_they_are_stored(one: str, other: str) -> None:
    folded = [unicodedata.normalize("NFC", safe_name(reference).casefold()) for reference in (one, other)]
    decomposed = [unicodedata.normalize("NFD", safe_name(reference)).casefold() for reference in (one, other)]
    assert (folded[0] == folded[1]) == (decomposed[0] == decomposed[1]) == (one == other)


@settings(database=None, deadline=None, max_examples=500)
@given(references)
def test_name_safe_short_and_stable(reference: str) -> None:
    name = safe_name(reference)
    assert SAFE.fullmatch(name)
    assert len(name.encode()) <= 100
    assert name.lower() not in DEVICES
    assert safe_name(str(reference)) == name


def test_name_is_the_same_in_every_run() -> None:
    assert safe_name("a/b") == "a_b~c14cddc033f64b9d"


# Writing


@contextlib.contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Make the system refuse larger files with an OSError, in the midst of writing them."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_write_new_and_again(tmp_path: Path) -> None:
    path = tmp_path / "165530.pdf"
    write_atomically(path, b"one")
    write_atomically(path, b"")
    write_atomically(path, b"three")
    assert path.read_bytes() == b"three"
    assert list(tmp_path.iterdir()) == [path]


def test_write_refused_leaves_no_part(tmp_path: Path) -> None:
    with files_of_at_most(1000), pytest.raises(OSError, match="too large"):
        write_atomically(tmp_path / "165530.pdf", b"x" * 5000)
    assert list(tmp_path.iterdir()) == []


def test_write_refused_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "165530.pdf"
    write_atomically(path, b"old")
    with files_of_at_most(1000), pytest.raises(OSError, match="too large"):
        write_atomically(path, b"x" * 5000)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_write_name_taken_by_a_folder(tmp_path: Path) -> None:
    (tmp_path / "165530.pdf").mkdir()
    with pytest.raises(OSError, match="165530"):
        write_atomically(tmp_path / "165530.pdf", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["165530.pdf"]


def test_write_folder_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "gone" / "165530.pdf", b"new")


def test_write_over_an_older_part(tmp_path: Path) -> None:
    (tmp_path / "165530.pdf.part").write_bytes(b"left by a crash, and longer than the file")
    write_atomically(tmp_path / "165530.pdf", b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open elsewhere cannot be replaced there")
def test_write_shows_no_half_file(tmp_path: Path) -> None:
    path, versions = tmp_path / "tracking.json", (b"a" * 3_000_000, b"b" * 2_000_000)
    write_atomically(path, versions[0])
    seen: set[bytes] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(40):
        write_atomically(path, versions[number % 2])
    done.set()
    reader.join()
    assert seen <= set(versions)
    assert seen
