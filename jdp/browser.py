"""Which browser is used, how it is started, and whether it starts: `python -m jdp.browser [BROWSER]`."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import playwright
from playwright.async_api import Error, async_playwright

from jdp.exceptions import BrowserNotFoundError
from jdp.utils.child_environment import child_environment, settings_hidden

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANNELS = ("chrome", "chrome-beta", "chrome-dev", "chrome-canary", "msedge", "msedge-beta", "msedge-dev")

# Chromium never connects to port 9 ("unsafe"): a service with this address is switched off.
NOWHERE = "http://127.0.0.1:9/"
# Without these Chromium 156 asks Google about the site's forms, for the state of an account, and for updates.
# No --disable-features here: the last one counts, so it would undo Playwright's own.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    f"--autofill-server-url={NOWHERE}",
    f"--gaia-url={NOWHERE}",
    f"--component-updater=url-source={NOWHERE}",
)

# Chromium without windows, updater and account: less memory, a third of the start, and it asks nobody.
SHELL = "chromium-headless-shell"
# Ubuntu's chromium-browser may be a mere note that there is a snap, so it comes last.
PROGRAMS = (
    "chromium",
    "google-chrome-stable",
    "google-chrome",
    "microsoft-edge-stable",
    "microsoft-edge",
    "chromium-browser",
)
WINDOWS_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
WINDOWS_PLACES = (
    r"Chromium\Application\chrome.exe",
    r"Google\Chrome\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)
MAC_PLACES = (
    "Chromium.app/Contents/MacOS/Chromium",
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)

NO = ("0", "false", "no", "off")
DRIVER_SECONDS = 60
LAUNCH_SECONDS = 60


def launch_options(browser: str, headless: bool) -> dict[str, object]:
    """Return what Playwright's `chromium.launch` takes; `browser` is auto, a channel or a program.

    Without a window, auto takes a headless shell before a whole browser. Raises BrowserNotFoundError.
    """
    return {
        "headless": headless,
        # Else Ctrl-C ends the browser first, and nobody can log out any more.
        "handle_sigint": False,
        "handle_sigterm": False,
        "handle_sighup": False,
        "chromium_sandbox": sandbox_works(),
        "args": list(QUIET),
        **_choose(browser, headless),
    }


def sandbox_works() -> bool:
    """Tell whether Chromium can have its sandbox: not as root, and not where user namespaces are refused."""
    if sys.platform != "linux":
        return True
    unshare = shutil.which("unshare")
    if os.geteuid() == 0 or unshare is None:
        return False
    probe = subprocess.run(  # noqa: S603
        [unshare, "--user", "--map-root-user", "true"],
        capture_output=True,
        check=False,
        env=child_environment(),
    )
    return probe.returncode == 0


def _choose(browser: str, headless: bool) -> dict[str, str]:
    if browser in CHANNELS:
        return {"channel": browser}
    if browser != "auto":
        return {"executable_path": _program(browser)}
    if own_chromium(headless) is not None:
        return {}
    found = next(_installed(headless), None)
    if found is None:
        raise BrowserNotFoundError(
            "No browser is installed: `python bootstrap.py demo` installs one, or set BROWSER to the program "
            "of a Chromium, Chrome or Edge"
        )
    return {"executable_path": found}


def _program(browser: str) -> str:
    found = shutil.which(str(Path(browser).expanduser()))
    if found is None:
        raise BrowserNotFoundError(
            f"BROWSER={browser} is no program on this machine: set it to auto, to the path of a Chromium, "
            f"Chrome or Edge, or to one of {', '.join(CHANNELS)}"
        )
    return found


def own_chromium(headless: bool) -> Path | None:
    """Return the folder of Playwright's own Chromium, of the revision that it wants, if it is there."""
    package = Path(playwright.__file__).parent / "driver" / "package"
    name = SHELL if headless else "chromium"
    listed = json.loads((package / "browsers.json").read_text(encoding="utf-8"))["browsers"]
    revision = next(entry["revision"] for entry in listed if entry["name"] == name)
    folder = _browsers_folder(package) / f"{name.replace('-', '_')}-{revision}"
    return folder if (folder / "INSTALLATION_COMPLETE").exists() else None


