"""Whose report a PDF is, found out beside the crawl: one after the other, in the reader's child process."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from jdp.exceptions import PdfReaderError
from jdp.proof.envelope import BrokenPdfError, cut_off, own_bytes
from jdp.proof.pdf import Proof, Verdict, judge, prove_apart
from jdp.proof.reader import WHAT_TO_DO, PdfReader, ReaderFailedError

if TYPE_CHECKING:
    from scrapy.statscollectors import StatsCollector

    from jdp.items import Vehicle
    from jdp.proof.pdf import SharedNumbers

logger = logging.getLogger(__name__)


class Prover:
    """Holds reports against the inventory."""

    def __init__(self, stats: StatsCollector, known: SharedNumbers, labels: tuple[str, ...]) -> None:
        self.stats = stats
        self.known = known
        self.labels = labels
        self._reader = PdfReader()
        self._thread = ThreadPoolExecutor(1, "pdf")  # the reader takes one at a time

    async def start(self) -> None:
        """Have the reader ready; raises PdfReaderError."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._reader.start)
        except ReaderFailedError as error:
            raise PdfReaderError(f"T{str(error)[1:]}: {WHAT_TO_DO}") from None

    async def prove(self, vehicle: Vehicle, body: bytes) -> Proof:
        """Judge a report by its content; raises PdfReaderError when nobody can read any."""
        try:
            words = await asyncio.get_running_loop().run_in_executor(self._thread, self._reader.read, body)
        except ReaderFailedError as error:
            raise PdfReaderError(f"T{str(error)[1:]}: {WHAT_TO_DO}") from None
        except BrokenPdfError as error:
            proof = Proof(Verdict.BROKEN, str(error))
        else:
            proof = judge(words, vehicle.shown, vehicle.vin, self.known, self.labels)
            proof = prove_apart(proof, vehicle.shown, self.known)
        self.stats.inc_value(f"jdp/proof/{proof.verdict.value}")
        return proof

    @staticmethod
    def own_bytes(vehicle: Vehicle, body: bytes) -> bytes:
        """Return the PDF of an answer, which is what is stored; what is none of it is noted and left out."""
        try:
            pdf = own_bytes(body)
        except BrokenPdfError:
            return body
        if pdf != body:
            logger.info("%s: cut off its report: %s", ascii(vehicle.reference)[1:-1], cut_off(body, pdf))
        return pdf

    def close(self) -> None:
        """End thread and child."""
        self._thread.shutdown()
        self._reader.close()
