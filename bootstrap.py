"""Makes this project run on a machine that has Python, and nothing else that it needs.

    python3 bootstrap.py demo    starts the demo portal on this machine and downloads all of its reports
    python3 bootstrap.py test    runs the tests; with --quick those that need no browser, no portal and no network

Everything goes into the folder .venv beside this file, but for the browser: an installed one is used, else
Playwright's is downloaded into your account's cache folder, or Debian's package installed (you are told so).
What is done already is skipped. Only Python's standard library is used here, and no syntax that is newer than
Python 3.6: an older Python can still say which one is needed.
"""

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - this is who it is for
    sys.exit(
        f"Python 3.11 or later is needed; this is {sys.version.split()[0]} ({sys.executable}).\n"
        "Get one from https://www.python.org/downloads/ or from your system's packages, and start this file "
        "with it, for example: python3.11 bootstrap.py demo"
    )

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "bootstrap.json"
COMMANDS = {"demo": ["-m", "scrapy", "demo"], "test": ["-m", "pytest", "-n", "auto"]}

# A run without a window needs no more than a headless shell: a smaller download, and less memory than a whole Chromium.
WINDOW = os.environ.get("HEADLESS", "").strip().lower() in ("0", "false", "no", "off")
DEBIAN_CHROMIUM, DEBIAN_SHELL = "chromium", "chromium-headless-shell"
DEBIAN_BROWSER = [DEBIAN_CHROMIUM if WINDOW else DEBIAN_SHELL, "fonts-liberation", "libatomic1"]
PLAYWRIGHT_BROWSER = ["install", "chromium"] if WINDOW else ["install", "--only-shell", "chromium"]
SECONDS = 1800  # the longest that any step may take
ENVIRONMENT = {
    # Playwright tries a download five times, each for 30 s by default: long where a firewall says nothing.
    "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000",
    "DEBIAN_FRONTEND": "noninteractive",
    **os.environ,
}


class StepError(Exception):
    """Raised when a step failed, with what to do by hand."""


def say(text: str) -> None:
    print(text, flush=True)