def _browsers_folder(package: Path) -> Path:
    configured = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if configured:
        return package / ".local-browsers" if configured == "0" else Path(configured)
    if sys.platform == "win32":
        cache = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        cache = Path.home() / "Library" / "Caches"
    else:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "ms-playwright"


def _installed(headless: bool) -> Iterator[str]:
    yield from filter(None, map(shutil.which, (SHELL, *PROGRAMS) if headless else PROGRAMS))
    yield from (str(place) for place in _usual_places() if place.is_file())


def _usual_places() -> list[Path]:
    if sys.platform == "win32":
        folders = [Path(os.environ[name]) for name in WINDOWS_FOLDERS if name in os.environ]
        return [folder / place for place in WINDOWS_PLACES for folder in folders]
    if sys.platform == "darwin":
        folders = [Path("/Applications"), Path.home() / "Applications"]
        return [folder / place for place in MAC_PLACES for folder in folders]
    return []


def missing_libraries(text: str) -> list[str]:
    """Return the shared libraries that a start's output complains about."""
    if "shared librar" not in text and "missing dependencies" not in text and "Missing libraries" not in text:
        return []
    return sorted(set(re.findall(r"\blib[\w+-]+\.so(?:\.\d+)*", text)))


def driver_problem() -> str | None:
    """Ask Playwright's driver for its version; return a sentence when it does not start."""
    command = [sys.executable, "-m", "playwright", "--version"]
    try:
        result = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=DRIVER_SECONDS, check=False, env=child_environment()
        )
    except subprocess.TimeoutExpired:
        return f"Playwright's driver said nothing within {DRIVER_SECONDS} s."
    if result.returncode == 0:
        return None
    tool = " NODE_OPTIONS is set, perhaps for another tool: start without it." if os.environ.get("NODE_OPTIONS") else ""
    return _sentence("Playwright's driver", result.stdout + result.stderr) + tool


def _sentence(what: str, output: str) -> str:
    missing = missing_libraries(output)
    if missing:
        return f"{what} does not start: this system lacks {', '.join(missing)}."
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [line for line in lines if "[err]" in line or "Error: " in line][:3]
    return f"{what} does not start: {' | '.join(dict.fromkeys(lines[:1] + told)) or 'it says nothing'}"


async def open_blank_page(options: dict[str, object]) -> str:
    """Start the browser, open a page, and return the browser's version; raises Playwright's Error."""
    with settings_hidden():  # from the driver, and so from the browser, which it starts
        context_manager = async_playwright()
        driver = await context_manager.start()
    try:
        launched = await driver.chromium.launch(**options, timeout=LAUNCH_SECONDS * 1000)  # type: ignore[arg-type]
        page = await launched.new_page()
        await page.goto("about:blank")
        version = launched.version
        await launched.close()
        return version
    finally:
        await driver.stop()


def check(browser: str, *, headless: bool = True) -> tuple[bool, str]:
    """Try driver and browser; return whether they work, and one line about them."""
    problem = driver_problem()
    if problem:
        return False, problem
    try:
        options = launch_options(browser, headless)
        version = asyncio.run(open_blank_page(options))
    except BrowserNotFoundError as error:
        return False, str(error)
    except Error as error:
        return False, _sentence("The browser", error.message.removeprefix("BrowserType.launch: "))
    own = "Playwright's own headless shell" if headless else "Playwright's own Chromium"
    name = options.get("executable_path") or options.get("channel") or own
    return True, f"{name}, version {version}"


def main() -> int:
    """Print one line about the browser that would be used; return 0 when it works."""
    browser = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("BROWSER", "").strip() or "auto"
    works, line = check(browser, headless=os.environ.get("HEADLESS", "").strip().lower() not in NO)
    print(line)  # noqa: T201
    return 0 if works else 1


if __name__ == "__main__":
    sys.exit(main())
