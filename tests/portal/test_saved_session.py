"""The session's cookies in the JOBDIR."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdp.portal.saved_session import SavedSession
from tests.helpers.parts import Clock

COOKIE: dict[str, Any] = {
    "name": ".ASPXAUTH",
    "value": "key-42",
    "domain": "portal.test",
    "path": "/",
    "expires": -1,
    "httpOnly": True,
    "secure": False,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*COOKIE]) | st.text(), inner),
)


def test_kept_and_taken_up(tmp_path: Path) -> None:
    kept = SavedSession(tmp_path / "session.json")
    kept.write([COOKIE])
    assert SavedSession(tmp_path / "session.json").read() == [COOKIE]
    kept.remove()
    kept.remove()
    assert kept.read() == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_kept_for_its_owner_alone(tmp_path: Path) -> None:
    kept = SavedSession(tmp_path / "session.json")
    for value in ("older", "newer"):
        kept.write([{**COOKIE, "value": value}])
        assert kept.path.stat().st_mode & 0o777 == 0o600


def test_follows_what_changes_once_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    kept = SavedSession(tmp_path / "session.json")
    seen = []
    for seconds, value in ((1, "a"), (0.5, "b"), (0.6, "b"), (5, "b")):
        clock.now += seconds
        kept.follow(lambda value=value: [{**COOKIE, "value": value}])
        seen.append((kept.read()[0]["value"], kept.path.stat().st_ino))
    assert [value for value, _ in seen] == ["a", "a", "b", "b"]
    assert seen[2] == seen[3]  # not written again


def test_not_kept_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = SavedSession(tmp_path / "nowhere" / "session.json")
    kept.write([COOKIE])
    kept.write([COOKIE])
    assert len(caplog.records) == 1
    assert "key-42" not in caplog.text


@given(JSON.map(lambda value: json.dumps(value).encode()) | st.binary())
def test_any_content_is_read_as_cookies_or_none(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "session.json")
        path.write_bytes(content)
        found = SavedSession(path).read()
    assert all(COOKIE.keys() <= cookie.keys() for cookie in found)


@pytest.mark.parametrize("missing", [*COOKIE])
def test_cookie_that_lacks_something_is_none(tmp_path: Path, missing: str) -> None:
    kept = SavedSession(tmp_path / "session.json")
    kept.write([{name: value for name, value in COOKIE.items() if name != missing}])
    assert kept.read() == []
