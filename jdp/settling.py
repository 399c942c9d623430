"""Outcomes on their way into the ledger: written in a thread, those that came meanwhile in one transaction."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from jdp.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path

    from jdp.items import Report


class Settling:
    """Commits groups of outcomes: a synced commit takes up to 30 ms on an office disk, which nothing else waits for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._ledger: Ledger | None = None
        self._waiting: list[tuple[Report, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def settle(self, report: Report) -> None:
        """Return when the outcome is committed and synced; raises sqlite3.Error."""
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((report, committed))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await committed

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            commit = asyncio.get_running_loop().run_in_executor(self._thread, self._commit, [one for one, _ in group])
            await asyncio.wait({commit})
            for _, committed in group:
                if committed.done():  # nobody waits for it any more
                    continue
                if (error := commit.exception()) is not None:
                    committed.set_exception(error)
                else:
                    committed.set_result(None)
        self._writing = None

    def _commit(self, reports: list[Report]) -> None:
        if self._ledger is None:
            self._ledger = Ledger(self.path)  # SQLite's connections stay with the thread that made them
        self._ledger.settle(*reports)

    def close(self) -> None:
        """End the thread, after what is under way."""
        if self._ledger is not None:
            self._thread.submit(self._ledger.close).result()
        self._thread.shutdown()
