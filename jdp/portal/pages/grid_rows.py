"""Rows of the grid as vehicles: by the header over each cell, or by what one wide cell says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jdp.exceptions import PageMismatchError
from jdp.items import Vehicle
from jdp.portal.pages.grid_script import NAME, REFERENCE_HEADERS, ROW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEADER = "tr[id*='_DXHeadersRow'] > *"
BOOKOUT_ID = "bookOutButton_"
VIN_HEADER = "vin"
DESCRIPTION_HEADERS = ("description", "vehicle", "year", "make", "model", "trim", "series", "body")
VIN = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NPR-Z]{17}(?![0-9A-Z])")
# PORTAL.md: six digits with an optional capital letter.
LIKE_A_REFERENCE = re.compile(r"(?<![0-9A-Za-z,.$-])[0-9]{6}[A-Z]?(?![0-9A-Za-z]|[,.][0-9])")
LABELLED = re.compile(r"\b(?:reference|stock|ref)\s*(?:number|no\.?|#)?\s*[:#]\s*([0-9A-Za-z-]+)", re.IGNORECASE)


def parse_rows(headers: Sequence[str], rows: Sequence[Mapping[str, Any]], index: int) -> list[Vehicle]:
    """Make vehicles of a page's rows; raises PageMismatchError when a column is missing or does not fit."""
    names = [" ".join(header.split()).lower() for header in headers]
    return [_vehicle(names, row, index) for row in map(_encodable, rows)]


def _vehicle(names: list[str], row: dict[str, Any], index: int) -> Vehicle:
    known = _told(row["wide"]) if row.get("wide") else _by_column(names, row["cells"])
    return Vehicle(row_id=row["id"].removeprefix(BOOKOUT_ID), href=row["href"], page=index, **known)


def _by_column(names: list[str], cells: list[str]) -> dict[str, str]:
    reference = next((names.index(name) for name in REFERENCE_HEADERS if name in names), None)
    if reference is None:
        wanted = " or ".join(map(repr, REFERENCE_HEADERS))
        raise PageMismatchError(f"{NAME}: no {HEADER} reads {wanted}; there are {names}")
    if len(cells) != len(names):
        raise PageMismatchError(f"{NAME}: a row ({ROW}) has {len(cells)} cells under {len(names)} headers ({HEADER})")
    described = [cells[names.index(name)] for name in DESCRIPTION_HEADERS if name in names]
    return {
        "reference": cells[reference],
        "vin": cells[names.index(VIN_HEADER)].upper() if VIN_HEADER in names else "",
        "description": " ".join(" ".join(described).split()),
    }


def _told(text: str) -> dict[str, str]:
    """Read what a template put into one wide cell; raises PageMismatchError when it names no one reference."""
    found = set(LABELLED.findall(text)) or set(LIKE_A_REFERENCE.findall(text))
    if len(found) != 1:
        several = f"names {' and '.join(sorted(found))}" if found else "names no reference"
        raise PageMismatchError(f"{NAME}: a row ({ROW}) of one wide cell {several}: {text[:200]!r}")
    (reference,) = found
    vins = sorted(set(VIN.findall(text.upper())))
    described = " ".join(text.replace(reference, " ").split())
    return {"reference": reference, "vin": vins[0] if len(vins) == 1 else "", "description": described[:200]}


def _encodable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Escape halves of characters, which scripts can make and neither files nor databases take."""
    texts = {name: _whole(row.get(name, "")) for name in ("id", "href", "wide")}
    return {**texts, "cells": [_whole(cell) for cell in row["cells"]]}


def _whole(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
