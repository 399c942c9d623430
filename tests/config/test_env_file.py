"""`.env` as mails, word processors and Notepad leave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp.config.environment import environment
from jdp.exceptions import ConfigError
from tests.helpers.parts import project_settings

if TYPE_CHECKING:
    from pathlib import Path

WORD = "pass-word-7391"


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JD_USER", "JD_PASS", "ENV_FILE"):
        monkeypatch.delenv(name, raising=False)


def read(folder: Path, text: str) -> dict[str, str]:
    path = folder / "night.env"
    path.write_text(text, encoding="utf-8", newline="")
    return environment(project_settings(ENV_FILE=str(path)))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (f"\u201c{WORD}\u201d", "left double quotation mark"),
        (f"\u201e{WORD}\u201c", "double low-9 quotation mark"),
        (f"\u2018{WORD}\u2019", "left single quotation mark"),
        (f"\u00ab\u00a0{WORD}\u00a0\u00bb", "left-pointing double angle quotation mark"),
        (f"{WORD}\u201d", "right double quotation mark"),
        (f"`{WORD}`", "grave accent"),
        (f"{WORD[:4]}\u00a0{WORD[4:]}", "U+00A0, no-break space"),
        (f"'{WORD}\u200b'", "U+200B, zero width space"),
        (f'"{WORD}\\n"', "U+000A, a control character"),
    ],
)
def test_value_that_nobody_meant(tmp_path: Path, value: str, told: str) -> None:
    with pytest.raises(ConfigError, match=r"night\.env, line 2: JD_PASS") as caught:
        read(tmp_path, f"JD_USER=dealer\r\nJD_PASS={value}\r\n")
    assert told in str(caught.value)
    assert WORD not in str(caught.value)
    assert str(caught.value).isascii()


@pytest.mark.parametrize(
    "line",
    [
        f"JD_PASS='{WORD}\u201d",
        f"JD_PASS: {WORD}",
        f"set JD_PASS={WORD}",
        f"JD_PASS {WORD}",
    ],
)
def test_line_that_is_none(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=r"night\.env, line 3: ") as caught:
        read(tmp_path, f"# two\nJD_USER=dealer\n{line}\n")
    assert WORD not in str(caught.value)


@pytest.mark.parametrize("key", ["jd_user", "\u200bJD_USER", "\u201cJD_USER\u201d", "-JD_USER", "JD-_USER"])
def test_name_that_is_none(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match="which is no setting: write JD_USER=") as caught:
        read(tmp_path, f"{key}=dealer\n")
    assert str(caught.value).isascii()


@pytest.mark.parametrize(
    "value",
    [f"'{WORD}'", f'"{WORD}"', f"  {WORD}\u00a0 ", f"{WORD} # mine", f"\u00a0'{WORD}'"],
)
def test_value_as_it_should_be(tmp_path: Path, value: str) -> None:
    lines = ("\ufeffexport JD_USER=dealer", "", f"JD_PASS={value}", "OTHER=\u201cx\u201d", "")
    found = read(tmp_path, "\r\n".join(lines))
    assert (found["JD_USER"], found["JD_PASS"]) == ("dealer", WORD)


def test_typographic_quotes_that_are_meant(tmp_path: Path) -> None:
    assert read(tmp_path, "JD_PASS='\u201cword\u201d'\nJD_USER=O\u2019Neil")["JD_PASS"] == "\u201cword\u201d"


def test_typographic_quotes_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JD_PASS", f"\u201c{WORD}\u201d")
    with pytest.raises(ConfigError, match="JD_PASS has typographic quotes"):
        environment(project_settings(ENV_FILE=""))


@pytest.mark.parametrize("name", [".env.txt", "env.txt"])
def test_file_under_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "scrapy.cfg").touch()
    (tmp_path / ".env.example").touch()
    (tmp_path / name).write_text(f"JD_USER=dealer\nJD_PASS={WORD}\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=f"{name} beside it: rename that to .env"):
        environment(project_settings())
    monkeypatch.setenv("JD_PASS", WORD)
    assert environment(project_settings(JD_USER="dealer"))["JD_PASS"] == WORD
    (tmp_path / name).rename(tmp_path / ".env")
    assert environment(project_settings())["JD_USER"] == "dealer"
