"""Files that are whole or not there: open elsewhere for a moment, on file systems that cannot sync."""

from __future__ import annotations

import errno
import logging
import os
from typing import TYPE_CHECKING

import pytest

from jdp.utils import files
from jdp.utils.files import PAUSES, move, remove, rename, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

HELD = PermissionError(errno.EACCES, "The process cannot access the file because it is being used")
REFUSALS = 3


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that are made, of which none takes time."""
    found: list[float] = []
    monkeypatch.setattr("time.sleep", found.append)
    return found


def hold(monkeypatch: pytest.MonkeyPatch, name: str, times: float, error: OSError = HELD) -> None:
    """Have a function of `os` refuse so many times."""
    real, calls = getattr(os, name), []

    def refusing(*args: object, **kwargs: object) -> object:
        calls.append(args)
        if len(calls) <= times:
            raise error
        return real(*args, **kwargs)

    monkeypatch.setattr(os, name, refusing)


@pytest.mark.parametrize("error", [HELD, PermissionError("no number"), OSError(errno.EBUSY, "busy")])
def test_file_that_is_open_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, naps: list[float], error: OSError
) -> None:
    path = tmp_path / "165530.pdf"
    hold(monkeypatch, "replace", REFUSALS, error)
    write_atomically(path, b"whole")
    assert path.read_bytes() == b"whole"
    assert naps == [*PAUSES[:REFUSALS]] == sorted(naps)


def test_file_that_stays_open_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, naps: list[float]) -> None:
    path = tmp_path / "165530.pdf"
    path.write_bytes(b"before")
    hold(monkeypatch, "replace", float("inf"))
    with pytest.raises(PermissionError, match="open in another program") as caught:
        write_atomically(path, b"after")
    assert "165530.pdf'" in str(caught.value)
    assert (path.read_bytes(), [*tmp_path.iterdir()]) == (b"before", [path])
    assert 5 < sum(naps) < 10


def test_file_that_is_not_worth_the_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, naps: list[float]) -> None:
    hold(monkeypatch, "replace", 1)
    with pytest.raises(PermissionError):
        write_atomically(tmp_path / "session.json", b"", patient=False)
    assert naps == []


def test_disk_that_is_full_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, naps: list[float]
) -> None:
    hold(monkeypatch, "replace", 1, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(OSError, match="No space left"):
        write_atomically(tmp_path / "165530.pdf", b"")
    assert naps == []


def test_what_is_moved_and_removed_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, naps: list[float]
) -> None:
    source, folder = tmp_path / "a", tmp_path / "folder"
    source.write_bytes(b"a")
    (folder / "below").mkdir(parents=True)
    for name, action in (
        ("replace", lambda: rename(source, tmp_path / "b")),
        ("rename", lambda: move(tmp_path / "b", tmp_path / "c")),
        ("unlink", lambda: remove(tmp_path / "c")),
        ("rmdir", lambda: remove(folder)),
    ):
        naps.clear()
        with monkeypatch.context() as patch:
            hold(patch, name, 1)
            action()
        assert naps == [PAUSES[0]] or name == "rename", name  # a move that is refused is a copy
    assert [*tmp_path.iterdir()] == []
    remove(tmp_path / "a")


@pytest.mark.skipif(os.name == "nt", reason="folders are not synced there")
@pytest.mark.parametrize("name", ["fsync", "open"])
@pytest.mark.parametrize("number", [errno.EINVAL, errno.EACCES, errno.ENOTSUP, errno.ENOSYS, errno.EBADF])
def test_folder_that_cannot_be_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str, number: int
) -> None:
    monkeypatch.setattr(files, "_said", [])
    real = getattr(os, name)

    def refusing(what: object, *args: object, **kwargs: object) -> object:
        if what == tmp_path or (name == "fsync" and os.path.samestat(os.fstat(what), tmp_path.stat())):
            raise OSError(number, os.strerror(number))
        return real(what, *args, **kwargs)

    monkeypatch.setattr(os, name, refusing)
    with caplog.at_level(logging.WARNING):
        for file in ("one", "two"):
            write_atomically(tmp_path / file, b"whole")
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}
    (told,) = caplog.messages
    assert str(tmp_path) in told
    assert os.strerror(number) in told


def test_disk_that_fails_at_a_sync_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(monkeypatch, "fsync", 1, OSError(errno.EIO, "Input/output error"))
    with pytest.raises(OSError, match="Input/output"):
        write_atomically(tmp_path / "165530.pdf", b"")
    assert [*tmp_path.iterdir()] == []
