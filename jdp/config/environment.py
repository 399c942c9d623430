"""`.env` and the process environment, which come above the project's settings and below the command line's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.utils.conf import closest_scrapy_cfg

from jdp.config.env_file import check_environment, misnamed, read_env_file
from jdp.config.monitoring import SECRET_NAMES
from jdp.exceptions import ConfigError
from jdp.settings import ENVIRONMENT_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy.settings import BaseSettings

# Above project and spider settings, below the command line (Scrapy: project 20, spider 30, cmdline 40).
ENVIRONMENT_PRIORITY = 35
ACCOUNT = ("JD_USER", "JD_PASS")
KNOWN = frozenset((*ENVIRONMENT_NAMES, *SECRET_NAMES, "JD_PASS"))
TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")


def project_folder() -> Path:
    """Return the folder of scrapy.cfg, else the working directory: relative paths start there."""
    cfg = closest_scrapy_cfg()
    return Path(cfg).resolve().parent if cfg else Path.cwd()


def env_file(settings: BaseSettings) -> Path:
    """Return `.env`, or what ENV_FILE names in its place; a folder when that is empty: none."""
    name = _named_file(settings)
    return project_folder() / (".env" if name is None else name)


def _named_file(settings: BaseSettings) -> str | None:
    """Return what ENV_FILE says: None when nobody has set it, "" for no file."""
    name: str | None = settings.get("ENV_FILE", os.environ.get("ENV_FILE"))
    return name


def environment(settings: BaseSettings) -> dict[str, str]:
    """Return `.env` overlaid with the process environment. ENV_FILE names another file, or none when empty.

    An account in a file that was named goes before the environment's: a server may hold one for all of its jobs.
    Raises ConfigError, too for a named file that is not there.
    """
    path, named = env_file(settings), _named_file(settings)
    if named and not path.is_file():
        raise ConfigError(f"ENV_FILE={named}: there is no file {path}")
    values = read_env_file(path, KNOWN) if path.is_file() else {}
    check_environment(os.environ, KNOWN)
    account = {name: values[name] for name in ACCOUNT if named and name in values}
    found = {key: value for source in (values, os.environ, account) for key, value in source.items() if value}
    if (other := misnamed(path)) and not (found.get("JD_PASS") and (found.get("JD_USER") or settings.get("JD_USER"))):
        raise ConfigError(
            f"There is no {path}, but {other.name} beside it: rename that to {path.name} (Windows hides endings)"
        )
    return found


def apply_environment(settings: BaseSettings, environ: Mapping[str, str]) -> None:
    """Put the environment's values of our settings above the project's and below the command line's."""
    for name in ENVIRONMENT_NAMES:
        if environ.get(name, "").strip():
            settings.set(name, environ[name].strip(), priority=ENVIRONMENT_PRIORITY)
    by_contexts = settings.getpriority("CONCURRENT_CONTEXTS") or 0
    by_requests = settings.getpriority("CONCURRENT_REQUESTS") or 0
    if by_contexts > by_requests:
        settings.set("CONCURRENT_REQUESTS", settings["CONCURRENT_CONTEXTS"], priority=by_contexts)
