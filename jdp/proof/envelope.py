"""A PDF among other bytes: where it begins, where it ends, and whether it is all there."""

from __future__ import annotations

import re

HEAD, END = b"%PDF-", b"%%EOF"
# What stands behind an inner %%EOF when the file was cut later: objects, or the beginning of one.
GOES_ON = re.compile(rb"\b[1-9]\d* \d+ obj\b|\A\s*[1-9]\d*( \d+( o?b?)?)?\Z|\A\s*xref\b")
LENGTH = re.compile(rb"/Linearized\b[^>]{0,200}?/L\s+(\d+)")
# The first of the two ends that a linearized file has.
INNER_END = re.compile(rb"startxref\s+0\s*\Z")


class BrokenPdfError(ValueError):
    """Raised when bytes are no complete PDF, saying what they are."""


def own_bytes(body: bytes) -> bytes:
    """Return the PDF in an answer, without what a server wrote before or behind it; raises BrokenPdfError."""
    if not body:
        raise BrokenPdfError("an empty answer instead of a PDF")
    start, end = body.find(HEAD), body.rfind(END)
    if start < 0:
        raise BrokenPdfError("an HTML page instead of a PDF" if b"<" in body[:512] else "no PDF")
    pdf, behind = body[start : max(start, end + len(END))], body[end + len(END) :]
    if end < start or GOES_ON.search(behind) or _ends_early(pdf):
        raise BrokenPdfError(f"a PDF cut off after {len(body)} bytes")
    line_end = re.match(rb"\r?\n|\r", behind)
    return pdf + (line_end[0] if line_end else b"")


def _ends_early(pdf: bytes) -> bool:
    promised = LENGTH.search(pdf[:1024])
    too_short = promised is not None and int(promised[1]) > len(pdf) + 2
    return too_short or INNER_END.search(pdf[-64 : -len(END)]) is not None


def cut_off(body: bytes, pdf: bytes) -> str:
    """Say what of an answer is no part of its PDF; nothing when it is all of it."""
    before = body.find(pdf)
    behind = len(body) - before - len(pdf)
    parts = [f"{before} bytes before its PDF"] * (before > 0) + [f"{behind} bytes behind its PDF"] * (behind > 0)
    return " and ".join(parts)
