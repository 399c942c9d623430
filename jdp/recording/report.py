"""How a report is asked for and how its PDF is built, without what is in it."""

from __future__ import annotations

import json
import re
from ctypes import create_string_buffer
from typing import TYPE_CHECKING, Any, cast

import pypdfium2
from pypdfium2 import raw

from jdp.proof.envelope import BrokenPdfError, cut_off, own_bytes
from jdp.proof.pdf import judge
from jdp.proof.reader import PdfReader
from jdp.recording.vocabulary import MAKERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jdp.items import Vehicle
    from jdp.portal.recording import Exchange, RecordedRequest, ReportRequest
    from jdp.proof.words import Word
    from jdp.recording.facts import ReportFacts
    from jdp.recording.scrub import Scrubber

MOST_PAGES = 20
LONGEST_ANSWER = 20_000  # characters of an answer to a script
PLAIN_HEADERS = ("accept", "content-type", "x-requested-with")


class Listed:
    """The vehicles that were read, as the proof wants to know them."""

    def __init__(self, vehicles: Sequence[Vehicle]) -> None:
        self._references = {vehicle.reference for vehicle in vehicles}
        self._vins = [vehicle.vin for vehicle in vehicles]

    def status(self, reference: str) -> str | None:
        """Tell whether a vehicle has this reference."""
        return "listed" if reference in self._references else None

    def has_vin_once(self, vin: str) -> bool:
        """Tell whether exactly one vehicle has this VIN."""
        return self._vins.count(vin) == 1


def asked_of(asked: ReportRequest, scrubber: Scrubber) -> dict[str, Any]:
    """Tell how a report was asked for: the calls before it, then the request for the file."""
    return {
        "page": scrubber.scrub("address", asked.referer),
        "request": _request(asked.sent, scrubber),
        "calls": [_call(call, scrubber) for call in asked.calls],
    }


def _request(sent: RecordedRequest, scrubber: Scrubber) -> dict[str, Any]:
    return {
        "method": sent.method,
        "address": scrubber.scrub("address", sent.url),
        "body": _body(sent.body, scrubber),
        "headers": {name: _header(name, value, scrubber) for name, value in sent.headers},
    }


def _body(body: str, scrubber: Scrubber) -> str:
    if body.lstrip().startswith(("{", "[")):
        return scrubber.scrub("json", body)
    return scrubber.scrub("fields", body) if body else ""


def _header(name: str, value: str, scrubber: Scrubber) -> str:
    return value if name.lower() in PLAIN_HEADERS else scrubber.scrub("value", value)


def _call(call: Exchange, scrubber: Scrubber) -> dict[str, Any]:
    try:
        json.loads(call.answer)
    except ValueError:
        answer = ""
    else:
        answer = scrubber.scrub("json", call.answer) if len(call.answer) <= LONGEST_ANSWER else ""
    return {**_request(call.sent, scrubber), "page": call.page, "size": len(call.answer), "answer": answer}


def read_report(report: ReportFacts) -> list[Word]:
    """Return a report's words with their places; raises BrokenPdfError."""
    reader = PdfReader()
    try:
        return reader.read(report.body)
    finally:
        reader.close()


def pdf_of(
    report: ReportFacts, vehicles: Sequence[Vehicle], labels: tuple[str, ...], scrub: Scrubber
) -> dict[str, Any]:
    """Tell how a report's PDF is built: where each word stands, in which fonts, on what pages, by which producer."""
    try:
        words = read_report(report)
    except BrokenPdfError as error:
        return {"size": len(report.body), "broken": str(error)}
    proof = judge(words, report.reference, report.vin, Listed(vehicles), labels)
    pdf = own_bytes(report.body)
    return {
        "size": len(report.body),
        "around": cut_off(report.body, pdf),
        "proof": {"verdict": proof.verdict.value, "reason": scrub.said(proof.reason)},
        **_built(pdf, scrub),
        "words": [[*word[:-1], _word(word.text, labels, scrub)] for word in words],
    }


def _word(text: str, labels: tuple[str, ...], scrub: Scrubber) -> str:
    known = {part.strip(":").lower() for label in labels for part in label.split()}
    return text if text.strip(":").lower() in known else scrub.scrub("text", text)


def _built(pdf: bytes, scrub: Scrubber) -> dict[str, Any]:
    """Look at a PDF that the reader's child has survived already."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        told = cast("dict[str, str]", document.get_metadata_dict(skip_empty=True))
        pages = [document[number] for number in range(min(len(document), MOST_PAGES))]
        return {
            "version": document.get_version(),
            "made_by": {name: _maker(text, scrub) for name, text in told.items() if "Date" not in name},
            "pages": [[*map(round, page.get_size()), page.get_rotation()] for page in pages],
            "fonts": sorted({scrub.scrub("label", font) for page in pages for font in _fonts(page)}),
        }
    finally:
        document.close()


def _maker(text: str, scrub: Scrubber) -> str:
    """Keep the names of what makes PDFs."""
    words = re.split(r"([A-Za-z]+)", text)
    return "".join(word if word.lower() in MAKERS else scrub.scrub("text", word) for word in words)


def _fonts(page: Any) -> Iterator[str]:
    for found in page.get_objects(filter=(raw.FPDF_PAGEOBJ_TEXT,)):
        font = raw.FPDFTextObj_GetFont(found.raw)
        size = raw.FPDFFont_GetBaseFontName(font, None, 0)
        name = create_string_buffer(max(1, size))
        raw.FPDFFont_GetBaseFontName(font, name, size)
        yield name.value.decode("latin-1")
