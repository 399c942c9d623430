"""Doors that let so many through at once."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdp.exceptions import EngineClosingError, PortalBusyError
from jdp.reports.limiter import Limiter, ReportLimiter
from jdp.reports.throttle import Began, Throttle
from tests.helpers.crawls import LIMIT
from tests.helpers.parts import Clock, OpenEngine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROUNDS = 50  # of the event loop; far more than it takes from one to the next
REST = 0.05  # seconds


class Noted(Throttle):
    """A pace that notes the seconds of what it is told."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.full: list[float] = []
        self.lone: list[float] = []

    def ended(self, began: Began) -> None:
        self.full.append(self.clock() - began.at)

    def ended_alone(self, began: Began) -> None:
        self.lone.append(self.clock() - began.at)


class Door:
    """A gate, and who is inside, in the order of entering."""

    def __init__(self, gate: Limiter) -> None:
        self.gate = gate
        self.inside: list[str] = []
        self.entered: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Future[None]] = {}

    async def come(self, *names: str) -> list[str]:
        """Let some come; return who is inside then."""
        for name in names:
            self._ends[name] = asyncio.get_running_loop().create_future()
            self.tasks[name] = asyncio.create_task(self._pass(name))
        return await self.settled()

    async def _pass(self, name: str) -> None:
        async with self.gate.entered():
            self.inside.append(name)
            self.entered.append(name)
            try:
                await self._ends[name]
            finally:
                self.inside.remove(name)

    async def settled(self) -> list[str]:
        """Give everybody the time to enter; return who is inside."""
        for _ in range(ROUNDS):
            await asyncio.sleep(0)
        return list(self.inside)

    async def until_inside(self, number: int) -> None:
        """Wait until so many are inside; raises TimeoutError."""
        async with asyncio.timeout(LIMIT):
            while len(self.inside) < number:
                await self.settled()

    async def leave(self, name: str, error: Exception | None = None) -> list[str]:
        """Let one leave, or fail; return who is inside then."""
        if error is None:
            self._ends[name].set_result(None)
        else:
            self._ends[name].set_exception(error)
        await asyncio.wait({self.tasks[name]})
        self.tasks[name].exception()  # is seen
        return await self.settled()

    async def give_up(self, name: str) -> list[str]:
        """Cancel one; return who is inside then."""
        self.tasks[name].cancel()
        await asyncio.wait({self.tasks[name]})
        return await self.settled()

    async def all_leave(self) -> None:
        """Let everybody through."""
        while self.inside:
            await self.leave(self.inside[0])


def tabs_before(reports: Limiter) -> Limiter:
    """Return the gate of tabs that learn what these reports are to be asked for."""
    return Limiter(reports.crawler, reports.throttle, lambda: reports.throttle.ceiling, following=reports)


def pace(ceiling: int, *, adaptive: bool = False) -> Throttle:
    return Throttle(ceiling, adaptive, time.monotonic)


def play(scene: Callable[[], Awaitable[None]]) -> None:
    """Play a scene within an event loop of its own."""

    async def played() -> None:
        await scene()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    asyncio.run(played())


def test_as_many_as_may_in_the_order_of_coming() -> None:
    async def scene() -> None:
        door = Door(ReportLimiter(OpenEngine(), pace(2)))
        assert await door.come("A", "B", "C", "D") == ["A", "B"]
        assert await door.leave("B") == ["A", "C"]
        assert await door.come("E") == ["A", "C"]
        assert await door.leave("A") == ["C", "D"]
        assert await door.leave("C") == ["D", "E"]

    play(scene)


def test_one_that_fails_makes_room() -> None:
    async def scene() -> None:
        door = Door(ReportLimiter(OpenEngine(), pace(1)))
        await door.come("A", "B")
        assert await door.leave("A", ValueError("broken")) == ["B"]
        assert isinstance(door.tasks["A"].exception(), ValueError)

    play(scene)


@pytest.mark.parametrize("who", ["A", "B"])
def test_one_that_gives_up_makes_room(who: str) -> None:
    async def scene() -> None:
        door = Door(ReportLimiter(OpenEngine(), pace(1)))
        await door.come("A", "B", "C")
        await door.give_up(who)
        await door.all_leave()
        assert door.entered == [name for name in "ABC" if name != who or name == "A"]
        assert door.gate.inside == 0

    play(scene)


