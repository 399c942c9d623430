"""The typed, validated view of settings and credentials. Whatever is wrong with them is said here."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from jdp.config.environment import FALSE, TRUE, project_folder
from jdp.config.monitoring import Monitoring
from jdp.config.portal_url import portal_base
from jdp.exceptions import ConfigError
from jdp.utils.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from scrapy.settings import BaseSettings

STORES = ("file", "ftp", "gs", "s3")  # of Scrapy's FilesPipeline


@dataclass
class Config:
    """What the run was told. Times are seconds; `max_downloads` 0 means all.

    It stays as it is, but for `portal_url`: the login takes over that the portal goes on to https.
    """

    portal_url: str
    user: str
    password: Secret[str]
    headless: bool
    block_resources: bool
    trace: bool
    accept_dialogs: bool
    max_downloads: int
    concurrency: int
    adaptive_concurrency: bool
    direct_reports: bool
    download_folder: Path
    files_store: str
    browser: str
    report_timeout: float
    retry_times: int
    session_wait: float
    portal_wait: float
    progress_seconds: float
    report_labels: tuple[str, ...]
    log_level: str
    monitoring: Monitoring

    @classmethod
    def from_settings(cls, settings: BaseSettings, environ: Mapping[str, str]) -> Config:
        """Read and check everything; raises ConfigError with one sentence for the first thing that is wrong."""
        _refuse_secrets(settings)
        return cls(
            portal_url=portal_base(str(settings["PORTAL_URL"])),
            user=_required("JD_USER", settings.get("JD_USER")),
            password=Secret(_required("JD_PASS", environ.get("JD_PASS"))),
            headless=_boolean(settings, "HEADLESS"),
            block_resources=_boolean(settings, "BLOCK_RESOURCES"),
            trace=_boolean(settings, "TRACE"),
            accept_dialogs=_boolean(settings, "ACCEPT_DIALOGS"),
            max_downloads=_whole(settings, "MAX_DOWNLOADS", 0),
            concurrency=_whole(settings, _concurrency_name(settings), 1),
            adaptive_concurrency=_boolean(settings, "ADAPTIVE_CONCURRENCY"),
            direct_reports=_boolean(settings, "DIRECT_REPORTS"),
            download_folder=(project_folder() / settings["DOWNLOAD_FOLDER"]).resolve(),
            files_store=_files_store(settings),
            browser=str(settings["BROWSER"]),
            report_timeout=_positive(settings, "REPORT_TIMEOUT"),
            retry_times=_whole(settings, "RETRY_TIMES", 0),
            session_wait=_whole(settings, "SESSION_WAIT", 0),
            portal_wait=_whole(settings, "PORTAL_WAIT", 0),
            progress_seconds=_positive(settings, "PROGRESS_SECONDS"),
            report_labels=_labels(settings),
            log_level=_log_level(settings),
            monitoring=Monitoring.from_settings(settings, environ, always=_boolean(settings, "MONITOR_ALWAYS")),
        )


def _refuse_secrets(settings: BaseSettings) -> None:
    if settings.get("JD_PASS") is not None:
        raise ConfigError(
            "JD_PASS is set as a Scrapy setting, where logs and process lists show it: "
            "put it into .env or the environment"
        )
    if settings.getbool("COOKIES_DEBUG"):
        raise ConfigError("COOKIES_DEBUG would write the session's cookie into the log: leave it off")


def _required(name: str, value: str | None) -> str:
    if not value:
        raise ConfigError(f"{name} is not set: put it into .env (see .env.example) or the environment")
    return value


def _concurrency_name(settings: BaseSettings) -> str:
    """Return which of the two names the number comes from, for whoever has to correct it."""
    same = settings["CONCURRENT_CONTEXTS"] == settings["CONCURRENT_REQUESTS"]
    return "CONCURRENT_CONTEXTS" if same else "CONCURRENT_REQUESTS"


def _files_store(settings: BaseSettings) -> str:
    store = str(settings.get("FILES_STORE") or "")
    if "://" not in store:
        return str((project_folder() / store).resolve()) if store else ""
    scheme = store.partition("://")[0]
    if scheme not in STORES:
        raise ConfigError(f"FILES_STORE is a folder or an address that begins with one of {', '.join(STORES)}")
    if scheme == "s3" and find_spec("botocore") is None:
        raise ConfigError("FILES_STORE=s3://... needs botocore: python -m pip install -r requirements-s3.txt")
    return store


def _boolean(settings: BaseSettings, name: str) -> bool:
    value = str(settings[name]).strip().lower()
    if value not in TRUE + FALSE:
        raise ConfigError(f"{name}={settings[name]!r} is neither true nor false")
    return value in TRUE


def _whole(settings: BaseSettings, name: str, least: int) -> int:
    try:
        number = int(str(settings[name]))
    except ValueError:
        raise ConfigError(f"{name}={settings[name]!r} is not a whole number") from None
    if number < least:
        raise ConfigError(f"{name}={number} is too small: {least} or more")
    return number


def _positive(settings: BaseSettings, name: str) -> float:
    try:
        number = float(str(settings[name]))
    except ValueError:
        raise ConfigError(f"{name}={settings[name]!r} is not a number of seconds") from None
    if not 0 < number < float("inf"):
        raise ConfigError(f"{name}={settings[name]!r} is not a number of seconds above 0")
    return number


def _log_level(settings: BaseSettings) -> str:
    level = str(settings["LOG_LEVEL"]).upper()
    if level not in logging.getLevelNamesMapping():
        raise ConfigError(f"LOG_LEVEL={settings['LOG_LEVEL']!r}: there are DEBUG, INFO, WARNING and ERROR")
    return level


def _labels(settings: BaseSettings) -> tuple[str, ...]:
    labels = tuple(label.strip() for label in settings.getlist("REPORT_LABELS") if label.strip())
    if not labels:
        raise ConfigError("REPORT_LABELS is empty: reports could not be told apart")
    return labels
