"""Settings, environment and arguments: what is taken from where, and what is said about a bad one."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

from jdp.config.arguments import Arguments
from jdp.config.config import Config
from jdp.config.environment import apply_environment, environment, project_folder
from jdp.exceptions import ConfigError
from tests.helpers.parts import ENVIRON, LABELS, project_settings

WHOLE = ("MAX_DOWNLOADS", "CONCURRENT_REQUESTS", "CONCURRENT_CONTEXTS", "RETRY_TIMES", "SESSION_WAIT")
DEFAULTS = {
    "portal_url": "https://extapps.jdpowervalues.com/ValuesOnline/",
    "user": "dealer",
    "headless": True,
    "block_resources": True,
    "trace": False,
    "max_downloads": 0,
    "concurrency": 5,
    "files_store": "",
    "browser": "auto",
    "report_timeout": 180.0,
    "retry_times": 2,
    "session_wait": 360,
    "report_labels": LABELS,
}


def configured(environ: dict[str, str] | None = None, **given: object) -> Config:
    """Return the configuration for an environment and `-s` settings."""
    settings = project_settings(**{"JD_USER": "dealer", **given})
    everything = {**ENVIRON, **(environ or {})}
    apply_environment(settings, everything)
    return Config.from_settings(settings, everything)


# Defaults and values


@pytest.mark.parametrize("name", DEFAULTS)
def test_default(name: str) -> None:
    assert getattr(configured(), name) == DEFAULTS[name]


def test_default_download_folder_beside_scrapy_cfg() -> None:
    assert configured().download_folder == project_folder() / "downloads"
    assert (project_folder() / "scrapy.cfg").is_file()


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("PORTAL_URL", "http://[0:0:0:0:0:0:0:1]:8000/v", "portal_url", "http://[::1]:8000/v/"),
        ("PORTAL_URL", "http://[2001:DB8::A]:80/v", "portal_url", "http://[2001:db8::a]/v/"),
        ("PORTAL_URL", "http://127.0.0.1:8000/ValuesOnline", "portal_url", "http://127.0.0.1:8000/ValuesOnline/"),
        ("JD_USER", "north", "user", "north"),
        ("HEADLESS", "False", "headless", False),
        ("HEADLESS", "on", "headless", True),
        ("BLOCK_RESOURCES", "0", "block_resources", False),
        ("TRACE", "yes", "trace", True),
        ("ADAPTIVE_CONCURRENCY", "off", "adaptive_concurrency", False),
        ("DIRECT_REPORTS", "no", "direct_reports", False),
        ("MAX_DOWNLOADS", "25", "max_downloads", 25),
        ("CONCURRENT_REQUESTS", "7", "concurrency", 7),
        ("CONCURRENT_CONTEXTS", "9", "concurrency", 9),
        ("DOWNLOAD_FOLDER", "/srv/reports", "download_folder", Path("/srv/reports")),
        ("DOWNLOAD_FOLDER", "night/run", "download_folder", project_folder() / "night" / "run"),
        ("FILES_STORE", "gs://bucket/reports", "files_store", "gs://bucket/reports"),
        ("FILES_STORE", "pdfs", "files_store", str(project_folder() / "pdfs")),
        ("BROWSER", "chrome", "browser", "chrome"),
        ("REPORT_TIMEOUT", "0.5", "report_timeout", 0.5),
        ("RETRY_TIMES", "0", "retry_times", 0),
        ("SESSION_WAIT", "0", "session_wait", 0),
        ("REPORT_LABELS", "Unit No, Lot #", "report_labels", ("Unit No", "Lot #")),
    ],
)
def test_value_from_environment_and_command_line(name: str, text: str, field: str, value: object) -> None:
    assert getattr(configured(**{name: text}), field) == value
    given = {} if name != "JD_USER" else {name: None}
    settings = project_settings(**{"JD_USER": "dealer"} if not given else {})
    apply_environment(settings, {**ENVIRON, name: f" {text} "})
    assert getattr(Config.from_settings(settings, ENVIRON), field) == value


def test_labels_as_a_list() -> None:
    assert configured(REPORT_LABELS=["Lot, Row"]).report_labels == ("Lot, Row",)


# Bad values


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *((name, "many") for name in WHOLE),
        *((name, "1.5") for name in WHOLE),
        *((name, "-1") for name in WHOLE),
        ("CONCURRENT_REQUESTS", "0"),
        ("HEADLESS", "maybe"),
        ("BLOCK_RESOURCES", "2"),
        ("ADAPTIVE_CONCURRENCY", "perhaps"),
        ("DIRECT_REPORTS", "maybe"),
        ("REPORT_TIMEOUT", "0"),
        ("REPORT_TIMEOUT", "-3"),
        ("REPORT_TIMEOUT", "nan"),
        ("REPORT_TIMEOUT", "inf"),
        ("REPORT_TIMEOUT", "soon"),
        ("REPORT_LABELS", " , "),
        ("PORTAL_URL", "portal.test"),
        ("PORTAL_URL", "ftp://portal.test/"),
        ("PORTAL_URL", "http:///ValuesOnline/"),
        ("PORTAL_URL", "http://[portal/"),
        ("PORTAL_URL", "http://portal.test:port/"),
    ],
)
def test_bad_value_named(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=name):
        configured({name: text})


def test_user_missing_named() -> None:
    with pytest.raises(ConfigError, match="JD_USER"):
        configured(JD_USER=None)


@pytest.mark.parametrize("environ", [{}, {"JD_PASS": ""}])
def test_password_missing_named(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="JD_PASS"):
        Config.from_settings(project_settings(JD_USER="dealer"), environ)


@pytest.mark.parametrize("word", ["pass-word-7391", ""])
def test_password_as_setting_refused(word: str) -> None:
    with pytest.raises(ConfigError, match="JD_PASS") as caught:
        configured(JD_PASS=word)
    assert "pass-word" not in str(caught.value)


def test_password_never_becomes_a_setting() -> None:
    settings = project_settings()
    apply_environment(settings, {"JD_PASS": "pass-word-7391", "JD_USER": "dealer"})
    assert "pass-word-7391" not in repr(settings.copy_to_dict())


def test_password_kept_as_it_is() -> None:
    assert configured({"JD_PASS": " two  words "}).password.reveal() == " two  words "


def test_cookies_in_the_log_refused() -> None:
    with pytest.raises(ConfigError, match="COOKIES_DEBUG"):
        configured(COOKIES_DEBUG=True)


def test_config_error_is_one_line() -> None:
    with pytest.raises(ConfigError) as caught:
        configured(PORTAL_URL="no\naddress")
    assert "\n" not in str(caught.value)


# Where a value comes from


def test_command_line_over_environment() -> None:
    assert configured({"MAX_DOWNLOADS": "3"}, MAX_DOWNLOADS="4").max_downloads == 4


def test_environment_over_spider_and_project() -> None:
    settings = project_settings()
    settings.set("MAX_DOWNLOADS", 2, "spider")
    apply_environment(settings, {"MAX_DOWNLOADS": "3"})
    assert settings["MAX_DOWNLOADS"] == "3"


def test_environment_blank_is_not_set() -> None:
    config = configured({"MAX_DOWNLOADS": "  ", "HEADLESS": ""})
    assert (config.max_downloads, config.headless) == (0, True)


def test_environment_of_others_is_left_alone() -> None:
    settings = project_settings()
    apply_environment(settings, {"ITEM_PIPELINES": "{}", "TELNETCONSOLE_ENABLED": "1"})
    assert settings["ITEM_PIPELINES"]
    assert settings["TELNETCONSOLE_ENABLED"] is False


@pytest.mark.parametrize(
    ("environ", "given", "concurrency"),
    [
        ({}, {}, 5),
        ({"CONCURRENT_CONTEXTS": "2"}, {}, 2),
        ({"CONCURRENT_REQUESTS": "3"}, {}, 3),
        ({"CONCURRENT_CONTEXTS": "2", "CONCURRENT_REQUESTS": "3"}, {}, 3),
        ({}, {"CONCURRENT_CONTEXTS": 2, "CONCURRENT_REQUESTS": 3}, 3),
        ({"CONCURRENT_REQUESTS": "3"}, {"CONCURRENT_CONTEXTS": 2}, 2),
        ({"CONCURRENT_CONTEXTS": "2"}, {"CONCURRENT_REQUESTS": 3}, 3),
    ],
)
def test_contexts_against_requests(environ: dict[str, str], given: dict[str, int], concurrency: int) -> None:
    assert configured(environ, **given).concurrency == concurrency


def test_contexts_of_project_against_requests_of_spider() -> None:
    settings = project_settings(JD_USER="dealer")
    settings.set("CONCURRENT_REQUESTS", 3, "spider")
    apply_environment(settings, ENVIRON)
    assert Config.from_settings(settings, ENVIRON).concurrency == 3


# .env


def read_env(folder: Path, content: bytes, name: str = "night.env") -> dict[str, str]:
    (folder / name).write_bytes(content)
    return environment(project_settings(ENV_FILE=str(folder / name)))


def test_env_file_read(tmp_path: Path) -> None:
    values = read_env(tmp_path, b"JDP_ONE=1\nJDP_TWO='a b'\n# JDP_THREE=3\nJDP_EMPTY\n")
    assert {name: value for name, value in values.items() if name.startswith("JDP_")} == {
        "JDP_ONE": "1",
        "JDP_TWO": "a b",
    }


def test_env_file_below_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JDP_ONE", "environment")
    assert read_env(tmp_path, b"JDP_ONE=file\nJDP_TWO=file")["JDP_ONE"] == "environment"
    assert read_env(tmp_path, b"JDP_ONE=file\nJDP_TWO=file")["JDP_TWO"] == "file"


def test_env_file_of_the_project_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scrapy.cfg").touch()
    (tmp_path / ".env").write_text("JDP_ONE=project")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    monkeypatch.delenv("ENV_FILE", raising=False)
    assert environment(project_settings())["JDP_ONE"] == "project"
    assert "JDP_ONE" not in environment(project_settings(ENV_FILE=""))


def test_env_file_of_notepad(tmp_path: Path) -> None:
    assert read_env(tmp_path, b"\xef\xbb\xbfJDP_ONE=1\r\nJDP_TWO=2\r\n")["JDP_ONE"] == "1"


def test_env_file_in_another_encoding_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"night\.env"):
        read_env(tmp_path, "JDP_ONE=m\u00fcller".encode("cp1252"))


@pytest.mark.parametrize("word", ["pa$$word", "pa$HOME", "pa${HOME}", "pa#ss", "a=b"])
def test_env_file_password_as_written(tmp_path: Path, word: str) -> None:
    assert read_env(tmp_path, f"JDP_WORD={word}\n".encode())["JDP_WORD"] == word


def test_env_file_missing_is_an_error_where_it_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"north\.env: there is no file"):
        environment(project_settings(ENV_FILE=str(tmp_path / "north.env")))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENV_FILE", raising=False)
    assert "JDP_ONE" not in environment(project_settings())


def test_env_file_that_was_named_has_the_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JD_USER", "JD_PASS", "JDP_ONE"):
        monkeypatch.setenv(name, "environment")
    values = read_env(tmp_path, b"JD_USER=north\nJD_PASS=file\nJDP_ONE=file\n")
    assert [values[name] for name in ("JD_USER", "JD_PASS", "JDP_ONE")] == ["north", "file", "environment"]
    assert read_env(tmp_path, b"JDP_TWO=2\n")["JD_USER"] == "environment"


# FILES_STORE


def test_files_store_without_its_library_is_no_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore", None)
    with pytest.raises(ConfigError, match=r"pip install -r requirements-s3\.txt"):
        Config.from_settings(project_settings(JD_USER="dealer", FILES_STORE="s3://bucket/reports"), ENVIRON)


def test_files_store_of_an_unknown_kind_is_no_start() -> None:
    with pytest.raises(ConfigError, match="begins with one of file, ftp, gs, s3"):
        Config.from_settings(project_settings(JD_USER="dealer", FILES_STORE="azure://bucket/reports"), ENVIRON)


# Arguments


def test_arguments_default() -> None:
    assert Arguments.parse({}) == Arguments(refs=None, max_downloads=None, source="grid")


def test_arguments_survive_pickling() -> None:
    arguments = Arguments.parse({"refs": "165530", "max_downloads": "3"})
    assert pickle.loads(pickle.dumps(arguments)) == arguments  # noqa: S301 - our own bytes


def test_refs_trimmed_and_once_each() -> None:
    assert Arguments.parse({"refs": " 165530, 165598A,,165530,HOST 1 "}).refs == ("165530", "165598A", "HOST 1")


@pytest.mark.parametrize("given", [{"refs": ""}, {"refs": " , "}])
def test_refs_empty_named(given: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="refs"):
        Arguments.parse(given)


@pytest.mark.parametrize(
    "content",
    [
        b"165530\n165598A\n",
        b"\xef\xbb\xbf165530\r\n\r\n  165598A  \r\n",
        b"Reference Number\n165530\n165598A\n",
        b"\xef\xbb\xbfYear,Reference Number,VIN\r\n2021,165530,X\r\n2022,165598A,Y\r\n",
        b'"Make, Model"," reference number "\n"Ford, Focus","165530"\n"Kia, Rio",165598A\nshort\n',
    ],
)
def test_refs_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "refs").write_bytes(content)
    assert Arguments.parse({"refs_file": str(tmp_path / "refs")}).refs == ("165530", "165598A")


def test_refs_file_beside_refs(tmp_path: Path) -> None:
    (tmp_path / "refs").write_text("165531\n165530\n")
    assert Arguments.parse({"refs": "165530", "refs_file": str(tmp_path / "refs")}).refs == ("165530", "165531")


@pytest.mark.parametrize("content", [None, b"", b"\n\n", b"Reference Number\n", b"\xff\xfe1\x006\x00"])
def test_refs_file_unusable_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "refs").write_bytes(content)
    with pytest.raises(ConfigError, match="refs_file"):
        Arguments.parse({"refs_file": str(tmp_path / "refs")})


@pytest.mark.parametrize("number", ["-1", "1.5", "all", ""])
def test_max_downloads_bad_named(number: str) -> None:
    with pytest.raises(ConfigError, match="max_downloads"):
        Arguments.parse({"max_downloads": number})


def test_max_downloads_zero_is_said() -> None:
    assert Arguments.parse({"max_downloads": "0"}).max_downloads == 0


def test_source() -> None:
    assert Arguments.parse({"source": "csv"}).source == "csv"
    with pytest.raises(ConfigError, match="source='xml'"):
        Arguments.parse({"source": "xml"})


def test_unknown_arguments_named() -> None:
    with pytest.raises(ConfigError, match="unknown argument limit, ref"):
        Arguments.parse({"ref": "165530", "refs": "165530", "limit": "3"})


def test_arguments_of_scrapyd_pass() -> None:
    assert Arguments.parse({"_job": "2b1f", "refs": "165530"}).refs == ("165530",)
