"""The spider's arguments, typed and checked."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jdp.config.environment import FALSE, TRUE, project_folder
from jdp.exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SOURCES = ("grid", "csv")
NAMES = {"refs", "refs_file", "max_downloads", "source", "refresh", "learn"}
FRESH = "fresh"
SCRAPYD_NAMES = {"_job", "_version"}  # Scrapyd passes these to every spider


@dataclass(frozen=True)
class Arguments:
    """The spider's arguments.

    `refs` None means the whole inventory; `max_downloads` None leaves it to the setting; `refresh` fetches into a new
    folder what is stored already, too; `learn_anew` leaves what earlier runs have learned of the portal.
    """

    refs: tuple[str, ...] | None = None
    max_downloads: int | None = None
    source: str = "grid"
    refresh: bool = False
    learn_anew: bool = False

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> Arguments:
        """Read `-a` arguments; raises ConfigError that names the one that is unknown or unusable."""
        unknown = sorted(set(given) - NAMES - SCRAPYD_NAMES)
        if unknown:
            raise ConfigError(
                f"unknown argument {', '.join(unknown)}: there are refs, refs_file, max_downloads, source, refresh "
                "and learn"
            )
        source = given.get("source", "grid")
        if source not in SOURCES:
            raise ConfigError(f"source={source!r}: there are {' and '.join(SOURCES)}")
        learn = given.get("learn", "")
        if learn not in ("", FRESH):
            raise ConfigError(f"learn={learn!r}: there is {FRESH}")
        return cls(_references(given), _max_downloads(given), source, _refresh(given), learn_anew=learn == FRESH)


def _refresh(given: Mapping[str, str]) -> bool:
    value = given.get("refresh", "false").lower()
    if value not in TRUE + FALSE:
        raise ConfigError(f"refresh={given['refresh']!r} is neither true nor false")
    return value in TRUE


def _max_downloads(given: Mapping[str, str]) -> int | None:
    if "max_downloads" not in given:
        return None
    if not re.fullmatch(r"\d+", given["max_downloads"]):
        raise ConfigError(f"max_downloads={given['max_downloads']!r} is not a whole number, 0 or more")
    return int(given["max_downloads"])


def _references(given: Mapping[str, str]) -> tuple[str, ...] | None:
    if "refs" not in given and "refs_file" not in given:
        return None
    found = [ref.strip() for ref in given.get("refs", "").split(",")]
    if "refs_file" in given:
        found += _read_refs_file(project_folder() / given["refs_file"])
    refs = tuple(dict.fromkeys(ref for ref in found if ref))
    if not refs:
        raise ConfigError("refs and refs_file name no vehicle")
    return refs


def _read_refs_file(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"refs_file={path}: {error}") from None
    return references_in(lines)


def references_in(lines: list[str]) -> list[str]:
    """Return the references of a list: one per line, or the `Reference Number` column of a CSV."""
    found = column_in(lines, "reference number")
    return [line.strip() for line in lines] if found is None else found


def column_in(lines: list[str], name: str) -> list[str] | None:
    """Return the cells under a header of a CSV, which is given in lower case; None when there is none."""
    header = [each.strip().lower() for each in next(csv.reader(lines[:1]), [])]
    if name not in header:
        return None
    column = header.index(name)
    return [row[column].strip() if len(row) > column else "" for row in csv.reader(lines[1:])]