def run(*command: str) -> tuple[bool, str]:
    """Run a command quietly; return whether it succeeded, and what it printed."""
    try:
        result = subprocess.run(
            command, cwd=ROOT, env=ENVIRONMENT, input=b"", capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    return result.returncode == 0, (result.stderr + result.stdout).decode(errors="replace").strip()


def step(name: str, *command: str) -> tuple[bool, str]:
    """Run a command and say so, with the time that it took."""
    say(f"  {name} ...")
    begin = time.monotonic()
    done, output = run(*command)
    say(f"    {'done' if done else 'failed'} after {time.monotonic() - begin:.1f} s")
    return done, output


def last_lines(output: str) -> str:
    return "\n".join("    | " + line for line in output.splitlines()[-12:])


def wanted_state() -> dict[str, str]:
    """Return what STAMP holds when .venv is complete, made by this Python and for this folder."""
    return {
        "folder": str(VENV),
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "requirements": hashlib.sha256((ROOT / "requirements.txt").read_bytes()).hexdigest(),
    }


def found_state() -> dict[str, str]:
    """Return what STAMP holds; nothing when there is none, or when .venv's Python does not start."""
    try:
        state = dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
    return state if run(str(PYTHON), "-c", "import pip")[0] else {}


def prepare_packages() -> None:
    """Make .venv and install the pinned packages, as far as that is not done."""
    wanted, found = wanted_state(), found_state()
    if found == wanted:
        return
    if any(found.get(key) != wanted[key] for key in ("folder", "python")):
        make_venv(wanted["python"])
    STAMP.unlink(missing_ok=True)  # until all of it is there
    install = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"]
    install += ["-r", "requirements.txt"]
    done, output = step("packages of requirements.txt into .venv", *install)
    if not done:
        raise StepError(
            f"pip could not install the packages:\n{last_lines(output)}\n"
            "Behind a proxy set HTTPS_PROXY=http://host:port, for a package index of your own PIP_INDEX_URL, "
            f"and start this again. By hand, in {ROOT}:\n  {' '.join(install)}"
        )
    STAMP.write_text(json.dumps(wanted, indent=1), encoding="utf-8")


def make_venv(version: str) -> None:
    """Make a new .venv; an old one that does not fit is removed."""
    if VENV.exists():
        remove_venv()
    name = f"virtual environment .venv, Python {version}"
    command = [sys.executable, "-m", "venv", str(VENV)]
    done, output = step(name, *command)
    if not done and "ensurepip" in output and apt_install(f"python{version}-venv"):
        done, output = step(name, *command, "--clear")
    if not done:
        raise StepError(
            f"Python could not make a virtual environment:\n{last_lines(output)}\n"
            f"On Debian and Ubuntu, as root: apt-get install python{version}-venv\n"
            f"By hand: {' '.join(command)}"
        )


def remove_venv() -> None:
    if Path(sys.prefix).resolve() == VENV:
        raise StepError(f"{VENV} does not fit and is in use: run `deactivate`, then start this again.")
    if any(VENV.iterdir()) and not (VENV / "pyvenv.cfg").exists():
        raise StepError(f"{VENV} is no virtual environment: move it away, then start this again.")
    say("  .venv is incomplete, or of another Python or folder: it is made anew")
    shutil.rmtree(VENV)


def prepare_browser() -> None:
    """Make sure that Playwright's driver and a browser start; mend one thing after the other."""
    works, said = run(str(PYTHON), "-m", "jdp.browser")
    for mend in (install_libatomic, download_browser, install_debian_browser, install_libraries):
        if not works and mend(said):
            works, said = run(str(PYTHON), "-m", "jdp.browser")
    if not works:
        raise StepError(
            f"No browser can be used:\n{last_lines(said)}\nWhat helps, one of these:\n"
            "  - install Chromium, Google Chrome or Microsoft Edge\n"
            "  - set BROWSER to the program of one that is installed elsewhere, or to auto\n"
            f"  - {PYTHON} -m playwright {' '.join(PLAYWRIGHT_BROWSER)}\n"
            f"  - on Debian, as root: {' '.join(apt_command(*DEBIAN_BROWSER))}\n"
            f"  - for missing libraries, as root: {PYTHON} -m playwright install-deps chromium"
        )
    say(f"  browser: {said.splitlines()[-1]}")


def prepare_whole_chromium() -> None:
    """Install what a few tests are about, where Debian has it; elsewhere they are skipped."""
    if on_debian() and shutil.which(DEBIAN_CHROMIUM) is None:
        apt_install(DEBIAN_CHROMIUM)


def install_libatomic(said: str) -> bool:
    """Mend Playwright's driver, which needs this library; minimal systems lack it."""
    return "libatomic" in said and apt_install("libatomic1")


def download_browser(said: str) -> bool:
    if "No browser is installed" not in said:
        return False
    name = "Playwright's Chromium, a download of some 300 MB" if WINDOW else "Playwright's headless shell, some 110 MB"
    done, output = step(name, str(PYTHON), "-m", "playwright", *PLAYWRIGHT_BROWSER)
    if not done:
        say("    " + next((line for line in output.splitlines() if line.startswith("Error: ")), output[-300:]))
    return done


def install_debian_browser(said: str) -> bool:
    """Install Debian's browser, with its libraries; Ubuntu's packages of these names are none."""
    return "No browser is installed" in said and on_debian() and apt_install(*DEBIAN_BROWSER)


def on_debian() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "\nID=debian\n" in release.read_text(encoding="utf-8")


def install_libraries(said: str) -> bool:
    """Install the libraries of a browser that is there; Playwright knows the names of their packages."""
    if "lacks" not in said or as_root() is None:
        return False
    command = [str(PYTHON), "-m", "playwright", "install-deps", "chromium"]
    return step("as root: the browser's libraries, by `playwright install-deps` (apt-get)", *command)[0]


@functools.cache
def as_root() -> list[str] | None:
    """Return what to put before apt-get: nothing as root, or a sudo that asks no password; None without."""
    if sys.platform == "win32" or shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if run("sudo", "-n", "true")[0] else None


def apt_command(*packages: str) -> list[str]:
    return ["apt-get", "install", "--yes", "--no-install-recommends", *packages]


@functools.cache
def apt_update() -> bool:
    return step("as root: apt-get update", *(as_root() or []), "apt-get", "update")[0]


def apt_install(*packages: str) -> bool:
    """Install packages of the system where that is possible without asking; say what is run."""
    root = as_root()
    if root is None or not apt_update():
        return False
    command = apt_command(*packages)
    done, output = step(f"as root: {' '.join(command)}", *root, *command)
    if not done:
        say(last_lines(output))
    return done


def become(*arguments: str) -> int:
    """Run .venv's Python in place of this one: Ctrl-C and the exit status are then the command's own."""
    os.chdir(ROOT)
    if sys.platform != "win32":
        os.execv(PYTHON, [str(PYTHON), *arguments])  # noqa: S606 - no shell is the point
    child = subprocess.Popen([str(PYTHON), *arguments])
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # the child has it too, and ends when it has logged out
            continue


def main() -> int:
    """Prepare, then run; return the exit status."""
    command, *arguments = sys.argv[1:] or [""]
    if command not in COMMANDS:
        say(__doc__)
        return 2
    say("Preparing:")
    try:
        prepare_packages()
        if "--quick" not in arguments:
            prepare_browser()
            if command == "test":
                prepare_whole_chromium()
    except (StepError, KeyboardInterrupt) as error:
        say(f"\n{error}" if str(error) else "\nStopped.")
        return 1
    return become(*COMMANDS[command], *arguments)


if __name__ == "__main__":
    sys.exit(main())
