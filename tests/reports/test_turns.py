"""Who may work at this moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from jdp.exceptions import EngineClosingError
from jdp.items import Vehicle
from jdp.reports.turns import EXPERIMENTS, FORGIVEN_AFTER, MIX_UPS_TOLERATED, Binding, Given, Turn, Turns
from tests.helpers.crawls import LIMIT
from tests.helpers.parts import OpenEngine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

VEHICLE, SESSION, UNKNOWN = Binding.VEHICLE, Binding.SESSION, Binding.UNKNOWN
ROUNDS = 50  # of the event loop; far more than a turn takes from hand to hand


class Site(OpenEngine):
    """A stand-in for the crawler, its turns, and who has begun in which order."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: Turns[str] = Turns(self)
        self.begun: dict[str, Turn[str]] = {}
        self._ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.free: set[str] = set()

    async def comes(self, *names: str) -> list[str]:
        """Let vehicles ask for a turn; return who works then."""
        for name in names:
            self._ends[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._work(name))
        return await self.working()

    async def comes_free(self, *names: str) -> list[str]:
        """Let vehicles ask for a turn that need no tab; return who works then."""
        self.free.update(names)
        return await self.comes(*names)

    async def _work(self, name: str) -> None:
        async with self.turns.turn(Vehicle(name), lambda: name in self.free) as turn:
            self.begun[name] = turn
            try:
                await self._ends[name].wait()
            finally:
                del self.begun[name]

    async def working(self) -> list[str]:
        """Give everybody the time to begin; return who works."""
        for _ in range(ROUNDS):
            await asyncio.sleep(0)
        return list(self.begun)

    async def ends(self, name: str) -> list[str]:
        """End a vehicle's work; return who works then."""
        self._ends[name].set()
        await self.tasks[name]
        return await self.working()

    async def gives_up(self, name: str) -> list[str]:
        """Cancel a vehicle; return who works then."""
        self.tasks[name].cancel()
        await asyncio.wait([self.tasks[name]])
        return await self.working()


def at_a_site(scene: Callable[[Site], Awaitable[None]]) -> None:
    """Play a scene within an event loop of its own; afterwards nobody is left waiting."""

    async def play() -> None:
        site = Site()
        await scene(site)
        for task in site.tasks.values():
            task.cancel()
        await asyncio.gather(*site.tasks.values(), return_exceptions=True)

    asyncio.run(play())


def test_first_goes_alone() -> None:
    async def scene(site: Site) -> None:
        assert await site.comes("A", "B", "C") == ["A"]
        assert site.begun["A"].alone
        assert await site.ends("A") == ["B"]
        assert site.begun["B"].alone
        assert await site.ends("B") == ["C"]
        assert await site.ends("C") == []

    at_a_site(scene)


def test_all_go_once_addresses_are_bound_to_vehicles() -> None:
    async def scene(site: Site) -> None:
        await site.comes("A", "B", "C")
        site.turns.found(VEHICLE, "shown")
        assert await site.working() == ["A", "B", "C"]
        assert await site.comes("D") == ["A", "B", "C", "D"]
        assert not site.begun["B"].alone
        assert not site.begun["D"].alone
        assert site.stats.get_value("jdp/binding") == "vehicle"

    at_a_site(scene)


def test_one_at_a_time_when_bound_to_the_session() -> None:
    async def scene(site: Site) -> None:
        await site.comes("A", "B", "C")
        site.turns.found(SESSION, "shown")
        assert await site.working() == ["A"]
        assert await site.ends("A") == ["B"]
        assert site.begun["B"].alone
        assert site.turns.partner() is None

    at_a_site(scene)


def test_partner_begins_with_what_was_found_for_it() -> None:
    async def scene(site: Site) -> None:
        await site.comes("A", "B", "C")
        partner = site.turns.partner()
        assert partner is not None
        assert partner.vehicle.reference == "B"
        assert await site.working() == ["A"]
        partner.start(given=Given(answer="B's report"))
        assert await site.working() == ["A", "B"]
        assert site.begun["B"].given == Given(answer="B's report")
        assert not site.begun["B"].alone
        assert await site.ends("B") == ["A"]
        assert await site.ends("A") == ["C"]

    at_a_site(scene)


def test_partner_nobody_waits() -> None:
    async def scene(site: Site) -> None:
        await site.comes("A")
        assert site.turns.partner() is None

    at_a_site(scene)


@pytest.mark.parametrize("binding", [VEHICLE, SESSION])
def test_partner_only_while_the_binding_is_unknown(binding: Binding) -> None:
    async def scene(site: Site) -> None:
        await site.comes("A", "B")
        site.turns.found(binding, "shown")
        assert site.turns.partner() is None

    at_a_site(scene)


