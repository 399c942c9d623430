"""`scrapy demo`: the whole crawl, against the demo portal on this machine."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from jdp.config.environment import project_folder
from jdp.utils import crawl_process as child

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

USER = PASSWORD = "demo"  # noqa: S105 - the demo portal's own
# Slow enough to watch, quick enough to wait for.
LATENCIES = ("--login-ms", "300", "--grid-ms", "100", "--vehicle-ms", "300", "--report-ms", "400")
# Each strikes one vehicle in a hundred, but one at least, at its first try; the last two are there to stay.
FIRST_TRIES = ("error500", "busy429", "cut", "wrong", "html", "drop", "lost-session")
FAULTS = (*(f"--fault={name}=0.01" for name in FIRST_TRIES), "--fault=gone=0.0001", "--sticky-fault=html=0.0001")
# Nobody is told of a demo, whoever is told of this machine's runs.
NOBODY = dict.fromkeys(("MONITOR_WEBHOOK", "MONITOR_SLACK", "MONITOR_EMAIL"), "")
ANNOUNCEMENT = "Demo portal: "
END_SECONDS = 10


class DemoCommand(ScrapyCommand):
    """Starts the demo portal on a free port and downloads the reports of all its vehicles."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        return "Download all reports of a demo portal that is started on this machine"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--vehicles", type=int, default=60, help="size of the inventory (default: 60)")
        parser.add_argument("--watch", action="store_true", help="show the browser")
        parser.add_argument(
            "--faults",
            action="store_true",
            help="a portal in trouble: the first tries of a few vehicles go wrong in seven ways and are repeated; one "
            "vehicle is sold meanwhile and one never gets its report, so the run ends with status 1 and says why",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Crawl the portal; the crawl's exit status becomes this command's."""
        if args or opts.vehicles < 1:
            raise UsageError("demo takes --vehicles N, with N at least 1, --watch and --faults")
        with demo_portal(opts.vehicles, FAULTS if opts.faults else ()) as address:
            self.exitcode = crawl(address, watch=opts.watch)


@contextlib.contextmanager
def demo_portal(vehicles: int, faults: tuple[str, ...] = ()) -> Iterator[str]:
    """Run the demo portal, of that many vehicles, and give its address; it ends with the block, or with us."""
    command = [sys.executable, "-m", "demo_portal", "--port", "0", "--exit-with-parent", *LATENCIES]
    command += ["--vehicles", str(vehicles), "--user", USER, "--password", PASSWORD, *faults]
    with subprocess.Popen(  # noqa: S603
        command,
        cwd=project_folder(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A group of its own (on Windows, then elsewhere): Ctrl-C is for the crawl, which still has to log out.
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        start_new_session=True,
    ) as portal:
        try:
            line = portal.stdout.readline() if portal.stdout else ""
            if not line.startswith(ANNOUNCEMENT):
                raise UsageError("the demo portal did not start; its message is above", print_help=False)
            print(line, end="", flush=True)
            yield line.removeprefix(ANNOUNCEMENT).strip()
        finally:
            end(portal)


def end(process: subprocess.Popen[str]) -> None:
    """End the process: asked first, then killed."""
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def crawl(address: str, watch: bool) -> int:
    """Run the crawl as its user would; return its exit status."""
    environment = {
        **os.environ,
        **NOBODY,
        "ENV_FILE": "",  # none: nothing of the real portal
        "PORTAL_URL": address,
        "JD_USER": USER,
        "JD_PASS": PASSWORD,
        "DOWNLOAD_FOLDER": "downloads/demo",
        "HEADLESS": "false" if watch else "true",
    }
    return child.crawl(cwd=project_folder(), environment=environment)
