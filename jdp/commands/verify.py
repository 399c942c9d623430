"""`scrapy verify`: are these really the right reports? And with `--fix`: make them so."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from jdp.addon import prepare
from jdp.audit.findings import Kind
from jdp.audit.folders import newest_folder
from jdp.audit.report import all_right, to_json
from jdp.audit.verification import Verification
from jdp.config.config import Config
from jdp.config.environment import apply_environment, environment
from jdp.exceptions import ConfigError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from jdp.audit.findings import Finding
    from jdp.audit.folders import Holding

NOBODY = "nobody"  # an audit logs in nowhere


class VerifyCommand(ScrapyCommand):
    """Proves every stored report again; returns 0 (all right), 1 (something is not) or 2 (nothing to verify)."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[RUN_FOLDER] [--fix] [--label LABEL]"

    def short_desc(self) -> str:
        return "Prove every stored report again from its content, and repair what is not right"

    def long_desc(self) -> str:
        return f"{self.short_desc()}. Without RUN_FOLDER: the newest one below DOWNLOAD_FOLDER."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--fix", action="store_true", help="move what is not right to run_data/rejected and download it again"
        )
        parser.add_argument(
            "--label",
            action="append",
            default=[],
            help="another label before the reference in a report's text; what it proves is taken in (may be repeated)",
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON, everything else to stderr")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Verify a folder; whatever makes that impossible is a usage error, exit status 2."""
        if len(args) > 1:
            raise UsageError("verify takes one run folder")
        try:
            self._verify(args, opts)
        except ConfigError as error:
            raise UsageError(str(error), print_help=False) from None
        except KeyboardInterrupt:
            print("Stopped: verify again", file=sys.stderr)
            self.exitcode = 1

    def _verify(self, args: list[str], opts: argparse.Namespace) -> None:
        config = self._config(with_account=opts.fix)
        folder = folder_of(args, config)
        out = sys.stderr if opts.json else sys.stdout
        verification = Verification(folder, config, labels_of(opts), options_of(opts), out)
        verification.say(f"Verifying {folder}")
        holding, findings = verification.run(fix=opts.fix)
        self.exitcode = int(not all_right(findings))
        verification.show(holding, findings)
        for line in advice(holding, findings, fixed=opts.fix):
            verification.say(line)
        if opts.json:
            print(to_json(holding, findings, self.exitcode))

    def _config(self, *, with_account: bool) -> Config:
        """Return the configuration; whoever only looks at files needs no account."""
        assert self.settings is not None
        if with_account:
            return prepare(self.settings)
        environ = environment(self.settings)
        apply_environment(self.settings, environ)
        if not self.settings.get("JD_USER"):
            self.settings.set("JD_USER", NOBODY)
        return Config.from_settings(self.settings, {**environ, "JD_PASS": NOBODY})


def labels_of(opts: argparse.Namespace) -> tuple[str, ...]:
    """Return the labels, read as REPORT_LABELS is. An empty one would stand before everything."""
    return tuple(label.strip() for given in opts.label for label in given.split(",") if label.strip())


def options_of(opts: argparse.Namespace) -> tuple[str, ...]:
    """Return the settings that were given on the command line, for the crawl that repairs."""
    return (*opts.set, *([f"LOG_LEVEL={opts.loglevel}"] if opts.loglevel else []))


def folder_of(args: list[str], config: Config) -> Path:
    """Return the run folder that was named, as a path or as a folder below DOWNLOAD_FOLDER, else the newest one."""
    if not args:
        return newest_folder(config.download_folder)
    named = [path for path in (Path(args[0]), config.download_folder / args[0]) if path.is_dir()]
    if not named:
        raise ConfigError(f"there is no folder {args[0]}")
    return named[0].resolve()


def advice(holding: Holding, findings: list[Finding], *, fixed: bool) -> Iterator[str]:
    """Say what to do about what is not right."""
    kinds = {finding.kind for finding in findings}
    if kinds <= {Kind.RIGHT}:
        yield "\nAll right"
        return
    yield f"\nNot all right: every file and why is in {holding.data / 'verify.csv'}"
    if Kind.UNPROVEN in kinds:
        yield "If another label stands before the reference in a report: --label 'Stock No.'"
    if not fixed:
        yield f'scrapy verify "{holding.folder}" --fix sets right what can be'
