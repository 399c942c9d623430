"""The order of an audit: lock, look, set right, crawl, look again."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from jdp.audit.findings import audit
from jdp.audit.folders import job_of, load, refuse_others
from jdp.audit.progress import AuditProgress
from jdp.audit.repair import Repair, promote, remember, repair
from jdp.audit.report import all_right, ascii_only, table, to_csv
from jdp.exceptions import ConfigError
from jdp.items import STORED, UNPROVEN
from jdp.runs.jobdir import JobDir, Record
from jdp.runs.run import is_owner
from jdp.utils import crawl_process as child
from jdp.utils.files import remove, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jdp.audit.findings import Finding
    from jdp.audit.folders import Holding
    from jdp.config.config import Config

WIDE = 10_000  # columns of what is no terminal: lines stay whole


@dataclass
class Verification:
    """Verifies a run folder; `labels` were given besides the configured ones, `options` are `-s` values for crawls."""

    folder: Path
    config: Config
    labels: tuple[str, ...]
    options: tuple[str, ...]
    out: IO[str]

    def run(self, *, fix: bool) -> tuple[Holding, list[Finding]]:
        """Verify, set right what may be, and return what was found in the end."""
        with held(self.folder) as job:
            holding, findings = self.look(job)
            done = self._set_right(holding, findings, fix=fix)
            record = job.record
        if done is None:
            return holding, findings
        due = list(dict.fromkeys(done.due))
        self._crawl(self._settings(job.folder, holding), record, due)
        with held(self.folder) as job:
            if due:
                remember(load(self.folder, self.config, job), due)
            return self.look(job, frozenset(due))

    def look(self, job: JobDir, due: frozenset[str] = frozenset()) -> tuple[Holding, list[Finding]]:
        """Prove what is there and write verify.csv."""
        holding = load(self.folder, self.config, job)
        with AuditProgress(self.out) as progress:
            findings = audit(holding, (*self.config.report_labels, *self.labels), due, progress.tell)
        try:
            holding.data.mkdir(exist_ok=True)
            write_atomically(holding.data / "verify.csv", to_csv(findings))
        except OSError as error:  # on Windows a file that is open in Excel, say
            self.say(f"verify.csv could not be written ({error}): close it where it is open")
        return holding, findings

    def say(self, text: str) -> None:
        """Print it in ASCII."""
        print(ascii_only(text), file=self.out, flush=True)

    def show(self, holding: Holding, findings: list[Finding]) -> None:
        """Print the table."""
        width = shutil.get_terminal_size().columns if self.out.isatty() else WIDE
        self.say(table(holding, findings, width))

    # What is not only looked at

    def _set_right(self, holding: Holding, findings: list[Finding], *, fix: bool) -> Repair | None:
        """Do what needs no site; None when nothing was to be done."""
        if all_right(findings) or not (fix or (self.labels and holding.has_ledger)):
            return None
        if fix and holding.owner and not is_owner(holding.owner, self.config):
            raise ConfigError(f"{holding.folder} belongs to {holding.owner}: its reports are for that account to fetch")
        self.show(holding, findings)
        done = repair(holding, findings) if fix else promote(holding, findings)
        for problem in done.stuck:
            self.say(problem)
        self.say(
            f"\n{done.moved:,} files moved to {holding.data / 'rejected'}, {done.taken_in:,} taken in,"
            f" {len(set(done.due)):,} vehicles due again"
        )
        return done

    def _crawl(self, settings: list[str], record: Record | None, due: list[str]) -> None:
        """Download what is due: first by going on with a run that has not come to its end, whose queue stays so."""
        left = due
        if left and record is not None and record.folder == str(self.folder) and not record.finished:
            self.say("The run of this folder has not come to its end: it goes on")
            self._crawl_with(settings, arguments_from(record.arguments), record.arguments["refs"])
            left = self._left(due)
        if left:
            self.say(f"Downloading {len(left):,} reports")
            self._crawl_with(settings, ["max_downloads=0"], left)

    def _crawl_with(self, settings: list[str], arguments: list[str], references: list[str] | None) -> None:
        file = self.folder / "run_data" / "verify-refs.txt"
        if references is not None:
            write_atomically(file, "\n".join(references).encode())
            arguments = [*arguments, f"refs_file={file}"]
        given = [part for each in settings for part in ("-s", each)]
        child.crawl([*given, *(part for each in arguments for part in ("-a", each))], output=self.out)
        remove(file)

    def _settings(self, job: Path, holding: Holding) -> list[str]:
        """Return the settings of a crawl into this folder; ours come last, and win."""
        settings = [*self.options, f"JOBDIR={job}"]
        if self.labels:
            settings.append(f"REPORT_LABELS={','.join((*self.config.report_labels, *self.labels))}")
        if holding.pdfs == self.folder / "pdfs":
            settings.append("FILES_STORE=")
        return settings

    def _left(self, due: list[str]) -> list[str]:
        """Return what a run that went on has left; nothing when it has still not come to its end."""
        with held(self.folder) as job:
            if job.record is None or not job.record.finished:
                return []
            entries = load(self.folder, self.config, job).entries
        there = {entry.reference for entry in entries if entry.status in (STORED, UNPROVEN)}
        return [reference for reference in due if reference not in there]


def arguments_from(recorded: dict[str, Any]) -> list[str]:
    """Return a run's arguments as they are given to a crawl, its references excepted."""
    given = [f"source={recorded['source']}"]
    if recorded["max_downloads"] is not None:
        given.append(f"max_downloads={recorded['max_downloads']}")
    if recorded["refresh"]:
        given.append("refresh=true")
    return given


@contextlib.contextmanager
def held(folder: Path) -> Iterator[JobDir]:
    """Keep runs away from a run folder; raises JobInUseError when one is at work on it."""
    refuse_others(folder)
    try:
        job = JobDir(job_of(folder))
    except OSError as error:
        raise ConfigError(f"{folder} cannot be used: {error}") from None
    try:
        yield job
    finally:
        job.release()
