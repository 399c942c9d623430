"""Writes a capture: what a recorder has seen without what is somebody's, whole or not at all."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import jdp
from jdp.exceptions import JdpError
from jdp.recording.report import asked_of, pdf_of
from jdp.recording.spellings import LEAST, spellings
from jdp.recording.texts import BLACK
from jdp.utils.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from jdp.recording.pages import Asked, RawPage
    from jdp.recording.recorder import Recorder
    from jdp.recording.scrub import Scrubber

FORMAT = 1
KEPT_HERE = ". A screenshot and the page are in "  # a folder of this machine
TEXTS = (".html", ".json")
LINE = re.compile(r"\n\s+")
PLAIN_LIST = re.compile(r"\[\n\s+([^\[\]{}]*?)\n\s+\]")
LARGEST = 19_000_000  # bytes of all files: a capture goes by mail
README = """A capture of the portal's pages, made by `scrapy preflight --login --record`.

Password, cookies and user name are blacked out. References, VINs, names, prices, addresses and all other words and
numbers that may be somebody's are replaced by made-up ones of the same shape, the same by the same.

Look at pages/*.jpg before you send it: no picture should show a name, a number or an address that you know.
capture.json says what was found and what did not match. docs/first-contact.md tells more.
"""


class CaptureError(JdpError):
    """Raised when a capture cannot be written, from jdp.recording.capture."""


def check_folder(folder: Path) -> None:
    """Raise CaptureError when the folder is not free."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CaptureError(f"{folder} is there already and is not an empty folder: name another one")
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CaptureError(f"{folder} cannot be used ({error.strerror}): name another folder") from None


def write_capture(recorder: Recorder, folder: Path) -> int:
    """Write all files beside the folder, then give them its name; return their bytes. Raises CaptureError."""
    files = _files(recorder)
    part = folder.with_name(folder.name + ".part")
    try:
        if part.exists():
            shutil.rmtree(part)
        (part / "pages").mkdir(parents=True)
        for name, data in files.items():
            write_atomically(part / name, data)
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    except OSError as error:
        raise CaptureError(f"the capture could not be written to {folder} ({error.strerror})") from None
    return sum(map(len, files.values()))


def _files(recorder: Recorder) -> dict[str, bytes]:
    scrubber = recorder.scrubber()
    scrubber.learn(string for page in recorder.pages for string in page.strings)
    if recorder.report is not None:
        scrubber.learn(("json", call.answer) for call in recorder.report.asked.calls)
    # Twice: a value made up in the first round might be somebody's real one of a later page.
    _contents(recorder, scrubber)
    recorder.pseudonyms.begin_again()
    return _blackened(_within_size(_contents(recorder, scrubber)), recorder, scrubber)


def _contents(recorder: Recorder, scrubber: Scrubber) -> dict[str, bytes]:
    files: dict[str, bytes] = {"README.txt": README.encode()}
    pages = []
    for number, page in enumerate(recorder.pages, 1):
        name = f"pages/{number:02}-{page.name.replace(',', '').replace(' ', '-')}"
        pages.append({"name": page.name, "file": f"{name}.html", "address": scrubber.scrub("address", page.url)})
        files[f"{name}.html"] = page.html(scrubber.scrub).encode("utf-8", "replace")
        files[f"{name}.json"] = _json([_request(asked, page, scrubber) for asked in page.asked])
        if page.picture:
            files[f"{name}.jpg"] = page.picture
    files["capture.json"] = _json(_told(recorder, scrubber, pages))
    return files


def _told(recorder: Recorder, scrubber: Scrubber, pages: list[dict[str, str]]) -> dict[str, Any]:
    signed_in, report = recorder.signed_in, recorder.report
    way = signed_in.logout if signed_in is not None else None
    return {
        "format": FORMAT,
        "jdp": jdp.__version__,
        "portal": scrubber.scrub("address", recorder.config.portal_url),
        "pages": pages,
        "did_not_match": [f"{page}: {scrubber.said(told.partition(KEPT_HERE)[0])}" for page, told in recorder.troubles],
        "checks": [
            {"page": found.page, "file": found.module, **found.part._asdict(), "times": found.times, "ok": found.ok}
            for found in recorder.checks
        ],
        "cookies": {scrubber.scrub("name", name): kept for name, kept in recorder.cookies.items()},
        "login": signed_in
        and {
            "licence": signed_in.licence_accepted,
            "landing": scrubber.scrub("address", signed_in.landing_url),
            "logout": way and {"method": way["method"], "address": scrubber.scrub("address", way["url"])},
        },
        "grid": _grid(recorder, scrubber),
        "vehicles": [
            {
                "reference": scrubber.scrub("cell", vehicle.reference),
                "vin": scrubber.scrub("cell", vehicle.vin),
                "row_id": scrubber.scrub("name", vehicle.row_id),
                "address": scrubber.scrub("address", vehicle.href),
                "page": vehicle.page,
            }
            for vehicle in recorder.vehicles
        ],
        "report": report
        and {
            "vehicle": scrubber.scrub("cell", report.reference),
            **asked_of(report.asked, scrubber),
            "pdf": pdf_of(report, recorder.vehicles, recorder.config.report_labels, scrubber) if report.body else None,
        },
    }


def _grid(recorder: Recorder, scrubber: Scrubber) -> dict[str, Any] | None:
    facts = recorder.grid
    if facts is None:
        return None
    api = {
        key: [scrubber.scrub("name", each) for each in value]
        if isinstance(value, list)
        else (scrubber.scrub("name", value) if isinstance(value, str) else value)
        for key, value in facts.api.items()
    }
    columns = [{"header": scrubber.scrub("header", header), "shapes": shapes} for header, shapes in facts.columns]
    refused, unread = scrubber.said(facts.refused), scrubber.scrub("pager", facts.unread)
    return {**asdict(facts), "api": api, "columns": columns, "refused": refused, "unread": unread}


def _request(asked: Asked, page: RawPage, scrubber: Scrubber) -> dict[str, Any]:
    began = min(each.began for each in page.asked)
    return {
        **asdict(asked),
        "url": scrubber.scrub("address", asked.url),
        "began": round(asked.began - began, 3),
        "headers": [scrubber.scrub("name", name) for name in asked.headers],
        "answer_headers": [scrubber.scrub("name", name) for name in asked.answer_headers],
        "content_type": scrubber.scrub("text", asked.content_type),
    }


def _json(told: Any) -> bytes:
    written = json.dumps(told, indent=1, ensure_ascii=True)
    # A list of plain values on one line: a report has hundreds of words.
    return PLAIN_LIST.sub(lambda found: f"[{LINE.sub(' ', found[1])}]", written).encode() + b"\n"


def _within_size(files: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out pictures, then the largest pages, as far as there is no room for them; README.txt says so."""
    left_out: list[str] = []
    for name in sorted(files, key=lambda name: (not name.endswith(".jpg"), -len(files[name]))):
        if sum(map(len, files.values())) <= LARGEST:
            break
        if name not in ("README.txt", "capture.json"):
            left_out.append(name)
            del files[name]
    if left_out:
        files["README.txt"] += f"\nLeft out, as there was no room for them: {', '.join(left_out)}\n".encode()
    return files


def _blackened(files: dict[str, bytes], recorder: Recorder, scrubber: Scrubber) -> dict[str, bytes]:
    """Look into every file once more for what names the account and its vehicles, however it is written."""
    marks = {mark for each in recorder.vehicles for mark in (each.reference, each.vin, each.row_id)}
    ways = {way.encode() for each in (*scrubber.secrets, *marks) if len(each) >= LEAST for way in spellings(each)}
    for name, data in files.items():
        if name.endswith(TEXTS):
            for way in ways:
                if way in data:
                    files[name] = files[name].replace(way, BLACK.encode())
    return files
