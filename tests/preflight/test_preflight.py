"""The checks of `scrapy preflight` that need no browser: machine, settings, JOBDIR, a portal that only answers."""

from __future__ import annotations

import sys
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

from jdp.portal.pages import contract, export, grid, login, vehicle
from jdp.portal.pages.contract import Contract
from jdp.preflight import configuration, machine
from jdp.preflight.items import FAIL, NOTE, OK, Item, lines, summary
from jdp.preflight.jobdir import jobdir
from jdp.preflight.portal import portal
from jdp.runs.jobdir import JobDir
from jdp.runs.ledger import LEDGER
from jdp.runs.run import owner_of
from tests.helpers.parts import config_in, project_settings, report, store
from tests.helpers.parts import vehicle as vehicle_of
from tests.helpers.receivers import own_certificate
from tests.monitoring.test_checks import leave_metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from jdp.runs.run import Run


def states(items: Iterable[Item]) -> list[str]:
    return [item.state for item in items]


# Packages


def packages(tmp_path: Path, *pins: str) -> list[Item]:
    """Check an installation against these lines."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("\n".join(pins), encoding="utf-8")
    return list(machine.packages(requirements))


def test_packages_as_pinned(tmp_path: Path) -> None:
    pins = ("# a comment", "", f"scrapy=={version('scrapy')}", "pywin32==1 ; sys_platform == 'none'")
    (item,) = packages(tmp_path, *pins, f"PyTest == {version('pytest')}  # a reason")
    assert item.state == OK
    assert f"Python {sys.version.split()[0]}, 2 packages as pinned" in item.told


def test_packages_of_another_version_and_absent_ones(tmp_path: Path) -> None:
    other, absent = packages(tmp_path, "scrapy==0.1", f"pytest=={version('pytest')}", "no-such-package==1.0")
    assert (other.state, absent.state) == (FAIL, NOTE)
    assert f"scrapy==0.1 (is {version('scrapy')})" in other.told
    assert "python -m pip install -r requirements.txt" in other.told
    assert "no-such-package" in absent.told


def test_packages_without_the_file(tmp_path: Path) -> None:
    (item,) = machine.packages(tmp_path / "requirements.txt")
    assert (item.state, "there is no requirements.txt here" in item.told) == (NOTE, True)


# Folders


def test_folders_are_tried_and_not_made(tmp_path: Path) -> None:
    items = list(machine.folders(config_in(tmp_path / "a" / "b")))
    assert states(items) == [OK, OK]
    assert "for 2000 vehicles" in items[1].told
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (item,) = machine.folders(config_in(tmp_path / "file" / "downloads"))
    assert (item.state, item.name) == (FAIL, "folder")
    assert str(tmp_path / "file" / "downloads") in item.told


def test_disk_has_room_for_as_many_as_the_last_run_counted(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    leave_metrics(tmp_path / "2026-01-01", at=1, account=owner_of(config), inventory=10**12)
    _, disk = machine.folders(config)
    assert (disk.state, disk.name) == (FAIL, "disk")
    assert "70000000.0 GB needed for 1000000000000 vehicles (as in the last run)" in disk.told
    leave_metrics(tmp_path / "2026-01-02", at=2, account=owner_of(config), inventory=10)
    assert states(machine.folders(config)) == [OK, OK]


def test_folder_of_pdfs_elsewhere_is_tried_too(tmp_path: Path) -> None:
    local, remote = (config_in(tmp_path, FILES_STORE=store) for store in (str(tmp_path / "pdfs"), "gs://bucket/x"))
    assert [item.name for item in machine.folders(local)] == ["folder", "disk"] * 2
    assert states(machine.folders(remote)) == [OK, OK, NOTE]


# Settings


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return what writes a .env that is used in place of the machine's own."""
    for name in ("JD_USER", "JD_PASS", "ENV_FILE"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / ".env"

    def write(text: str) -> Path:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    return write


def test_settings_that_are_complete(env: Callable[[str], Path]) -> None:
    path = env("JD_USER=dealer\nJD_PASS=pass-word-7391\n")
    config, items = configuration.settings(project_settings(ENV_FILE=str(path)))
    assert config is not None
    assert states(items) == [OK]
    assert str(path) in items[0].told
    assert "pass-word-7391" not in items[0].told


def test_settings_without_a_password_say_where_it_belongs(env: Callable[[str], Path]) -> None:
    config, items = configuration.settings(project_settings(ENV_FILE=str(env("JD_USER=dealer\n"))))
    assert config is None
    assert (states(items), "JD_PASS is not set: put it into .env" in items[0].told) == ([FAIL], True)


def test_settings_that_are_misspelt_and_open_to_others(env: Callable[[str], Path]) -> None:
    path = env("JD_USER=dealer\nJD_PASS=x\nHEADLES=false\nMONITOR_WEBHOOK=http://x/\n")
    path.chmod(0o644)
    _, items = configuration.settings(project_settings(ENV_FILE=str(path)))
    notes = [item.told for item in items if item.state == NOTE]
    assert any("chmod 600 .env" in note for note in notes) is (sys.platform != "win32")
    assert "no settings of jdp: HEADLES (misspelt?)" in notes


def test_settings_from_the_environment_alone(env: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    env("JD_USER=another\n")
    monkeypatch.setenv("JD_USER", "dealer")
    monkeypatch.setenv("JD_PASS", "x")
    _, items = configuration.settings(project_settings(ENV_FILE=""))
    assert states(items) == [OK]
    assert "from the environment alone, no .env; dealer at" in items[0].told


# Portal


class Answering(ThreadingHTTPServer):
    """Answers each request with a status and headers of the test's choice."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), AnsweringHandler)
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked: list[str] = []


class AnsweringHandler(BaseHTTPRequestHandler):
    """The side of a connection."""

    server: Answering

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response_only(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def answering() -> Iterator[Answering]:
    with Answering() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


def asked(server: Answering, tmp_path: Path, scheme: str = "http") -> list[Item]:
    """Check the portal that this server is."""
    url = f"{scheme}://127.0.0.1:{server.server_address[1]}/ValuesOnline/"
    return list(portal(config_in(tmp_path, PORTAL_URL=url)))


def test_portal_that_answers_at_the_right_time(answering: Answering, tmp_path: Path) -> None:
    answering.headers["Date"] = formatdate(usegmt=True)
    items = asked(answering, tmp_path)
    assert [(item.state, item.name) for item in items] == [(OK, "portal"), (OK, "clock")]
    assert " answers in 0." in items[0].told


@pytest.mark.parametrize(
    ("skew", "state", "told"), [(-3600, FAIL, "ahead of"), (3600, FAIL, "behind"), (60, OK, "behind")]
)
def test_clock_is_held_against_the_portal(
    skew: int, state: str, told: str, answering: Answering, tmp_path: Path
) -> None:
    answering.headers["Date"] = formatdate(time.time() + skew, usegmt=True)
    clock = asked(answering, tmp_path)[-1]
    assert clock.state == state
    assert f"s {told} the portal's" in clock.told


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}])
def test_clock_without_a_date(headers: dict[str, str], answering: Answering, tmp_path: Path) -> None:
    answering.headers = headers
    assert asked(answering, tmp_path)[-1].state == NOTE


@pytest.mark.parametrize(("status", "state"), [(302, OK), (403, OK), (500, FAIL), (503, FAIL)])
def test_portal_answers_that_tell_of_trouble(status: int, state: str, answering: Answering, tmp_path: Path) -> None:
    answering.status = status
    answering.headers = {"Location": "http://elsewhere.test/", "Date": formatdate(usegmt=True)}
    item = asked(answering, tmp_path)[0]
    assert item.state == state
    assert (f"HTTP {status}" in item.told) is (state == FAIL)


def test_portal_that_is_not_there(tmp_path: Path) -> None:
    with Answering() as server:
        pass
    (item,) = asked(server, tmp_path)
    assert item.state == FAIL
    assert "does not answer (Connection refused): open it in a browser here" in item.told


def test_portal_whose_certificate_is_not_known_here(tmp_path: Path) -> None:
    server = Answering()
    server.headers["Date"] = formatdate(usegmt=True)
    server.socket = own_certificate(tmp_path).wrap_socket(server.socket, server_side=True)
    with server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        items = asked(server, tmp_path, "https")
        server.shutdown()
    assert [(item.state, item.name) for item in items] == [(OK, "portal"), (NOTE, "portal"), (OK, "clock")]


# JOBDIR


def closed(run: Run, *, clean: bool = True) -> Path:
    """End a run; return its JOBDIR."""
    run.close(clean=clean)
    return run.job_folder


def test_jobdir_that_is_new_is_not_made(tmp_path: Path) -> None:
    (item,) = jobdir(tmp_path / "job", config_in(tmp_path))
    assert (item.state, "is new" in item.told) == (OK, True)
    assert not (tmp_path / "job").exists()


def test_jobdir_that_is_free_tells_how_far_its_run_is(run: Run) -> None:
    run.ledger.list_vehicles(vehicle_of(number) for number in range(3))
    store(run, vehicle_of(0).reference)
    (item,) = jobdir(closed(run), run.config)
    assert item.state == OK
    assert "1 of 3 stored" in item.told
    JobDir(run.job_folder).release()  # nobody holds it


def test_jobdir_at_work(run: Run) -> None:
    (item,) = jobdir(run.job_folder, run.config)
    assert (item.state, "another run is at work" in item.told) == (FAIL, True)


def test_jobdir_of_another_account(run: Run, tmp_path: Path) -> None:
    folder = closed(run)
    (item,) = jobdir(folder, config_in(tmp_path, JD_USER="south"))
    assert item.state == FAIL
    assert f"belongs to {owner_of(run.config)}" in item.told


def test_jobdir_of_a_run_that_was_killed(run: Run) -> None:
    folder = closed(run, clean=False)
    (folder / "session.json").write_text("[]", encoding="utf-8")
    items = list(jobdir(folder, run.config))
    assert states(items) == [NOTE, NOTE, OK]
    assert "did not end cleanly" in items[0].told


def test_jobdir_whose_ledger_is_damaged_is_left_as_it_is(run: Run) -> None:
    run.ledger.settle(*(report(vehicle_of(number).reference) for number in range(300)))
    folder = closed(run)
    ledger = run.data / LEDGER
    ledger.write_bytes(ledger.read_bytes()[:5000])
    before = ledger.read_bytes()
    (item,) = jobdir(folder, run.config)
    assert (item.state, "it will be set aside" in item.told) == (NOTE, True)
    assert ledger.read_bytes() == before


# What is printed


def test_lines_are_ascii_and_fit_80_columns_but_for_what_is_to_be_copied() -> None:
    path = "/srv/" + "x" * 100
    printed = lines(
        Item(FAIL, "folder", f"\u00fcber \x1b[31m {path} cannot be written, so let this user write there " * 3)
    )
    assert printed.isascii()
    assert "\x1b" not in printed
    assert path in printed
    assert {line.strip() for line in printed.splitlines() if len(line) > 79} == {path}


@pytest.mark.parametrize(
    ("items", "line"),
    [
        ([Item(OK, "a", ""), Item(OK, "b", "")], "Ready. More."),
        ([Item(OK, "a", ""), Item(NOTE, "b", "")], "Ready. 1 note above. More."),
        ([Item(FAIL, "a", ""), Item(FAIL, "a", ""), Item(OK, "b", "")], "Not ready: 1 of 2 failed: a."),
    ],
)
def test_summary_is_one_line(items: list[Item], line: str) -> None:
    assert summary(items, " More.") == line


def test_summary_of_much_is_one_line_still() -> None:
    assert len(summary([Item(FAIL, f"a check {number}", "") for number in range(50)], "")) < 80


# The contract


@pytest.mark.parametrize("module", [export, grid, login, vehicle])
def test_contracts_hold_every_selector_of_their_page(module: Any) -> None:
    contracts = [value for value in vars(module).values() if isinstance(value, Contract)]
    held = {part.selector for each in contracts for part in each.parts} | {part.selector for part in grid.PAGER}
    selectors = {
        value for name, value in vars(module).items() if name.isupper() and isinstance(value, str) and _selects(value)
    }
    # Only a grouped grid has group rows; what is read of a grid begins at its main table, and says when there is none.
    assert selectors - held - {grid.GROUP_ROW, grid.MAIN_TABLE} == set()
    assert contracts
    assert contract.LOOK_SECONDS > 0


def _selects(text: str) -> bool:
    return text.startswith(("#", ".", "a[", "a.", "tr.", "td.", "button"))
