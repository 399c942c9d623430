"""A real Scrapyd, as the tests talk to it: over its API, and by what it leaves on disk."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.helpers.crawls import crawl_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMIT = 120.0  # seconds; far above what any of these jobs take
POLL = 0.1
# There is no http_port: see any_port.py.
CONFIG = """
[scrapyd]
application = any_port.application
bind_address = 127.0.0.1
poll_interval = 0.2
eggs_dir = {folder}/eggs
logs_dir = {folder}/logs
dbs_dir = {folder}/dbs
jobs_to_keep = 5
username = office
password = keep-out-2207
"""
AUTH = ("office", "keep-out-2207")
LISTENING = re.compile(r"Site starting on (\d+)")


def wait_for(condition: Callable[[], Any], what: str, limit: float = LIMIT) -> Any:
    """Return what `condition` returns once that is true; fails after `limit` seconds."""
    end = time.monotonic() + limit
    while not (found := condition()):
        assert time.monotonic() < end, f"not in {limit} s: {what}"
        time.sleep(POLL)
    return found


class Scrapyd:
    """A Scrapyd and its folder; `downloads` in it is the jobs' DOWNLOAD_FOLDER."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "scrapyd.log"
        self.downloads = folder / "downloads"
        port = wait_for(lambda: LISTENING.search(self.log.read_text(encoding="utf-8")), "Scrapyd listens").group(1)
        self.address = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(base_url=self.address, auth=AUTH, trust_env=False, timeout=60)

    def deploy(self, egg: Path) -> None:
        """Add the egg as version 1 of the project jdp."""
        data = {"project": "jdp", "version": "1"}
        with egg.open("rb") as file:
            reply = self.client.post("/addversion.json", data=data, files={"egg": file}).json()
        assert reply["status"] == "ok", reply
        assert reply["spiders"] == 1, reply

    def schedule(self, *settings: str, **arguments: str) -> str:
        """Schedule the inventory spider and return the job's id."""
        data = {"project": "jdp", "spider": "inventory", "setting": list(settings), **arguments}
        return self._post("schedule", data)["jobid"]

    def cancel(self, job: str) -> None:
        """Cancel a job as its user would: once."""
        assert self._post("cancel", {"project": "jdp", "job": job})["prevstate"] == "running"

    def _post(self, call: str, data: dict[str, Any]) -> dict[str, Any]:
        reply: dict[str, Any] = self.client.post(f"/{call}.json", data=data).json()
        assert reply["status"] == "ok", reply
        return reply

    def finished(self, job: str) -> bool:
        """Tell whether Scrapyd lists the job among the finished ones."""
        return job in [entry["id"] for entry in self.client.get("/listjobs.json").json()["finished"]]

    def wait_for_end(self, job: str) -> str:
        """Wait until the job has finished; return its log."""
        wait_for(lambda: self.finished(job), f"job {job} has finished")
        return (self.folder / "logs" / "jdp" / "inventory" / f"{job}.log").read_text(encoding="utf-8")

    def files_with(self, secret: str) -> list[Path]:
        """Return which files have the secret in them: logs, databases, JOBDIRs, whatever the jobs left."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return [path for path in files if secret.encode() in path.read_bytes()]


@contextlib.contextmanager
def running_scrapyd(folder: Path, portal_url: str, **environment: object) -> Iterator[Scrapyd]:
    """Start Scrapyd with the account in its environment; its jobs end before it does."""
    (folder / "scrapyd.conf").write_text(CONFIG.format(folder=folder), encoding="utf-8")
    shutil.copy(Path(__file__).with_name("any_port.py"), folder)
    with (
        (folder / "scrapyd.log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "scrapyd"],
            cwd=folder,
            env=crawl_environment(portal_url, folder / "downloads", **environment),
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            scrapyd = Scrapyd(folder)
            with scrapyd.client:
                yield scrapyd
                cancel_jobs(scrapyd.address)
        finally:
            process.terminate()


SCRIPT = Path(__file__).parents[2] / "deploy" / "cancel_jobs.py"


def cancel_jobs(address: str) -> None:
    """Do what the service file does before Scrapyd is stopped."""
    environment = {**os.environ, "SCRAPYD_USERNAME": AUTH[0], "SCRAPYD_PASSWORD": AUTH[1]}
    subprocess.run([sys.executable, str(SCRIPT), address], check=True, timeout=LIMIT, env=environment)


def cancel_jobs_of_nobody(address: str) -> str:
    """Do it without the password; return what is said."""
    done = subprocess.run([sys.executable, str(SCRIPT), address], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr
