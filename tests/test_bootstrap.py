"""bootstrap.py at work in a stand-in project without requirements, so that nothing is downloaded; and the demo."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BOOTSTRAP = ROOT / "bootstrap.py"
PYTHON = Path("Scripts/python.exe" if os.name == "nt" else "bin/python")

# What `-m jdp.browser` and `-m pytest` run in the stand-in project.
WORKING_BROWSER = "print('a browser, version 1')"
BROKEN_BROWSER = "import sys; print('BROWSER=x is no program on this machine'); sys.exit(1)"
SIDE_BY_SIDE = ["-n", "auto"]
COMMAND = "import sys; print('ran', sys.argv[1:]); sys.exit(3)"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Give a project in which bootstrap.py has run once, and what that run said."""
    project = stand_in(tmp_path_factory.mktemp("bootstrap") / "project")
    return project, bootstrap(project, "test", "-k", "one")


def stand_in(project: Path) -> Path:
    (project / "jdp").mkdir(parents=True)
    shutil.copy(BOOTSTRAP, project)
    (project / "requirements.txt").write_text("# none\n")
    (project / "jdp" / "browser.py").write_text(WORKING_BROWSER)
    (project / "pytest.py").write_text(COMMAND)
    return project


def bootstrap(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "bootstrap.py", *arguments], cwd=project, capture_output=True, text=True, check=False
    )


def inode(path: Path) -> int:
    return path.stat().st_ino


