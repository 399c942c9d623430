"""`scrapy preflight`: could a run start now? Each thing that it needs, with what to do where something is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import UsageError

from jdp.config.environment import project_folder
from jdp.preflight import configuration, machine
from jdp.preflight.items import FAIL, Item, lines, summary
from jdp.preflight.jobdir import jobdir
from jdp.preflight.login import log_in_and_look
from jdp.preflight.portal import portal
from jdp.recording.capture import CaptureError, check_folder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

NEEDED = {"browser", "PDF reader", "portal", "JOBDIR", "capture"}  # nobody logs in without one of them


class PreflightCommand(ScrapyCommand):
    """Prints an item a check; returns 1 when anything would stop a run, else 0."""

    requires_project = True
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Item] = []

    def short_desc(self) -> str:
        return "Check that a run could start now: machine, settings, portal; with --login the pages too"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--login",
            action="store_true",
            help="log in, look for every selector on the portal's pages, log out; no report is made",
        )
        parser.add_argument(
            "--record",
            metavar="FOLDER",
            help="with --login: keep what the pages are like in a folder, without what is anybody's",
        )
        parser.add_argument(
            "--with-report", action="store_true", help="with --record: ask for one vehicle's report, too"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args or (opts.record and not opts.login) or (opts.with_report and not opts.record):
            raise UsageError(
                "preflight takes --login, and with it --record FOLDER [--with-report]; -s JOBDIR=... looks there, too"
            )
        try:
            self._check(opts)
            more = "" if opts.login else " Login and pages: --login."
            print(summary(self.items, more))
        except KeyboardInterrupt:
            print("Stopped.")
            self.items.append(Item(FAIL, "stopped", ""))
        self.exitcode = int(any(item.state == FAIL for item in self.items))

    def _check(self, opts: argparse.Namespace) -> None:
        assert self.settings is not None
        self._tell(machine.packages(project_folder() / "requirements.txt"))
        settings = self.settings.copy()
        config, items = configuration.settings(settings)
        self._tell(items)
        if config is None:
            return
        given = settings.get("JOBDIR")
        job = Path(given).resolve() if given else None
        self._tell(machine.browsers(config))
        self._tell(machine.pdf_reader())
        self._tell(machine.folders(config))
        self._tell(jobdir(job, config) if job is not None else [])
        self._tell(portal(config))
        record = Path(opts.record).resolve() if opts.record else None
        self._tell(_capture(record) if record is not None else [])
        stopped = {item.name for item in self.items if item.state == FAIL} & NEEDED
        if opts.login and not stopped:
            assert isinstance(self.crawler_process, AsyncCrawlerProcess)
            tell, report = (lambda item: self._tell([item])), opts.with_report
            log_in_and_look(self.crawler_process, self.settings, job, tell, record, with_report=report)

    def _tell(self, items: Iterable[Item]) -> None:
        for item in items:
            self.items.append(item)
            print(lines(item), flush=True)


def _capture(folder: Path) -> Iterable[Item]:
    """Look whether a capture can be written, before anybody logs in for it."""
    try:
        check_folder(folder)
    except CaptureError as error:
        yield Item(FAIL, "capture", str(error))
