"""Outcomes on their way into the ledger."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from jdp.items import FAILED, STORED, Report
from jdp.runs.ledger import Ledger, LedgerError
from jdp.runs.ledger_writer import LedgerWriter
from tests.helpers.crawls import LIMIT
from tests.helpers.parts import report

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path


class Held(LedgerWriter):
    """A settling whose thread waits before each commit until it is let go; it notes what it committed together."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.go = threading.Event()
        self.groups: list[list[str]] = []

    def _commit(self, reports: list[Report]) -> list[Exception | None]:
        assert self.go.wait(LIMIT)
        self.groups.append([one.reference for one in reports])
        return super()._commit(reports)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger_writer(path: Path) -> Iterator[Held]:
    ledger_writer = Held(path)
    yield ledger_writer
    ledger_writer.go.set()
    ledger_writer.close()


def statuses(path: Path, *references: str) -> list[str | None]:
    ledger = Ledger(path)
    try:
        return [ledger.status(reference) for reference in references]
    finally:
        ledger.close()


def play(scene: Callable[[], Awaitable[None]]) -> None:
    async def played() -> None:
        async with asyncio.timeout(LIMIT):
            await scene()

    asyncio.run(played())


async def settle(ledger_writer: LedgerWriter, *references: str) -> list[asyncio.Task[None]]:
    """Let outcomes come one after the other; return what waits for them."""
    tasks = []
    for reference in references:
        tasks.append(asyncio.create_task(ledger_writer.settle(report(reference))))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    return tasks


def test_outcome_is_committed_when_settled(path: Path) -> None:
    async def scene() -> None:
        ledger_writer = LedgerWriter(path)
        await ledger_writer.settle(report("A"))
        await ledger_writer.settle(report("B", FAILED, "HTTP 500"))
        assert statuses(path, "A", "B", "C") == [STORED, FAILED, None]
        ledger_writer.close()

    play(scene)


def test_outcomes_that_come_meanwhile_are_committed_together(ledger_writer: Held) -> None:
    async def scene() -> None:
        tasks = await settle(ledger_writer, "A", "B", "C")
        assert not any(task.done() for task in tasks)
        ledger_writer.go.set()
        await asyncio.gather(*tasks)
        await ledger_writer.settle(report("D"))
        assert ledger_writer.groups == [["A"], ["B", "C"], ["D"]]
        assert statuses(ledger_writer.path, *"ABCD") == [STORED] * 4

    play(scene)


def test_loop_goes_on_while_the_disk_is_slow(ledger_writer: Held) -> None:
    async def scene() -> None:
        (task,) = await settle(ledger_writer, "A")
        await asyncio.sleep(0.01)
        assert not task.done()
        ledger_writer.go.set()
        await task

    play(scene)


def test_one_that_gives_up_is_settled_all_the_same(ledger_writer: Held) -> None:
    async def scene() -> None:
        tasks = await settle(ledger_writer, "A", "B", "C")
        tasks[0].cancel()
        tasks[1].cancel()
        await asyncio.wait(tasks[:2])
        ledger_writer.go.set()
        await tasks[2]
        assert statuses(ledger_writer.path, *"ABC") == [STORED] * 3

    play(scene)


def test_error_reaches_all_that_wait_for_it_and_nobody_else(path: Path, ledger_writer: Held) -> None:
    async def scene() -> None:
        ledger_writer.go.set()
        await ledger_writer.settle(report("A"))
        blocker = sqlite3.connect(path)
        blocker.execute("DROP TABLE vehicles")
        ledger_writer.go.clear()
        tasks = await settle(ledger_writer, "B", "C", "D")
        ledger_writer.go.set()
        await asyncio.wait(tasks)
        assert [type(task.exception()) for task in tasks] == [LedgerError] * 3
        blocker.close()
        Ledger(path).close()  # the table is there again
        await ledger_writer.settle(report("E"))
        assert statuses(path, *"BCDE") == [None, None, None, STORED]

    play(scene)


def test_outcome_that_cannot_be_written_spoils_no_other(ledger_writer: Held) -> None:
    async def scene() -> None:
        tasks = [
            *await settle(ledger_writer, "A", "B"),
            asyncio.create_task(ledger_writer.settle(report("C", FAILED, "\ud800"))),
        ]
        await asyncio.sleep(0)
        ledger_writer.go.set()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert outcomes[:2] == [None, None]
        assert isinstance(outcomes[2], LedgerError)
        assert statuses(ledger_writer.path, "A", "B") == [STORED, STORED]

    play(scene)


def test_close_ends_after_what_is_under_way(path: Path) -> None:
    async def scene() -> None:
        ledger_writer = Held(path)
        ledger_writer.go.set()
        await ledger_writer.settle(report("A"))
        ledger_writer.go.clear()
        (task,) = await settle(ledger_writer, "B")
        asyncio.get_running_loop().call_soon(ledger_writer.go.set)
        await asyncio.get_running_loop().run_in_executor(None, ledger_writer.close)
        await task
        assert statuses(path, "A", "B") == [STORED, STORED]

    play(scene)


def test_close_without_any_outcome(path: Path) -> None:
    LedgerWriter(path).close()
    assert not path.exists()


def test_close_tells_those_that_still_wait(path: Path) -> None:
    async def scene() -> None:
        ledger_writer = Held(path)
        tasks = await settle(ledger_writer, "A", "B")  # A is being written, B waits
        writing = ledger_writer._writing
        assert writing is not None
        asyncio.get_running_loop().call_soon(ledger_writer.go.set)
        await asyncio.get_running_loop().run_in_executor(None, ledger_writer.close)
        await asyncio.gather(writing, return_exceptions=True)
        await asyncio.sleep(0)
        assert [task.done() for task in tasks] == [True, True]
        await asyncio.gather(*tasks, return_exceptions=True)

    play(scene)
