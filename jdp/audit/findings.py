"""Every file of a run folder proven again from its content, against what the folder should hold."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from jdp.exceptions import ConfigError
from jdp.items import FAILED, GONE, STORED, UNPROVEN
from jdp.proof.envelope import BrokenPdfError
from jdp.proof.pdf import Proof, Verdict, judge, prove_apart
from jdp.proof.reader import PdfReader, ReaderFailedError
from jdp.runs.ledger_rows import WANTED
from jdp.runs.storage import safe_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jdp.audit.folders import Holding
    from jdp.runs.ledger_rows import Entry

MOST_BYTES = 64 * 1024**2  # a report has 70 kB
# What file managers leave in folders that somebody looked into.
NOBODYS = {".ds_store", "thumbs.db", "desktop.ini"}


class Kind(StrEnum):
    """What is found of a vehicle's report, or of a file that is none."""

    RIGHT = "right"
    CHANGED = "changed"
    WRONG = "wrong"
    BROKEN = "broken"
    MISSING = "missing"
    UNPROVEN = "unproven"
    OPEN = "open"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class Finding:
    """What was found of one file, or of a vehicle that has none.

    `changed` is whether the file is another one than was stored, `proven` whether its content is the report of
    `reference` all the same. `entry` is the vehicle's row, None where no vehicle has that name.
    """

    kind: Kind
    reference: str
    reason: str
    entry: Entry | None = None
    path: Path | None = None
    sha256: str = ""
    size: int = 0
    time: float = 0.0
    changed: bool = False
    proven: bool = False


class Duty(NamedTuple):
    """A file to look at: a vehicle's, or one that no row owns."""

    entry: Entry | None
    path: Path
    owned: bool


class Index:
    """The vehicles by reference and VIN, as the proof asks for them; it never changes, so threads may share it."""

    def __init__(self, entries: list[Entry]) -> None:
        self._statuses = {entry.reference: entry.status for entry in entries}
        self._vins = Counter(entry.vin for entry in entries)
        self._numbers = Counter(entry.number or entry.reference for entry in entries if not entry.departed)

    def status(self, reference: str) -> str | None:
        """Return None when no vehicle has this reference."""
        return self._statuses.get(reference)

    def has_vin_once(self, vin: str) -> bool:
        """Tell whether exactly one vehicle has this VIN."""
        return self._vins.get(vin) == 1

    def is_shared(self, number: str) -> bool:
        """Tell whether more than one vehicle of the inventory has this reference number."""
        return self._numbers[number] > 1


def audit(
    holding: Holding,
    labels: tuple[str, ...],
    due: frozenset[str] = frozenset(),
    tell: Callable[[int, int], None] | None = None,
) -> list[Finding]:
    """Prove every file; `due` are references that must have a report although nothing else says so.

    `tell` is called with how many files are done, of how many. Raises ConfigError when no PDF can be read at all.
    """
    duties = list(_duties(holding))
    auditor = Auditor(holding.entries, labels, min(os.cpu_count() or 1, len(duties)))
    try:
        found = auditor.look_at(duties, tell or (lambda *_: None))
    finally:
        auditor.close()
    return [*found, *_open(holding, due | holding.promised)]


def _duties(holding: Holding) -> Iterator[Duty]:
    kept = [entry for entry in holding.entries if entry.status in (STORED, UNPROVEN)]
    paths = [holding.path_of(entry) for entry in kept]
    yield from (Duty(entry, path, owned=True) for entry, path in zip(kept, paths, strict=True))
    owned = {os.path.normcase(path) for path in paths}
    by_name = {
        f"{name}.pdf": entry for entry in holding.entries for name in (entry.reference, safe_name(entry.reference))
    }
    for path in _files(holding):
        if os.path.normcase(path) not in owned:
            yield Duty(by_name.get(path.name), path, owned=False)


def _files(holding: Holding) -> Iterator[Path]:
    """Yield every file that a person would take for one of the reports, or that lies among them."""
    for folder, subfolders, names in os.walk(holding.pdfs):
        subfolders.sort()
        yield from (Path(folder, name) for name in sorted(names) if name.lower() not in NOBODYS)
    if not holding.has_ledger:
        yield from sorted(path for path in holding.folder.glob("*.pdf") if path.is_file())