def test_partner_that_gave_up_can_still_be_started() -> None:
    async def scene(site: Site) -> None:
        await site.comes("A", "B", "C")
        partner = site.turns.partner()
        assert partner is not None
        assert await site.gives_up("B") == ["A"]
        partner.start(given=Given())
        assert await site.ends("A") == ["C"]

    at_a_site(scene)


def test_experiments_that_show_nothing_end_in_one_at_a_time() -> None:
    async def scene(site: Site) -> None:
        for _ in range(EXPERIMENTS - 1):
            site.turns.experimented()
        assert site.turns.binding is UNKNOWN
        site.turns.experimented()
        assert site.turns.binding is SESSION

    at_a_site(scene)


def test_experiment_that_showed_something_counts_no_more() -> None:
    async def scene(site: Site) -> None:
        site.turns.found(VEHICLE, "shown")
        for _ in range(EXPERIMENTS + 1):
            site.turns.experimented()
        assert site.turns.binding is VEHICLE

    at_a_site(scene)


# Whoever gives up, the others go on


@pytest.mark.parametrize("who", ["A", "B"])
def test_cancelled_blocks_nobody(who: str) -> None:
    async def scene(site: Site) -> None:
        await site.comes("A", "B", "C")
        await site.gives_up(who)
        left = [name for name in ("A", "B", "C") if name != who]
        assert await site.working() == left[:1]
        assert await site.ends(left[0]) == left[1:]
        assert await site.comes("D") == left[1:]
        assert await site.ends("C") == ["D"]

    at_a_site(scene)


def test_cancelled_in_the_moment_its_turn_comes_blocks_nobody() -> None:
    async def scene(site: Site) -> None:
        await site.comes("A", "B", "C")
        site._ends["A"].set()
        await site.tasks["A"]  # B's turn has come, B has not noticed yet
        assert "B" not in site.begun
        assert await site.gives_up("B") == ["C"]

    at_a_site(scene)


def test_error_in_a_turn_frees_the_next() -> None:
    async def fails(turns: Turns[Any]) -> None:
        async with turns.turn(Vehicle("A")):
            raise ValueError("broken")

    async def scene(site: Site) -> None:
        with pytest.raises(ValueError, match="broken"):
            await fails(site.turns)
        assert await site.comes("B") == ["B"]

    at_a_site(scene)


def test_engine_closing_ends_the_wait() -> None:
    async def scene(site: Site) -> None:
        await site.comes("A", "B")
        site.close()
        with pytest.raises(EngineClosingError):
            await asyncio.wait_for(site.tasks["B"], LIMIT)
        assert await site.working() == ["A"]

    at_a_site(scene)


# Vehicles that need no tab


def test_free_ones_begin_beside_each_other() -> None:
    async def scene(site: Site) -> None:
        assert await site.comes_free("A", "B", "C") == ["A", "B", "C"]
        assert not any(turn.alone for turn in site.begun.values())
        assert await site.ends("B") == ["A", "C"]

    at_a_site(scene)


@pytest.mark.parametrize("binding", [UNKNOWN, SESSION])
def test_free_one_waits_behind_one_that_is_alone(binding: Binding) -> None:
    async def scene(site: Site) -> None:
        site.turns.found(binding, "shown")
        assert await site.comes("A") == ["A"]
        assert await site.comes_free("B", "C") == ["A"]
        assert await site.ends("A") == ["B", "C"]

    at_a_site(scene)


@pytest.mark.parametrize("binding", [UNKNOWN, SESSION])
def test_one_that_needs_a_tab_waits_until_the_free_ones_have_ended(binding: Binding) -> None:
    async def scene(site: Site) -> None:
        site.turns.found(binding, "shown")
        assert await site.comes_free("A", "B") == ["A", "B"]
        assert await site.comes("C") == ["A", "B"]
        assert await site.ends("A") == ["B"]
        assert await site.ends("B") == ["C"]
        assert site.begun["C"].alone

    at_a_site(scene)


def test_free_one_does_not_pass_one_that_needs_a_tab() -> None:
    async def scene(site: Site) -> None:
        await site.comes_free("A")
        await site.comes("B")
        assert await site.comes_free("C", "D") == ["A"]
        assert await site.ends("A") == ["B"]
        assert await site.ends("B") == ["C", "D"]

    at_a_site(scene)


def test_free_one_passes_nobody_who_gave_up() -> None:
    async def scene(site: Site) -> None:
        await site.comes_free("A")
        await site.comes("B")
        await site.comes_free("C")
        assert await site.gives_up("B") == ["A", "C"]

    at_a_site(scene)


def test_those_that_become_free_begin_when_somebody_looks() -> None:
    async def scene(site: Site) -> None:
        await site.comes("A", "B", "C", "D")
        site.free.update("ABCD")
        assert await site.working() == ["A"]
        site.turns.look()
        assert await site.working() == ["A"]  # A is alone all the same
        assert await site.ends("A") == ["B", "C", "D"]

    at_a_site(scene)


