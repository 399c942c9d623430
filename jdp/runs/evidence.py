"""What shows why a page or a vehicle failed: `run_data/evidence/<name>/`, bounded, without secrets."""

from __future__ import annotations

import html
import io
import json
import logging
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from jdp.exceptions import JdpError, Snapshot
from jdp.utils.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

logger = logging.getLogger(__name__)

MOST = 100  # pages and vehicles of one run
LARGEST = 20_000_000  # bytes of a file; a report has 70,000, a trace of some tabs 5,000,000
# The site's page is looked at from the disk: nothing in it runs, and it asks nobody for anything.
INERT = b"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
SHORTEST_SECRET = 4  # characters; shorter ones stand in a page by chance


class Evidence:
    """Keeps files beside each other: screenshot.png, page.html, answer.*, expected.txt."""

    def __init__(self, data: Path, secrets: Callable[[], Iterable[str]]) -> None:
        self.folder = data / "evidence"
        self.secrets = secrets
        self._kept: set[str] = set()

    def keep(self, name: str, expected: str, error: BaseException) -> str:
        """Keep what an error shows in a folder of this name; return its path below the run's folder, or ""."""
        snapshot, answer = Snapshot(), b""
        if isinstance(error, JdpError):
            snapshot = error.snapshot.reveal_or(snapshot) if error.snapshot else snapshot
            answer = error.answer.reveal_or(answer) if error.answer else answer
        files = {
            "screenshot.png": snapshot.screenshot,
            "page.html": self._clean(snapshot.html.encode("utf-8", "replace")),
            "trace.zip": self._clean_zip(snapshot.trace),
            _answer_name(answer): answer if answer.startswith(b"%PDF-") else self._clean(answer),
        }
        files = {file: data for file, data in files.items() if data and len(data) <= LARGEST}
        if "page.html" in files:
            files["page.html"] = INERT + files["page.html"]
        if not files or (len(self._kept) >= MOST and name not in self._kept):
            return ""
        files["expected.txt"] = self._clean(expected.encode("utf-8", "replace"))
        return self._write(name, files)

    def _write(self, name: str, files: dict[str, bytes]) -> str:
        folder = self.folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for file, data in files.items():
                write_atomically(folder / file, data)
        except OSError as error:
            logger.warning("What shows why %s failed could not be kept: %s", ascii(name)[1:-1], error)
            return ""
        self._kept.add(name)
        return f"run_data/evidence/{folder.name}"

    def _clean(self, data: bytes) -> bytes:
        """Black out every secret that is known, however it is written."""
        for secret in self._written_secrets():
            data = data.replace(secret, b"***")
        return data

    def _written_secrets(self) -> list[bytes]:
        known = {secret for secret in self.secrets() if len(secret) >= SHORTEST_SECRET}
        ways = (str, html.escape, quote, quote_plus, lambda secret: json.dumps(secret)[1:-1])
        return sorted({way(secret).encode() for secret in known for way in ways}, key=len, reverse=True)

    def _clean_zip(self, data: bytes) -> bytes:
        """Clean what is in a zip file, piece by piece."""
        if not data:
            return b""
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
            for name in before.namelist():
                after.writestr(name, self._clean(before.read(name)))
        return out.getvalue()


def _answer_name(answer: bytes) -> str:
    if b"%PDF-" in answer[:1024]:
        return "answer.pdf"
    return "answer.html.txt" if b"<" in answer[:512] else "answer.bin"
