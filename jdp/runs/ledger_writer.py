"""Outcomes on their way into the ledger: written in a thread, those that came meanwhile in one transaction."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from jdp.runs.ledger import Ledger, LedgerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jdp.items import Report


class LedgerWriter:
    """Commits groups of outcomes: a synced commit takes up to 30 ms on an office disk, which nothing else waits for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._ledger: Ledger | None = None
        self._waiting: list[tuple[Report, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def settle(self, report: Report) -> None:
        """Return when the outcome is committed and synced; raises LedgerError."""
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((report, committed))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await committed

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            for (_, committed), error in zip(group, await self._outcomes([report for report, _ in group]), strict=True):
                if committed.done():  # nobody waits for it any more
                    continue
                if error is not None:
                    committed.set_exception(error)
                else:
                    committed.set_result(None)
        self._writing = None

    async def _outcomes(self, reports: list[Report]) -> Sequence[Exception | None]:
        """Commit some outcomes; return for each what kept it from the ledger, or None."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, reports)
        except RuntimeError as error:  # the thread was ended
            return [error] * len(reports)

    def _commit(self, reports: list[Report]) -> list[Exception | None]:
        if self._ledger is None:
            self._ledger = Ledger(self.path)  # SQLite's connections stay with the thread that made them
        error = self._try(*reports)
        # One that cannot be written must not take the others with it.
        return [None if error is None else self._try(report) for report in reports]

    def _try(self, *reports: Report) -> Exception | None:
        assert self._ledger is not None
        try:
            self._ledger.settle(*reports)
        except LedgerError as error:
            return error
        return None

    def close(self) -> None:
        """End the thread, after what is under way."""
        with contextlib.suppress(RuntimeError):  # it has ended already
            self._thread.submit(self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        if self._ledger is not None:
            self._ledger.close()
