"""Whether `.env` is there and complete, and whether others can read it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from dotenv import dotenv_values

from jdp.addon import prepare
from jdp.config.environment import KNOWN, env_file
from jdp.exceptions import ConfigError
from jdp.preflight.items import FAIL, NOTE, OK, Item

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scrapy.settings import BaseSettings

    from jdp.config.config import Config

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def settings(given: BaseSettings) -> tuple[Config | None, list[Item]]:
    """Return the configuration of a run with these settings, None when it cannot be used."""
    path = env_file(given)
    try:
        config = prepare(given)
    except ConfigError as error:
        return None, [Item(FAIL, "settings", str(error))]
    there = path.is_file()
    source = str(path) if there else "from the environment alone, no .env"
    items = [Item(OK, "settings", f"{source}; {config.user} at {config.portal_url}")]
    return config, items + (list(_env(path)) if there else [])


def _env(path: Path) -> Iterator[Item]:
    if os.name != "nt" and path.stat().st_mode & OTHERS:
        yield Item(NOTE, "settings", f"others can read it, password and all. Run: chmod 600 {path.name}")
    unknown = sorted(set(dotenv_values(path, interpolate=False)) - KNOWN)
    if unknown:
        yield Item(NOTE, "settings", f"no settings of jdp: {', '.join(unknown)} (misspelt?)")
