"""What this machine has to bring: Python and packages, a browser, room on the disk, a folder to write into."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement

from jdp import browser
from jdp.monitoring.past_runs import past_metrics, run_folders
from jdp.preflight.items import FAIL, NOTE, OK, Item
from jdp.proof.reader import WHAT_TO_DO, PdfReader, ReaderFailedError
from jdp.runs.run import owner_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jdp.config.config import Config

REPORT_BYTES = 70_000
VEHICLES = 2_000  # where no run has counted them yet
NAMED = 4  # packages named in a line


def packages(requirements: Path) -> Iterator[Item]:
    """Hold what is installed against the pins. What the crawl needs is there: it has been imported by now."""
    python = f"Python {platform.python_version()}"
    if not requirements.is_file():
        yield Item(NOTE, "packages", f"{python}; not checked: there is no {requirements.name} here (as in an egg)")
        return
    pins = {pin.name: pin for pin in _pins(requirements)}
    found = {name: _version(name) for name in pins}
    absent = [name for name, version in found.items() if version is None]
    there = {name: version for name, version in found.items() if version is not None}
    other = [f"{pins[name]} (is {is_})" for name, is_ in there.items() if is_ not in pins[name].specifier]
    install = f"Run: python -m pip install -r {requirements.name}"
    if other:
        yield Item(FAIL, "packages", f"{python}; not as pinned: {_some(other)}. {install}")
    else:
        yield Item(OK, "packages", f"{python}, {len(pins) - len(absent)} packages as pinned")
    if absent:
        yield Item(NOTE, "packages", f"not installed: {_some(absent)}. {install}")


def _pins(requirements: Path) -> Iterator[Requirement]:
    for line in requirements.read_text(encoding="utf-8").splitlines():
        try:
            pin = Requirement(line.partition(" #")[0])
        except InvalidRequirement:  # a comment, an option of pip's
            continue
        if pin.marker is None or pin.marker.evaluate():
            yield pin


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def browsers(config: Config) -> Iterator[Item]:
    """Start the browser as a run would."""
    # In a thread, as it has an event loop of its own, and Scrapy's is there already.
    with ThreadPoolExecutor(1) as thread:
        works, told = thread.submit(browser.check, config.browser, headless=config.headless).result()
    if works:
        yield Item(OK, "browser", told)
        return
    what = "HEADLESS=false needs a screen" if not config.headless else "try `python -m jdp.browser`, or another BROWSER"
    yield Item(FAIL, "browser", f"{told} What to do: {what}")


def pdf_reader() -> Iterator[Item]:
    """Start what reads PDFs as a run would."""
    reader = PdfReader()
    try:
        reader.start()
    except ReaderFailedError as error:
        yield Item(FAIL, "PDF reader", f"{error}: {WHAT_TO_DO}")
    else:
        yield Item(OK, "PDF reader", "it starts")
    finally:
        reader.close()


def folders(config: Config) -> Iterator[Item]:
    """Try whether the run's folders can be written, and whether there is room for the whole inventory."""
    vehicles, source = _inventory(config)
    needed = vehicles * REPORT_BYTES
    for folder in _folders(config):
        place = next(each for each in (folder, *folder.parents) if each.exists())
        try:
            with tempfile.TemporaryFile(dir=place):
                pass
            free = shutil.disk_usage(place).free
        except OSError as error:
            yield Item(FAIL, "folder", f"{folder} cannot be written ({error.strerror}): let this user write there")
            continue
        yield Item(OK, "folder", f"{folder} can be written")
        told = f"{_size(free)} free, {_size(needed)} needed for {vehicles} vehicles ({source})"
        yield Item(OK if free > needed else FAIL, "disk", told if free > needed else f"{told}: make room at {place}")
    if "://" in config.files_store:
        yield Item(NOTE, "disk", f"not checked: the PDFs go to {config.files_store}")


def _folders(config: Config) -> list[Path]:
    local = config.files_store and "://" not in config.files_store
    return [config.download_folder, *([Path(config.files_store)] if local else [])]


def _inventory(config: Config) -> tuple[int, str]:
    """Return how many vehicles to expect, and who says so."""
    past = past_metrics(run_folders(config.download_folder), owner_of(config))
    counts = (run.get("inventory") for run in past)
    found = next((count for count in counts if isinstance(count, int) and count > 0), None)
    return (found, "as in the last run") if found else (VEHICLES, "no run has counted them yet")


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"  # noqa: PLR2004
