"""Where the page's links lead: files on this machine only, whatever a name holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from jdp.items import STORED, UNPROVEN

if TYPE_CHECKING:
    from pathlib import Path

    from jdp.runs.ledger_rows import Entry
    from jdp.runs.run import Run

EVIDENCE = "run_data/evidence/"
NAMES = {"screenshot.png": "screenshot", "page.html": "page", "expected.txt": "what was expected", "trace.zip": "trace"}


class Link(NamedTuple):
    """A file, by the name that people know it by."""

    name: str
    href: str


class Links:
    """Makes addresses relative to `run_data`, where the page lies: a folder that was moved still works."""

    def __init__(self, run: Run) -> None:
        self.folder = run.folder
        store = run.store_folder
        if store is None:
            self.reports = ""  # in no folder: nothing that a browser could open
        elif store.is_relative_to(run.folder):
            self.reports = f"../{_quoted(store.relative_to(run.folder).as_posix())}/"
        else:
            self.reports = f"{store.absolute().as_uri()}/"

    def report(self, entry: Entry) -> str:
        """Return the address of a vehicle's PDF, or ""."""
        if entry.status == STORED and self.reports:
            return self.reports + _quoted(entry.file)
        if entry.status == UNPROVEN and entry.file:
            return f"../{_quoted(entry.file)}"
        return ""

    def evidence(self, entry: Entry) -> list[Link]:
        """Return what there is on the disk that shows why a vehicle failed."""
        if not entry.evidence.startswith(EVIDENCE):
            return []
        return self.folder_of_evidence(entry.evidence.removeprefix(EVIDENCE))

    def folder_of_evidence(self, name: str) -> list[Link]:
        """Return the files of a folder below `evidence`."""
        folder: Path = self.folder / EVIDENCE / name
        if not folder.is_dir():
            return []
        files = sorted(path.name for path in folder.iterdir() if path.is_file())
        return [Link(_named(file), f"evidence/{_quoted(name)}/{_quoted(file)}") for file in files]

    def other_evidence(self, vehicles: set[str]) -> dict[str, list[Link]]:
        """Return what was kept of pages that belong to no vehicle: the login, the inventory."""
        base = self.folder / EVIDENCE
        names = sorted(path.name for path in base.iterdir() if path.is_dir()) if base.is_dir() else []
        others = (name for name in names if EVIDENCE + name not in vehicles)
        return {name: links for name in others if (links := self.folder_of_evidence(name))}


def _named(file: str) -> str:
    return NAMES.get(file, "answer" if file.startswith("answer.") else file)


def _quoted(path: str) -> str:
    """Return a path for an address: the colon of a scheme, the mark of a query and backslashes are quoted, too."""
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")
