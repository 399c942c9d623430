"""A capture's folder: whole or not there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jdp.recording import capture
from jdp.recording.capture import CaptureError, check_folder, write_capture
from jdp.recording.pages import RawPage
from jdp.recording.recorder import Recorder
from tests.helpers.parts import config_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    """Return what has seen one page."""
    recorder = Recorder(config_in(tmp_path))
    strings = [("text", "Hello Jane Doubtfire")]
    page = RawPage(
        "login page", recorder.config.portal_url, "<p>\ue0000:0:\ue001</p>", strings, [(0, 0, None)], [], b"picture" * 9
    )
    recorder.pages.append(page)
    return recorder


def test_capture_is_written_whole_and_then_named(recorder: Recorder, tmp_path: Path) -> None:
    (tmp_path / "capture").mkdir()
    (tmp_path / "capture.part").mkdir()
    (tmp_path / "capture.part" / "left").touch()
    write_capture(recorder, tmp_path / "capture")
    names = {path.relative_to(tmp_path / "capture").as_posix() for path in (tmp_path / "capture").rglob("*")}
    page = "pages/01-login-page"
    assert names == {"README.txt", "capture.json", "pages", f"{page}.html", f"{page}.json", f"{page}.jpg"}
    assert not (tmp_path / "capture.part").exists()
    assert "Doubtfire" not in (tmp_path / "capture" / f"{page}.html").read_text(encoding="utf-8")
    told = json.loads((tmp_path / "capture" / "capture.json").read_text(encoding="utf-8"))
    assert (told["format"], told["grid"], told["report"]) == (1, None, None)


def test_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path, tmp_path / "file"):
        with pytest.raises(CaptureError, match="name another one"):
            check_folder(folder)
    check_folder(tmp_path / "new" / "capture")


def test_pictures_are_left_out_first_where_there_is_no_room(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_capture(recorder, tmp_path / "all")
    size = sum(path.stat().st_size for path in (tmp_path / "all").rglob("*") if path.is_file())
    monkeypatch.setattr(capture, "LARGEST", size - 1)
    write_capture(recorder, tmp_path / "less")
    assert not list((tmp_path / "less").rglob("*.jpg"))
    assert "Left out" in (tmp_path / "less" / "README.txt").read_text(encoding="utf-8")
    assert list((tmp_path / "less").rglob("*.html"))
