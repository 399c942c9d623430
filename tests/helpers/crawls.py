"""Real parts for tests: a portal process, a crawl process, and what both say afterwards."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# The suite runs a second time with Playwright on a thread of its own, as on Windows.
THREADED = ("-s", "_PLAYWRIGHT_THREADED_LOOP=1") if os.environ.get("JDP_TEST_THREADED") else ()
REPO = Path(__file__).resolve().parents[2]
PASSWORD = "pass-word-7391"
LIMIT = 300  # seconds; far above what any of these crawls take


@dataclass
class Portal:
    """A running demo portal."""

    url: str
    process: subprocess.Popen[str]

    def _get(self, path: str) -> Any:
        side = self.url.removesuffix("ValuesOnline/") + "_demo/" + path
        with urllib.request.urlopen(side, timeout=60) as answer:  # noqa: S310 - loopback
            return json.load(answer)

    @property
    def counters(self) -> dict[str, Any]:
        return self._get("counters")

    @property
    def sha256(self) -> dict[str, str]:
        return {reference.strip(): digest for reference, digest in self._get("sha256").items()}

    def cookie_values(self) -> list[str]:
        """Return what every sign-in cookie given so far begins with."""
        return list(self._get("session-keys"))


@contextlib.contextmanager
def running_portal(*options: object) -> Iterator[Portal]:
    """Start a demo portal on a free port; it is gone afterwards."""
    command = [sys.executable, "-m", "demo_portal", "--port", "0", "--user", "dealer", "--password", PASSWORD]
    with subprocess.Popen(
        [*command, *map(str, options)], cwd=REPO, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            assert process.stdout is not None
            yield Portal(process.stdout.readline().rsplit(" ", 1)[-1].strip(), process)
        finally:
            process.terminate()


@dataclass
class Crawl:
    """A crawl process: how it ended and what it left."""

    folder: Path
    exit_status: int = -1
    output: str = ""
    seconds: float = 0.0
    _metrics: dict[str, Any] = field(default_factory=dict)

    @property
    def runs(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("[!.]*") if path.is_dir())

    @property
    def run(self) -> Path:
        return self.runs[-1]

    @property
    def metrics(self) -> dict[str, Any]:
        return json.loads((self.run / "run_data" / "metrics.json").read_text(encoding="utf-8"))

    @property
    def digests(self) -> dict[str, str]:
        """File name without ending -> sha256 of every PDF stored."""
        return {
            path.stem: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.run.glob("pdfs/*")
            if path.is_file()
        }

    @property
    def manifest(self) -> dict[str, dict[str, str]]:
        text = (self.run / "run_data" / "manifest.csv").read_text(encoding="utf-8-sig")
        return {row["reference"].removeprefix("'"): row for row in csv.DictReader(io.StringIO(text, newline=""))}

    def matches(self, right: dict[str, str]) -> bool:
        """Tell whether exactly these reports are stored, each under its own reference's name."""
        rows = {reference: row for reference, row in self.manifest.items() if row["status"] == "stored"}
        digests = self.digests
        stored = {reference: row["sha256"] for reference, row in rows.items()}
        on_disk = {reference: digests.get(Path(row["file"]).stem) for reference, row in rows.items()}
        return stored == right and on_disk == right and len(digests) == len(right)


def crawl_environment(url: str, folder: Path, **environment: object) -> dict[str, str]:
    """Return the environment of a crawl against a portal; nothing of the machine's own configuration leaks in."""
    base = {"PORTAL_URL": url, "JD_USER": "dealer", "JD_PASS": PASSWORD, "ENV_FILE": "", "DOWNLOAD_FOLDER": str(folder)}
    return {**os.environ, **base, **{name: str(value) for name, value in environment.items()}}


def start_crawl(url: str, folder: Path, *arguments: str, **environment: object) -> subprocess.Popen[str]:
    """Start `scrapy crawl inventory` and return its process; stdout and stderr come as one."""
    return subprocess.Popen(
        [sys.executable, "-m", "scrapy", "crawl", "inventory", *THREADED, *arguments],
        cwd=REPO,
        env=crawl_environment(url, folder, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="backslashreplace",
    )


def crawl(portal: Portal | str, folder: Path, *arguments: str, patience: float = 0.0, **environment: object) -> Crawl:
    """Run `scrapy crawl inventory` to its end; `patience` is how many seconds it may take above LIMIT."""
    url = portal if isinstance(portal, str) else portal.url
    began = time.monotonic()
    process = start_crawl(url, folder, *arguments, **environment)
    try:
        output, _ = process.communicate(timeout=LIMIT + patience)
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
    return Crawl(folder, process.returncode, output, time.monotonic() - began)
