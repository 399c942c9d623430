"""Outcomes on their way into the ledger."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from jdp.items import FAILED, STORED, Report
from jdp.ledger import Ledger
from jdp.settling import Settling
from tests.components.parts import report
from tests.utils import LIMIT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path


class Held(Settling):
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
def settling(path: Path) -> Iterator[Held]:
    settling = Held(path)
    yield settling
    settling.go.set()
    settling.close()


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


async def settle(settling: Settling, *references: str) -> list[asyncio.Task[None]]:
    """Let outcomes come one after the other; return what waits for them."""
    tasks = []
    for reference in references:
        tasks.append(asyncio.create_task(settling.settle(report(reference))))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    return tasks


def test_outcome_is_committed_when_settled(path: Path) -> None:
    async def scene() -> None:
        settling = Settling(path)
        await settling.settle(report("A"))
        await settling.settle(report("B", FAILED, "HTTP 500"))
        assert statuses(path, "A", "B", "C") == [STORED, FAILED, None]
        settling.close()

    play(scene)


def test_outcomes_that_come_meanwhile_are_committed_together(settling: Held) -> None:
    async def scene() -> None:
        tasks = await settle(settling, "A", "B", "C")
        assert not any(task.done() for task in tasks)
        settling.go.set()
        await asyncio.gather(*tasks)
        await settling.settle(report("D"))
        assert settling.groups == [["A"], ["B", "C"], ["D"]]
        assert statuses(settling.path, *"ABCD") == [STORED] * 4

    play(scene)


def test_loop_goes_on_while_the_disk_is_slow(settling: Held) -> None:
    async def scene() -> None:
        (task,) = await settle(settling, "A")
        await asyncio.sleep(0.01)
        assert not task.done()
        settling.go.set()
        await task

    play(scene)


def test_one_that_gives_up_is_settled_all_the_same(settling: Held) -> None:
    async def scene() -> None:
        tasks = await settle(settling, "A", "B", "C")
        tasks[0].cancel()
        tasks[1].cancel()
        await asyncio.wait(tasks[:2])
        settling.go.set()
        await tasks[2]
        assert statuses(settling.path, *"ABC") == [STORED] * 3

    play(scene)


def test_error_reaches_all_that_wait_for_it_and_nobody_else(path: Path, settling: Held) -> None:
    async def scene() -> None:
        settling.go.set()
        await settling.settle(report("A"))
        blocker = sqlite3.connect(path)
        blocker.execute("DROP TABLE vehicles")
        settling.go.clear()
        tasks = await settle(settling, "B", "C", "D")
        settling.go.set()
        await asyncio.wait(tasks)
        assert [type(task.exception()) for task in tasks] == [sqlite3.OperationalError] * 3
        blocker.close()
        Ledger(path).close()  # the table is there again
        await settling.settle(report("E"))
        assert statuses(path, *"BCDE") == [None, None, None, STORED]

    play(scene)


def test_outcome_that_cannot_be_written_spoils_no_other(settling: Held) -> None:
    async def scene() -> None:
        tasks = [*await settle(settling, "A", "B"), asyncio.create_task(settling.settle(report("C", FAILED, "\ud800")))]
        await asyncio.sleep(0)
        settling.go.set()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert outcomes[:2] == [None, None]
        assert isinstance(outcomes[2], UnicodeEncodeError)
        assert statuses(settling.path, "A", "B") == [STORED, STORED]

    play(scene)


def test_close_ends_after_what_is_under_way(path: Path) -> None:
    async def scene() -> None:
        settling = Held(path)
        settling.go.set()
        await settling.settle(report("A"))
        settling.go.clear()
        (task,) = await settle(settling, "B")
        asyncio.get_running_loop().call_soon(settling.go.set)
        await asyncio.get_running_loop().run_in_executor(None, settling.close)
        await task
        assert statuses(path, "A", "B") == [STORED, STORED]

    play(scene)


def test_close_without_any_outcome(path: Path) -> None:
    Settling(path).close()
    assert not path.exists()


def test_close_tells_those_that_still_wait(path: Path) -> None:
    async def scene() -> None:
        settling = Held(path)
        tasks = await settle(settling, "A", "B")  # A is being written, B waits
        writing = settling._writing
        assert writing is not None
        asyncio.get_running_loop().call_soon(settling.go.set)
        await asyncio.get_running_loop().run_in_executor(None, settling.close)
        await asyncio.gather(writing, return_exceptions=True)
        await asyncio.sleep(0)
        assert [task.done() for task in tasks] == [True, True]
        await asyncio.gather(*tasks, return_exceptions=True)

    play(scene)