def _open(holding: Holding, due: frozenset[str]) -> Iterator[Finding]:
    """Yield the vehicles whose report was wanted and is not there."""
    for entry in holding.entries:
        wanted = entry.status in (WANTED, FAILED, GONE) and not entry.departed
        if wanted or (entry.reference in due and entry.status not in (STORED, UNPROVEN)):
            yield Finding(Kind.OPEN, entry.reference, entry.reason or "not downloaded yet", entry)


class Auditor:
    """Looks at files in threads, each with a reader of its own."""

    def __init__(self, entries: list[Entry], labels: tuple[str, ...], threads: int) -> None:
        self.index = Index(entries)
        self.labels = labels
        self.readers = [PdfReader() for _ in range(threads)]
        self._free: SimpleQueue[PdfReader] = SimpleQueue()
        for reader in self.readers:
            self._free.put(reader)

    def look_at(self, duties: list[Duty], tell: Callable[[int, int], None]) -> list[Finding]:
        """Return what was found, in the files' order."""
        tell(0, len(duties))
        if not duties:
            return []
        pool = ThreadPoolExecutor(len(self.readers))
        try:
            futures = [pool.submit(self._look, duty) for duty in duties]
            for done, _ in enumerate(as_completed(futures), 1):
                tell(done, len(duties))
            return [future.result() for future in futures]
        finally:
            pool.shutdown(cancel_futures=True)

    def close(self) -> None:
        """End the readers."""
        for reader in self.readers:
            reader.close()

    def _look(self, duty: Duty) -> Finding:
        seen = Finding(Kind.FOREIGN, duty.entry.reference if duty.entry else duty.path.name, "", duty.entry, duty.path)
        try:
            status = duty.path.stat()
            body = duty.path.read_bytes() if status.st_size <= MOST_BYTES else b""
        except OSError as error:
            if duty.owned and isinstance(error, FileNotFoundError):
                return replace(seen, kind=Kind.MISSING, reason=f"{duty.path.name} is not there", path=None)
            return replace(seen, kind=Kind.BROKEN, reason=f"it cannot be read: {error.strerror}", path=None)
        seen = replace(seen, size=status.st_size, time=status.st_mtime, sha256=hashlib.sha256(body).hexdigest())
        proof = self._prove(body, seen)
        return _of_vehicle(seen, duty.entry, proof) if duty.owned and duty.entry else _of_nobody(seen, proof)

    def _prove(self, body: bytes, seen: Finding) -> Proof:
        if seen.size > MOST_BYTES:
            return Proof(Verdict.BROKEN, f"no report has {seen.size} bytes")
        reader = self._free.get()
        try:
            vin, number = (seen.entry.vin, seen.entry.number) if seen.entry else ("", "")
            proof = judge(reader.read(body), number or seen.reference, vin, self.index, self.labels)
            return prove_apart(proof, number or seen.reference, self.index)
        except ReaderFailedError as error:
            raise ConfigError(f"no PDF can be read on this machine: {error}") from None
        except BrokenPdfError as error:
            return Proof(Verdict.BROKEN, str(error))
        finally:
            self._free.put(reader)


def _of_vehicle(seen: Finding, entry: Entry, proof: Proof) -> Finding:
    """Judge the file of a vehicle that is stored, or kept as unproven."""
    changed = bool(entry.sha256) and seen.sha256 != entry.sha256
    seen = replace(seen, changed=changed, proven=proof.verdict is Verdict.RIGHT, kind=Kind(proof.verdict.value))
    if not seen.proven:
        return replace(seen, reason=proof.reason + (", changed since it was stored" if changed else ""))
    if entry.status == UNPROVEN:
        return replace(seen, kind=Kind.UNPROVEN, reason=f"kept apart, but proven now by its {proof.reason}")
    if changed:
        return replace(seen, kind=Kind.CHANGED, reason="another file than was stored, but this vehicle's report")
    return replace(seen, reason=proof.reason)


def _of_nobody(seen: Finding, proof: Proof) -> Finding:
    """Say what a file is that no row owns."""
    if seen.path is not None and seen.path.suffix == ".part":
        return replace(seen, reason="left by a write that was interrupted")
    proven = proof.verdict is Verdict.RIGHT and seen.entry is not None
    whose = "the ledger does not know of it" if seen.entry else "no vehicle has this name"
    what = "this vehicle's report" if proven else proof.reason
    return replace(seen, proven=proven, reason=f"{whose}; {what}")
