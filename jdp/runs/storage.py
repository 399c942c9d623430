"""Files that are whole or not there, under names that are safe everywhere."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.pipelines.files import FSFilesStore
from scrapy.utils.asyncio import run_in_thread
from scrapy.utils.defer import deferred_from_coro

from jdp.utils.files import write_atomically

if TYPE_CHECKING:
    import os
    from io import BytesIO

    from twisted.internet.defer import Deferred

# Upper case, digits and dashes only: two such names never differ in case alone.
PLAIN = re.compile(r"[0-9A-Z][0-9A-Z_-]{0,39}")
# Names that Windows keeps for devices, with any ending.
RESERVED = re.compile(r"CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9]")


def safe_name(reference: str) -> str:
    """Return a file name without ending for a reference: itself when plain, else readable plus a digest.

    It depends on the reference alone, is distinct for distinct references on file systems that fold case, and has
    no `~` unless a digest follows, so the two kinds never meet.
    """
    if PLAIN.fullmatch(reference) and not RESERVED.fullmatch(reference):
        return reference
    readable = re.sub(r"[^0-9A-Za-z-]+", "_", reference)[:40].strip("_").lower()
    digest = hashlib.sha256(reference.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{readable}~{digest}"


class AtomicFilesStore(FSFilesStore):
    """Scrapy's file store, but a file appears under its name only when it is whole and synced."""

    def persist_file(  # type: ignore[override]  # Scrapy awaits a Deferred, as S3FilesStore returns
        self,
        path: str | os.PathLike[str],
        buf: BytesIO,
        info: Any,  # noqa: ARG002 - the store interface
        meta: dict[str, Any] | None = None,  # noqa: ARG002 - the store interface
        headers: dict[str, str] | None = None,  # noqa: ARG002 - the store interface
    ) -> Deferred[None]:
        target = Path(self.basedir, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        return deferred_from_coro(run_in_thread(write_atomically, target, buf.getvalue()))