def test_first_run_makes_everything_and_runs_the_command(
    prepared: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    project, result = prepared
    assert result.returncode == 3
    assert f"ran {[*SIDE_BY_SIDE, '-k', 'one']}" in result.stdout
    assert "browser: a browser, version 1" in result.stdout
    assert "packages of requirements.txt" in result.stdout
    assert (project / ".venv" / PYTHON).exists()


def test_second_run_skips_what_is_done(prepared: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    project, _ = prepared
    result = bootstrap(project, "test")
    assert result.stdout.splitlines() == [
        "Preparing:",
        "  browser: a browser, version 1",
        "ran ['-n', 'auto']",
    ]
    assert result.returncode == 3


def test_changed_requirements_are_installed_into_the_same_venv(
    prepared: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    project, _ = prepared
    before = inode(project / ".venv" / "pyvenv.cfg")
    (project / "requirements.txt").write_text("# still none\n")
    result = bootstrap(project, "test")
    assert "packages of requirements.txt" in result.stdout
    assert "virtual environment" not in result.stdout
    assert inode(project / ".venv" / "pyvenv.cfg") == before


def test_packages_that_cannot_be_installed(prepared: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    project, _ = prepared
    requirements = project / "requirements.txt"
    good = requirements.read_text()
    requirements.write_text("./no-such-package\n")
    try:
        result = bootstrap(project, "test")
    finally:
        requirements.write_text(good)
    assert result.returncode == 1
    assert "pip could not install the packages" in result.stdout
    assert "By hand, in" in result.stdout
    assert "ran" not in result.stdout
    assert "packages of requirements.txt" in bootstrap(project, "test").stdout, "the failed try counts for nothing"


def test_no_browser_says_what_to_do_by_hand(prepared: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    project, _ = prepared
    browser = project / "jdp" / "browser.py"
    browser.write_text(BROKEN_BROWSER)
    try:
        result = bootstrap(project, "test")
    finally:
        browser.write_text(WORKING_BROWSER)
    assert result.returncode == 1
    assert "BROWSER=x is no program on this machine" in result.stdout
    assert "-m playwright install --only-shell chromium" in result.stdout
    assert "apt-get install" in result.stdout
    assert "as root: apt-get update" not in result.stdout
    assert "ran" not in result.stdout


@pytest.mark.parametrize("change", ["folder", "python", "interpreter"])
def test_venv_that_does_not_fit_is_made_anew(
    prepared: tuple[Path, subprocess.CompletedProcess[str]], change: str
) -> None:
    project, _ = prepared
    spoil(project / ".venv", change)
    result = bootstrap(project, "test")
    assert "made anew" in result.stdout
    assert result.returncode == 3
    assert "made anew" not in bootstrap(project, "test").stdout


def spoil(venv: Path, change: str) -> None:
    """Make .venv one of another folder or Python, or one whose Python is gone."""
    if change == "interpreter":
        (venv / PYTHON).unlink()
        return
    stamp = venv / "bootstrap.json"
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), change: "another"}))


@pytest.mark.slow
def test_folder_that_is_no_venv_is_left_alone(tmp_path: Path) -> None:
    project = stand_in(tmp_path / "project")
    (project / ".venv").mkdir()
    (project / ".venv" / "letters.txt").write_text("dear")
    result = bootstrap(project, "test")
    assert result.returncode == 1
    assert "is no virtual environment: move it away" in result.stdout
    assert (project / ".venv" / "letters.txt").read_text() == "dear"


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [(), ("tests",), ("--help",)])
def test_other_commands_show_the_two_there_are(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    project = stand_in(tmp_path / "project")
    result = bootstrap(project, *arguments)
    assert result.returncode == 2
    assert "bootstrap.py demo" in result.stdout
    assert "bootstrap.py test" in result.stdout
    assert not (project / ".venv").exists()


def test_old_python_can_read_it() -> None:
    ast.parse(BOOTSTRAP.read_text(), feature_version=(3, 6))
    assert "from __future__" not in BOOTSTRAP.read_text(), "Python 3.6 does not know annotations"


def test_old_python_is_named() -> None:
    pretend = f"import runpy, sys; sys.version_info = (3, 9, 18); runpy.run_path({str(BOOTSTRAP)!r})"
    result = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "Python 3.11 or later is needed" in result.stderr
    assert "https://www.python.org/downloads/" in result.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a copy of this project, whose `.env` is for a portal that nobody may reach from here."""
    copy = tmp_path / "project"
    for name in ("jdp", "demo_portal"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "scrapy.cfg", copy)
    (copy / ".env").write_text("PORTAL_URL=https://portal.invalid/\nJD_USER=real\nJD_PASS=real\nMAX_DOWNLOADS=1\n")
    return copy


def demo(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", "demo", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_demo_downloads_all_reports_of_its_own_portal(project: Path) -> None:
    result = demo(project, "--vehicles", "3")
    assert result.returncode == 0, result.stderr
    reports = list((project / "downloads" / "demo").glob("*/pdfs/*.pdf"))
    assert len(reports) == 3
    assert str(reports[0].parent) in result.stdout
    assert "portal.invalid" not in result.stdout + result.stderr


@pytest.mark.slow
def test_demo_of_a_portal_in_trouble(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_ALWAYS", "true")
    monkeypatch.setenv("MONITOR_SLACK", "http://127.0.0.1:9/nobody-is-told-of-a-demo")
    result = demo(project, "--vehicles", "20", "--faults")
    assert result.returncode == 1, result.stderr
    assert "the portal no longer has it" in result.stdout
    assert "an HTML page instead of a PDF" in result.stdout
    assert "trying again" in result.stderr
    assert "was not sent" not in result.stderr
    assert len(list((project / "downloads" / "demo").glob("*/pdfs/*.pdf"))) == 18


@pytest.mark.slow
def test_demo_passes_on_the_exit_status_of_the_crawl(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", "/no/browser")
    result = demo(project)
    assert result.returncode == 2
    assert "BROWSER=/no/browser" in result.stdout + result.stderr


@pytest.mark.slow
def test_demo_unusable_number(project: Path) -> None:
    result = demo(project, "--vehicles", "0")
    assert result.returncode == 2
    assert "--vehicles N" in result.stdout + result.stderr
    assert not (project / "downloads").exists()


def names(file: str) -> list[tuple[str, str]]:
    """Return the name and the rest of each requirement of a file."""
    lines = [line.partition("#")[0].strip() for line in (ROOT / file).read_text().splitlines()]
    found = [re.match(r"([\w.-]+)(.*)", line) for line in lines if line]
    assert all(found), f"only requirements in {file}"
    return [(match[1].lower(), match[2]) for match in found if match]


def test_requirements_are_pinned_and_complete() -> None:
    pinned = names("requirements.txt")
    assert [name for name, rest in pinned if not rest.startswith("==")] == []
    assert {name for name, _ in names("requirements.in")} <= {name for name, _ in pinned}


def test_requirements_name_no_index_and_no_path() -> None:
    text = (ROOT / "requirements.txt").read_text()
    assert re.findall(r"^-.*|\w+://\S+|(?<=\s)/\S+|@", text, re.MULTILINE) == []