@pytest.mark.parametrize("rounds", range(4))
def test_one_that_gives_up_in_the_moment_it_is_let_in_makes_room(rounds: int) -> None:
    async def scene() -> None:
        door = Door(ReportLimiter(OpenEngine(), pace(1)))
        await door.come("A", "B", "C")
        door._ends["A"].set_result(None)
        await door.tasks["A"]
        for _ in range(rounds):
            await asyncio.sleep(0)
        assert await door.give_up("B") == ["C"]
        await door.all_leave()
        assert door.gate.inside == 0

    play(scene)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 3),
    st.lists(st.tuples(st.sampled_from(["come", "leave", "give up", "fail"]), st.integers(0, 9)), max_size=25),
)
def test_whatever_happens_nobody_is_forgotten(limit: int, events: list[tuple[str, int]]) -> None:
    async def scene() -> None:
        door = Door(ReportLimiter(OpenEngine(), pace(limit)))
        came: list[str] = []
        for event, number in events:
            waiting = [name for name in came if not door.tasks[name].done()]
            if event == "come":
                came.append(str(len(came)))
                await door.come(came[-1])
            elif event == "give up" and waiting:
                await door.give_up(waiting[number % len(waiting)])
            elif door.inside and event != "give up":
                await door.leave(door.inside[number % len(door.inside)], ValueError("x") if event == "fail" else None)
            at_work = [name for name in came if not door.tasks[name].done()]
            assert door.inside == at_work[:limit]
        await door.all_leave()
        assert (door.gate.inside, list(door.gate._waiting)) == (0, [])
        assert sorted(door.entered, key=int) == door.entered

    play(scene)


def test_engine_closing_ends_the_wait() -> None:
    async def scene() -> None:
        crawler = OpenEngine()
        door = Door(ReportLimiter(crawler, pace(1)))
        await door.come("A", "B", "C")
        crawler.close()
        await asyncio.wait({door.tasks["B"], door.tasks["C"]}, timeout=LIMIT)
        assert [isinstance(door.tasks[name].exception(), EngineClosingError) for name in "BC"] == [True, True]
        assert await door.leave("A") == []
        assert (door.gate.inside, list(door.gate._waiting)) == (0, [])

    play(scene)


# A site that wants a rest


def test_nobody_enters_while_the_site_wants_a_rest() -> None:
    async def scene() -> None:
        clock = Clock()
        door = Door(ReportLimiter(OpenEngine(), Throttle(2, adaptive=False, clock=clock)))
        await door.come("A", "B", "C")
        assert await door.leave("A", PortalBusyError("HTTP 429", REST)) == ["B"]
        assert await door.come("D") == ["B"]
        assert await door.leave("B") == []
        clock.now += REST
        await door.until_inside(2)
        assert door.inside == ["C", "D"]
        assert await door.come("E") == ["C", "D"]

    play(scene)


def test_rest_that_becomes_longer() -> None:
    async def scene() -> None:
        clock = Clock()
        door = Door(ReportLimiter(OpenEngine(), Throttle(2, adaptive=False, clock=clock)))
        await door.come("A", "B", "C")
        await door.leave("A", PortalBusyError("HTTP 429", REST / 2))
        await door.leave("B", PortalBusyError("HTTP 429", REST))
        clock.now += REST / 2
        await asyncio.sleep(REST)  # the first rest's timer has rung, if it is still set
        assert door.inside == []
        clock.now += REST / 2
        await door.until_inside(1)
        assert door.inside == ["C"]

    play(scene)


def test_rest_that_is_over_without_anybody_waiting() -> None:
    async def scene() -> None:
        clock = Clock()
        door = Door(ReportLimiter(OpenEngine(), Throttle(2, adaptive=False, clock=clock)))
        await door.come("A")
        await door.leave("A", PortalBusyError("HTTP 503", 60))
        clock.now += 60
        assert await door.come("B") == ["B"]

    play(scene)


@pytest.mark.parametrize("kind", ["tabs", "reports"])
def test_busy_site_is_told_to_the_pace_once_for_all_that_were_inside(kind: str) -> None:
    async def scene() -> None:
        told = Throttle(16, adaptive=True, clock=Clock())
        reports = ReportLimiter(OpenEngine(), told)
        door = Door(reports if kind == "reports" else tabs_before(reports))
        await door.come("A", "B", "C", "D")
        await door.leave("A", PortalBusyError("HTTP 429"))
        assert told.limit == 2
        await door.leave("B", PortalBusyError("HTTP 429"))
        assert told.limit == 2

    play(scene)


def test_busy_site_is_told_by_one_that_waited_since_the_pace_was_another() -> None:
    async def scene() -> None:
        told = Throttle(16, adaptive=True, clock=Clock())
        door = Door(ReportLimiter(OpenEngine(), told))
        await door.come("A", "B", "C", "D", "E")
        await door.leave("A", PortalBusyError("HTTP 429"))
        for name in "BCD":
            await door.leave(name)
        assert (told.limit, door.inside) == (2, ["E"])
        await door.leave("E", PortalBusyError("HTTP 429"))
        assert told.limit == 1

    play(scene)