def test_one_that_is_free_no_more_goes_alone() -> None:
    async def scene(site: Site) -> None:
        await site.comes_free("A")
        await site.comes("B")
        await site.comes_free("C")
        site.free.clear()
        assert await site.ends("A") == ["B"]
        assert await site.ends("B") == ["C"]
        assert site.begun["C"].alone

    at_a_site(scene)


def test_free_one_is_nobodys_partner() -> None:
    async def scene(site: Site) -> None:
        await site.comes("A")
        await site.comes_free("B")
        await site.comes("C")
        assert site.turns.partner() is None
        assert await site.ends("A") == ["B"]

    at_a_site(scene)


def test_free_and_others_go_side_by_side_once_addresses_are_bound_to_vehicles() -> None:
    async def scene(site: Site) -> None:
        site.turns.found(VEHICLE, "shown")
        await site.comes_free("A")
        await site.comes("B")
        assert await site.comes_free("C") == ["A", "B", "C"]

    at_a_site(scene)


# Opening alone


def test_one_opens_at_a_time() -> None:
    async def scene(site: Site) -> None:
        async with site.turns.opening_alone():
            other = asyncio.create_task(opened(site))
            await site.working()
            assert not other.done()
        await other

    at_a_site(scene)


def test_engine_closing_ends_the_wait_to_open() -> None:
    async def scene(site: Site) -> None:
        async with site.turns.opening_alone():
            other = asyncio.create_task(opened(site))
            await site.working()
            site.close()
            with pytest.raises(EngineClosingError):
                await asyncio.wait_for(other, LIMIT)
        await asyncio.wait_for(opened(Site()), LIMIT)

    at_a_site(scene)


@pytest.mark.parametrize("rounds", [1, 2])
def test_cancelled_in_the_moment_it_may_open_blocks_nobody(rounds: int) -> None:
    async def scene(site: Site) -> None:
        async with site.turns.opening_alone():
            other = asyncio.create_task(opened(site))
            await site.working()
        for _ in range(rounds):  # of the event loop, from the lock to the one that waits for it
            await asyncio.sleep(0)
        other.cancel()
        await asyncio.wait({other})
        next_one = asyncio.create_task(opened(site))
        await site.working()
        assert next_one.done()

    at_a_site(scene)


async def opened(site: Site) -> None:
    async with site.turns.opening_alone():
        pass


# Mix-ups


async def mix_up(site: Site, times: int, other: str = "B") -> None:
    for _ in range(times):
        site.turns.mixed_up(other)
    await site.working()


def test_mix_ups_lead_to_opening_alone_then_to_one_at_a_time() -> None:
    async def scene(site: Site) -> None:
        site.turns.found(VEHICLE, "shown")
        await site.comes("A", "B")
        await mix_up(site, MIX_UPS_TOLERATED - 1)
        assert not site.turns.opens_alone
        await mix_up(site, 1)
        assert (site.turns.opens_alone, site.turns.binding) == (True, VEHICLE)
        await mix_up(site, MIX_UPS_TOLERATED)
        assert site.turns.binding is SESSION

    at_a_site(scene)


def test_mix_ups_with_vehicles_that_are_not_at_work_do_not_count() -> None:
    async def scene(site: Site) -> None:
        site.turns.found(VEHICLE, "shown")
        await site.comes("A", "B")
        await site.ends("B")
        await mix_up(site, MIX_UPS_TOLERATED * 3)
        await mix_up(site, MIX_UPS_TOLERATED * 3, other="")
        assert (site.turns.opens_alone, site.turns.binding) == (False, VEHICLE)

    at_a_site(scene)


def test_mix_ups_are_forgiven_after_right_reports() -> None:
    async def scene(site: Site) -> None:
        site.turns.found(VEHICLE, "shown")
        await site.comes("A", "B")
        for _ in range(3):
            await mix_up(site, MIX_UPS_TOLERATED - 1)
            for _ in range(FORGIVEN_AFTER):
                site.turns.proven()
        assert not site.turns.opens_alone

    at_a_site(scene)


def test_mix_ups_are_not_forgiven_after_a_few() -> None:
    async def scene(site: Site) -> None:
        site.turns.found(VEHICLE, "shown")
        await site.comes("A", "B")
        for _ in range(MIX_UPS_TOLERATED):
            await mix_up(site, 1)
            for _ in range(FORGIVEN_AFTER - 1):
                site.turns.proven()
        assert site.turns.opens_alone

    at_a_site(scene)


def test_nobody_begins_alone_while_others_still_work() -> None:
    async def scene(site: Site) -> None:
        site.turns.found(VEHICLE, "shown")
        await site.comes("A", "B")
        await mix_up(site, MIX_UPS_TOLERATED * 2)
        assert await site.comes("C", "D") == ["A", "B"]
        assert await site.ends("A") == ["B"]
        assert await site.ends("B") == ["C"]
        assert site.begun["C"].alone
        assert await site.ends("C") == ["D"]

    at_a_site(scene)
