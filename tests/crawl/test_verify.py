"""`scrapy verify` as its user runs it: what it says, what it repairs, how it ends."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from demo_portal.pdf import Reporter
from demo_portal.vehicles import make_vehicles
from tests.helpers.crawls import REPO, THREADED, Crawl, crawl, crawl_environment, running_portal, start_crawl
from tests.helpers.run_folders import LAYOUTS, REFS, Folder, body_of

if TYPE_CHECKING:
    from pathlib import Path

POSIX = pytest.mark.skipif(os.name != "posix", reason="no pseudo-terminal on Windows")
NOWHERE = "http://127.0.0.1:9/ValuesOnline/"


def verify(url: str, base: Path, *arguments: object, **environment: object) -> tuple[int, str]:
    """Run the command; return its exit status and what it said."""
    options = THREADED if "--fix" in arguments else ()
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "verify", *map(str, arguments), *options],
        cwd=REPO,
        env=crawl_environment(url, base, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="backslashreplace",
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout


def digests(folder: Path) -> dict[str, str]:
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "pdfs").iterdir()}


def count(output: str, title: str) -> int:
    """Return a figure of the last table."""
    lines = [line for line in output.splitlines() if line.startswith(title)]
    return int(lines[-1].split()[-1].replace(",", ""))


def spoil(pdfs: Path, refs: list[str]) -> dict[str, str]:
    """Give 5 files wrong contents, cut 3, remove 2, add a foreign one; return what is to be found."""
    bodies = [(pdfs / f"{ref}.pdf").read_bytes() for ref in refs[:5]]
    for number, ref in enumerate(refs[:5]):
        (pdfs / f"{ref}.pdf").write_bytes(bodies[(number + 1) % 5])
    for ref in refs[5:8]:
        path = pdfs / f"{ref}.pdf"
        path.write_bytes(path.read_bytes()[:20_000])
    for ref in refs[8:10]:
        (pdfs / f"{ref}.pdf").unlink()
    (pdfs / "999999.pdf").write_bytes((pdfs / f"{refs[10]}.pdf").read_bytes())
    kinds = ["wrong"] * 5 + ["broken"] * 3 + ["missing"] * 2
    return {**dict(zip(refs, kinds, strict=False)), "999999.pdf": "foreign"}


def rejected(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / "run_data" / "rejected").iterdir())


def test_verify_names_and_fix_repairs(tmp_path: Path) -> None:
    with running_portal("--vehicles", 14) as portal:
        run = crawl(portal, tmp_path / "d").run
        refs = sorted(portal.sha256)
        spoilt = spoil(run / "pdfs", refs)
        status, output = verify(portal.url, tmp_path / "d", "--json")
        report = json.loads(output[output.index("\n{\n") :])
        assert status == report["exit_status"] == 1, output
        assert {each["reference"]: each["found"] for each in report["problems"]} == spoilt
        assert report["counts"]["right"] == 4
        assert portal.counters["logins"] == 1

        # Another account's reports are not this one's to fetch, and nothing is moved for that.
        status, output = verify(portal.url, tmp_path / "d", run, "--fix", JD_USER="another")
        assert (status, (run / "run_data" / "rejected").exists()) == (2, False), output

        status, output = verify(portal.url, tmp_path / "d", run, "--fix")
        assert status == 0, output
        assert digests(run) == portal.sha256
        assert portal.counters["reports_total"] == 14 + 10
        assert portal.counters["logins"] == portal.counters["logouts"] == 2
    assert rejected(run) == sorted([*refs[:8], "999999"])
    assert count(output, "Right") == 14
    assert "Traceback" not in output
    assert (run / "run_data" / "verify.csv").read_text(encoding="utf-8-sig").count(",right,") == 14


@pytest.mark.parametrize("layout", LAYOUTS)
def test_fix_of_a_client_folder(tmp_path: Path, layout: str) -> None:
    folder = tmp_path / "10-06-2025"
    pdfs, data = (folder / "pdfs", folder / "run_data") if layout == "new" else (folder, folder)
    for each in (pdfs, data):
        each.mkdir(parents=True, exist_ok=True)
    vehicles = {each.reference: each for each in make_vehicles(14, seed=1, hostile=0)}
    refs = sorted(vehicles)
    for ref in refs[:-1]:
        (pdfs / f"{ref}.pdf").write_bytes(Reporter().render(vehicles[ref]))
        os.utime(pdfs / f"{ref}.pdf", (1_700_000_000, 1_700_000_000))
    tracking = {ref: f"{ref}.pdf" if ref != refs[-1] else None for ref in refs}
    (data / "tracking.json").write_text(json.dumps(tracking))
    spoil(pdfs, refs)
    with running_portal("--vehicles", 14) as portal:
        status, output = verify(portal.url, tmp_path / "d", folder)
        assert (status, count(output, "Wrong"), count(output, "Cut")) == (1, 5, 3), output
        assert (count(output, "Missing"), count(output, "Not downloaded"), count(output, "Foreign")) == (2, 1, 1)
        assert "written from 2023-11-1" in output
        status, output = verify(portal.url, tmp_path / "d", folder, "--fix")
        assert status == 0, output
        assert digests(folder) == portal.sha256
        assert portal.counters["reports_total"] == 11
    assert rejected(folder) == sorted([*refs[:8], "999999"])
    assert not Crawl(tmp_path / "d").runs
    assert (folder / "pdfs" / f"{refs[10]}.pdf").stat().st_mtime == 1_700_000_000


def test_fix_goes_on_with_a_run_that_was_stopped(tmp_path: Path) -> None:
    job = tmp_path / "job"
    with running_portal("--vehicles", 30, "--report-ms", 100) as portal:
        process = start_crawl(portal.url, tmp_path / "d", "-s", f"JOBDIR={job}", "-a", "max_downloads=25")
        while process.poll() is None and len(list(tmp_path.glob("d/*/pdfs/*.pdf"))) < 5:
            assert portal.counters["logins"] <= 1
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        (run,) = Crawl(tmp_path / "d").runs
        stored = sorted((run / "pdfs").iterdir())
        stored[0].write_bytes(stored[1].read_bytes())
        made = portal.counters["reports_total"]
        status, output = verify(portal.url, tmp_path / "d", "--fix")
        assert status == 0, output
        found = digests(run)
        assert found.items() <= portal.sha256.items()
        assert len(found) >= 25
        assert portal.counters["reports_total"] - made == len(found) - len(stored) + 1
    assert "it goes on" in output
    assert "is set aside" not in output
    assert Crawl(tmp_path / "d").runs == [run]


def test_label_given_later_needs_no_site(tmp_path: Path) -> None:
    with running_portal("--vehicles", 6, "--fault=no-label=1", "--sticky") as portal:
        result = crawl(portal, tmp_path / "d")
        assert result.metrics["unproven"] == 6, result.output
        sha256, run = portal.sha256, result.run
    assert verify(NOWHERE, tmp_path / "d")[0] == 1
    status, output = verify(NOWHERE, tmp_path / "d", "--label", "Inventory item")
    assert status == 0, output
    assert set(digests(run)) == set(sha256)
    assert list((run / "run_data" / "unproven").iterdir()) == []
    assert {row["status"] for row in result.manifest.values()} == {"stored"}
    assert verify(NOWHERE, tmp_path / "d", REPORT_LABELS="Inventory item")[0] == 0


def test_fix_without_a_portal_forgets_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "d" / "run")
    folder.put(REFS[0], body_of(REFS[1]))
    status, output = verify(NOWHERE, tmp_path / "d", folder.path, "--fix", PORTAL_WAIT=0)
    assert (status, count(output, "Not downloaded")) == (1, 1), output
    status, output = verify(NOWHERE, tmp_path / "d", folder.path)
    assert (status, count(output, "Not downloaded"), count(output, "Right")) == (1, 1, 2), output


@pytest.mark.parametrize(
    ("arguments", "environment", "why"),
    [
        (["nowhere"], {}, "there is no folder nowhere"),
        ([], {}, "no run folder in"),
        (["{base}/letters"], {}, "nothing to verify in"),
        (["{base}/elsewhere"], {"FILES_STORE": "gs://bucket/reports"}, "folders of this machine only"),
        (["{base}/elsewhere", "--fix"], {"JD_PASS": ""}, "JD_PASS is not set"),
    ],
)
def test_nothing_to_verify(tmp_path: Path, arguments: list[str], environment: dict[str, str], why: str) -> None:
    (tmp_path / "letters").mkdir()
    folder = Folder(tmp_path / "elsewhere")
    shutil.rmtree(folder.pdfs)
    given = [each.format(base=tmp_path) for each in arguments]
    status, output = verify(NOWHERE, tmp_path / "d", *given, **environment)
    assert status == 2
    assert why in output
    assert "Traceback" not in output
    assert list((tmp_path / "letters").iterdir()) == []


def test_no_account_is_needed_to_look(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "d" / "run")
    status, output = verify(NOWHERE, tmp_path / "d", folder.path, "--label", " ,", JD_USER="", JD_PASS="")
    assert status == 0, output


@POSIX
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_terminal_of_80_columns(tmp_path: Path, encoding: str) -> None:
    import fcntl  # noqa: PLC0415 - not on Windows
    import pty  # noqa: PLC0415
    import struct  # noqa: PLC0415
    import termios  # noqa: PLC0415

    folder = Folder(tmp_path / "d" / "run")
    (folder.pdfs / "caf\u00e9 \u20ac.pdf").write_bytes(body_of(REFS[1]))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**crawl_environment(NOWHERE, tmp_path / "d"), "PYTHONIOENCODING": encoding, "TERM": "xterm"}
    environment.pop("COLUMNS", None)
    command = [sys.executable, "-m", "scrapy", "verify", str(folder.path)]
    with subprocess.Popen(command, cwd=REPO, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # how Linux says that the other end is closed
            while part := os.read(ours, 4096):
                said += part
    os.close(ours)
    assert process.returncode == 1, said
    assert b"Verifying" in said
    assert b"caf\\xe9 \\u20ac.pdf" in said
    assert b"Traceback" not in said
    assert said.isascii() or encoding == "utf-8"
    after = said.rpartition(b"Right ")[2].decode(encoding).splitlines()
    assert [line for line in after if "foreign" in line and len(line) < 80]