def test_other_errors_are_not_told_to_the_pace() -> None:
    async def scene() -> None:
        told = Throttle(16, adaptive=True, clock=Clock())
        door = Door(ReportLimiter(OpenEngine(), told))
        await door.come("A")
        await door.leave("A", ValueError("broken"))
        assert told.limit == 4

    play(scene)


# Reports under way


def test_reports_follow_the_pace() -> None:
    async def scene() -> None:
        told = pace(4)
        door = Door(ReportLimiter(OpenEngine(), told))
        told.limit = 2
        assert await door.come("A", "B", "C", "D", "E") == ["A", "B"]
        told.limit = 4
        assert await door.leave("A") == ["B", "C", "D", "E"]
        told.limit = 1
        await door.come("F")
        assert await door.leave("B") == ["C", "D", "E"]
        assert await door.leave("C") == ["D", "E"]
        assert await door.leave("D") == ["E"]
        assert await door.leave("E") == ["F"]

    play(scene)


def test_tabs_do_not_follow_the_pace() -> None:
    async def scene() -> None:
        told = pace(3)
        told.limit = 1
        tabs = Door(tabs_before(ReportLimiter(OpenEngine(), told)))
        assert await tabs.come("A", "B", "C", "D") == ["A", "B", "C"]

    play(scene)


def test_reports_are_measured_while_as_many_as_allowed_are_under_way() -> None:
    async def scene() -> None:
        clock = Clock()
        told = Noted(2, adaptive=True, clock=clock)
        door = Door(ReportLimiter(OpenEngine(), told))
        await door.come("A", "B", "C")
        clock.now += 3
        await door.leave("B")  # C begins now
        await door.give_up("C")
        clock.now += 4
        await door.leave("A")  # neither of many all the time, nor alone
        assert (told.full, told.lone) == ([3], [])

    play(scene)


def test_reports_that_fail_are_not_measured() -> None:
    async def scene() -> None:
        told = Noted(1, adaptive=True, clock=Clock())
        door = Door(ReportLimiter(OpenEngine(), told))
        await door.come("A", "B")
        await door.leave("A", ValueError("broken"))
        await door.give_up("B")
        assert (told.full, told.lone) == ([], [])

    play(scene)


def test_report_that_is_alone_is_measured_as_such() -> None:
    async def scene() -> None:
        clock = Clock()
        told = Noted(3, adaptive=True, clock=clock)
        door = Door(ReportLimiter(OpenEngine(), told))
        await door.come("A")
        clock.now += 3
        await door.leave("A")
        await door.come("B")
        await door.come("C")
        await door.leave("B")
        await door.leave("C")
        assert (told.full, told.lone) == ([], [3])

    play(scene)


def test_report_that_was_alone_at_both_ends_only_is_not_measured() -> None:
    async def scene() -> None:
        told = Noted(3, adaptive=True, clock=Clock())
        door = Door(ReportLimiter(OpenEngine(), told))
        await door.come("A", "B")
        await door.leave("B")
        await door.leave("A")
        assert told.lone == []

    play(scene)


# A gate before another one


def two_gates(first: int, second: int) -> tuple[Door, Door, Throttle]:
    """Return tabs before reports under way, and the pace of these."""
    told = pace(first)
    told.limit = second
    reports = ReportLimiter(OpenEngine(), told)
    return Door(tabs_before(reports)), Door(reports), told


def test_nobody_enters_before_a_crowd() -> None:
    async def scene() -> None:
        tabs, reports, _ = two_gates(3, 1)
        await reports.come("A", "B")
        assert await tabs.come("C", "D") == []
        await reports.leave("A")
        assert await tabs.settled() == ["C", "D"]

    play(scene)


def test_those_inside_stay_there_when_a_crowd_comes() -> None:
    async def scene() -> None:
        tabs, reports, _ = two_gates(3, 2)
        assert await tabs.come("C") == ["C"]
        await reports.come("A", "B", "E")
        assert await tabs.come("D") == ["C", "D"]
        await reports.come("F")
        assert await tabs.come("G") == ["C", "D"]
        await reports.leave("A")
        assert await tabs.settled() == ["C", "D", "G"]

    play(scene)


def test_crowd_is_a_smaller_one_when_the_pace_rises() -> None:
    async def scene() -> None:
        tabs, reports, told = two_gates(3, 1)
        await reports.come("A", "B", "C")
        await tabs.come("D")
        told.limit = 3
        await reports.leave("A")
        assert (reports.inside, await tabs.settled()) == (["B", "C"], ["D"])

    play(scene)


def test_crowd_that_gives_up_lets_others_in() -> None:
    async def scene() -> None:
        tabs, reports, _ = two_gates(3, 1)
        await reports.come("A", "B")
        await tabs.come("C")
        await reports.give_up("B")
        assert await tabs.settled() == ["C"]

    play(scene)
