"""What a run folder without a ledger should hold, by the lists that lie in it: of this project or of another client."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, NamedTuple

from jdp.items import STORED, UNPROVEN
from jdp.runs.ledger_rows import STATUSES, WANTED, Entry
from jdp.runs.storage import safe_name
from jdp.runs.vehicle_names import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REFERENCE = ("reference number", "stock number")  # headers of the portal's export, in lower case
NO_REPORT = "no list names a report of it"


class Listing(NamedTuple):
    """What should be there, and which list says so."""

    entries: list[Entry]
    source: str


def read_lists(folder: Path) -> Listing | None:
    """Return what the lists say, else what the files are called; None when there is no PDF either.

    The public client keeps `tracking.json` and `inventory.csv` in `run_data`; an older one kept them beside the PDFs.
    """
    vins, tracked, manifest = dict(_inventory(folder)), _tracking(folder), list(read_manifest(folder))
    if not (vins or tracked or manifest):
        names = sorted({path.stem for place in (folder / "pdfs", folder) for path in place.glob("*.pdf")})
        return Listing([_entry(folder, name, f"{name}.pdf") for name in names], "the files' names") if names else None
    names_of = {**dict.fromkeys(vins), **tracked}
    entries = {ref: _entry(folder, ref, name, vins.get(ref, "")) for ref, name in names_of.items()}
    # A run that was killed left a newer tracking.json than manifest: what only that one names is there all the same.
    entries |= {row.reference: row for row in manifest if row.file or row.reference not in tracked}
    source = "manifest.csv" if manifest else "tracking.json" if tracked else "inventory.csv"
    return Listing(list(entries.values()), source)


def find(folder: Path, name: str) -> Path | None:
    """Return where a PDF of either layout is: in `pdfs`, or in the folder itself."""
    return next((place / name for place in (folder / "pdfs", folder) if (place / name).is_file()), None)


def _entry(folder: Path, reference: str, name: str | None, vin: str = "") -> Entry:
    """Return a vehicle's row. A file that is there counts, whatever a list says: the client may have been stopped."""
    usual = f"{safe_name(reference)}.pdf"
    names = [each for each in (name, f"{reference}.pdf", usual) if each and _is_plain(each)]
    there = next((each for each in names if find(folder, each)), "")
    file = there or (usual if name else "")
    number, told = parts_of(reference)
    more = {"vin": vin or told, "number": number, "reason": "" if file else NO_REPORT}
    return _row(reference, STORED if file else WANTED, file, **more)


def _row(reference: str, status: str, file: str, **more: object) -> Entry:
    empty = dict.fromkeys(Entry._fields, 0) | dict.fromkeys(("vin", "description", "sha256", "reason"), "")
    empty |= {"reference": reference, "status": status, "file": file, "way": "", "evidence": ""}
    return Entry(**{**empty, **more})  # type: ignore[arg-type]


def _is_plain(name: str) -> bool:
    """Tell whether a name from a list is a file's in that folder, not a path that leads out of it."""
    return not any(sign in name for sign in '/\\:\0"') and name not in (".", "..")


def _tracking(folder: Path) -> dict[str, str | None]:
    """Read reference -> file name or null; {} when no such file can be used."""
    for path in (folder / "run_data" / "tracking.json", folder / "tracking.json"):
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return {ref: name if isinstance(name, str) else None for ref, name in found.items() if ref}
    return {}


def _inventory(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield reference and VIN of each row of the portal's export."""
    for row in _rows(folder, "inventory.csv"):
        reference = next((row[name] for name in REFERENCE if row.get(name)), "")
        if reference:
            yield reference, row.get("vin", "")


def read_manifest(folder: Path) -> Iterator[Entry]:
    """Yield the rows of a manifest of ours."""
    for row in _rows(folder, "manifest.csv"):
        reference, status, file = row.get("reference", ""), row.get("status", ""), row.get("file", "")
        if not reference or status not in STATUSES:
            continue
        kept = "run_data/unproven/" if status == UNPROVEN else ""
        if status in (STORED, UNPROVEN) and not (file.startswith(kept) and _is_plain(file.removeprefix(kept))):
            file = f"{kept}{safe_name(reference)}.pdf"
        size = row.get("bytes", "")
        more = {name: row.get(name, "") for name in ("vin", "description", "sha256", "reason", "number")}
        yield _row(reference, status, file, bytes=int(size) if size.isdecimal() else 0, **more)


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV: headers in lower case, blanks and the quote before a formula taken off."""
    for path in (folder / "run_data" / name, folder / name):
        try:
            data = path.read_bytes()
        except OSError:
            continue
        lines = io.StringIO(_decoded(data), newline="")
        try:
            for row in csv.DictReader(lines):
                yield {_cell(head).lower(): _cell(value) for head, value in row.items() if isinstance(value, str)}
        except csv.Error:  # a cell of megabytes, a NUL: what was read until there is true all the same
            continue
        return


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")  # what Windows programs write


def _cell(text: str) -> str:
    text = text.strip()
    return text[1:] if text[:2] in ("'=", "'+", "'-", "'@") else text
