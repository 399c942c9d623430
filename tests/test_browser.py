import asyncio
import contextlib
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Playwright, async_playwright

from jdp.browser import QUIET, check, launch_options, missing_libraries, own_chromium
from jdp.exceptions import BrowserNotFoundError

LOGIN_PAGE = b"<form method=post><input name=username><input type=password name=password><button>in</button></form>"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
PORTAL = "portal.test"

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have usual places beside PATH")


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder that is the whole PATH, on a machine without Playwright's own browser."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "browsers"))
    return tmp_path


def add_program(folder: Path, name: str) -> str:
    program = folder / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return str(program)


def test_launch_options_leave_signals_to_scrapy() -> None:
    options = launch_options("chrome", headless=False)
    assert options["headless"] is False
    assert [options[f"handle_{name}"] for name in ("sigint", "sigterm", "sighup")] == [False] * 3


def test_launch_options_channel() -> None:
    options = launch_options("msedge", headless=True)
    assert options["channel"] == "msedge"
    assert "executable_path" not in options


def test_launch_options_program() -> None:
    assert launch_options(sys.executable, headless=True)["executable_path"] == sys.executable


def test_launch_options_program_missing() -> None:
    with pytest.raises(BrowserNotFoundError, match=r"BROWSER=/no/browser is no program"):
        launch_options("/no/browser", headless=True)


@only_linux
def test_auto_nothing_installed(bare: Path) -> None:
    assert own_chromium(headless=True) is None, bare
    with pytest.raises(BrowserNotFoundError, match=r"python bootstrap\.py demo"):
        launch_options("auto", headless=True)


@only_linux
def test_auto_program_of_the_path(bare: Path) -> None:
    add_program(bare, "chromium-browser")
    chrome = add_program(bare, "google-chrome")
    assert launch_options("auto", headless=True)["executable_path"] == chrome


@only_linux
def test_auto_shell_before_a_whole_browser_where_no_window_is_asked_for(bare: Path) -> None:
    chromium = add_program(bare, "chromium")
    shell = add_program(bare, "chromium-headless-shell")
    assert launch_options("auto", headless=True)["executable_path"] == shell
    assert launch_options("auto", headless=False)["executable_path"] == chromium
    mark_installed(bare / "browsers", "chromium_headless_shell")
    assert "executable_path" not in launch_options("auto", headless=True)


@only_linux
@pytest.mark.parametrize(("headless", "folder"), [(True, "chromium_headless_shell"), (False, "chromium")])
def test_auto_own_chromium_first(bare: Path, headless: bool, folder: str) -> None:
    chromium = add_program(bare, "chromium")
    assert launch_options("auto", headless)["executable_path"] == chromium
    mark_installed(bare / "browsers", folder)
    assert "executable_path" not in launch_options("auto", headless)
    assert launch_options("auto", not headless)["executable_path"] == chromium


def mark_installed(folder: Path, name: str) -> None:
    """Put there what Playwright puts there, of the revision that its own list names."""
    listed = subprocess.run(
        [sys.executable, "-m", "playwright", "install", "--dry-run", "chromium"],
        check=True,
        capture_output=True,
        text=True,
        env={"PLAYWRIGHT_BROWSERS_PATH": str(folder)},
    ).stdout
    places = [Path(line.split(":", 1)[1].strip()) for line in listed.splitlines() if "Install location" in line]
    place = next(place for place in places if place.name.rpartition("-")[0] == name)
    place.mkdir(parents=True)
    (place / "INSTALLATION_COMPLETE").touch()


@only_linux
def test_own_chromium_half_installed(bare: Path) -> None:
    mark_installed(bare / "browsers", "chromium")
    folder = own_chromium(headless=False)
    assert folder is not None
    (folder / "INSTALLATION_COMPLETE").unlink()
    assert own_chromium(headless=False) is None


@pytest.mark.parametrize(
    ("output", "libraries"),
    [
        (
            "node: error while loading shared libraries: libatomic.so.1: cannot open shared object file",
            ["libatomic.so.1"],
        ),
        (
            "Host system is missing dependencies! Missing libraries:\n libnss3.so\n libX11-xcb.so.1\n libstdc++.so.6",
            ["libX11-xcb.so.1", "libnss3.so", "libstdc++.so.6"],
        ),
        ("loaded libnss3.so, then crashed", []),
    ],
)
def test_missing_libraries(output: str, libraries: list[str]) -> None:
    assert missing_libraries(output) == libraries


@pytest.mark.slow
def test_check_opens_a_page() -> None:
    works, line = check("auto")
    assert works, line
    assert "version" in line


@pytest.mark.slow
def test_check_program_that_is_no_browser() -> None:
    works, line = check(sys.executable)
    assert not works
    assert line.startswith("The browser does not start: ")


def test_check_driver_without_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", "/no/node")
    works, line = check("auto")
    assert not works
    assert line.startswith("Playwright's driver does not start: ")
    assert "/no/node" in line


@pytest.mark.slow
def test_command_says_what_is_wrong() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "jdp.browser", "/no/browser"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stdout.count("\n") == 1
    assert "BROWSER=/no/browser" in result.stdout


class Listener:
    """A proxy that serves the login page as any page of PORTAL, and notes every other host asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self.somebody = asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readline()
        address = request.split()[1].decode() if request else ""
        if address.startswith(f"http://{PORTAL}/"):
            writer.write(ANSWER % (len(LOGIN_PAGE), LOGIN_PAGE))
        elif address:
            self.asked.add(address)
            self.somebody.set()
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def listening_to(driver: Playwright, program: str, arguments: list[str]) -> AsyncIterator[Listener]:
    """Log in with a browser that was started with these arguments, and leave the page open."""
    listener = Listener()
    async with await asyncio.start_server(listener.answer, "127.0.0.1", 0) as server:
        proxy = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        options = {**launch_options(program, headless=True), "args": arguments}
        browser = await driver.chromium.launch(**options, proxy={"server": proxy})
        page = await browser.new_page()
        await page.goto(f"http://{PORTAL}/")
        await page.fill("[name=username]", "demo")
        await page.fill("[name=password]", "demo")
        await page.click("button")
        yield listener
        await browser.close()


async def compare_quiet_and_not(program: str) -> tuple[set[str], set[str]]:
    """Return whom a browser with our arguments asked, and one without, once the latter has asked somebody."""
    async with (
        async_playwright() as driver,
        listening_to(driver, program, list(QUIET)) as quiet,
        listening_to(driver, program, []) as usual,
    ):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(usual.somebody.wait(), 20)
        return quiet.asked, usual.asked


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="a headless shell asks nobody: it is about the whole one")
def test_no_host_but_the_portal_is_asked() -> None:
    """A short look; tests/acceptance/quiet.py looks for ten minutes, at either browser, from outside."""
    quiet, usual = asyncio.run(compare_quiet_and_not("chromium"))
    assert quiet == set()
    assert usual, "without our arguments it asks: else this test shows nothing"
