"""The recipe that was learned for asking without a tab: when it is used, trusted, given up, kept for the next run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from typing import TYPE_CHECKING

from jdp.exceptions import DirectError, PortalBusyError, ReportError
from jdp.portal.addresses import inventory_url
from jdp.portal.recording import RecordedRequest, ReportRequest
from jdp.reports.learning import Observation, learn
from jdp.reports.recipe import COOKIE, PAGE, ROW, Recipe
from jdp.reports.templates import Template, UnfilledError, row_values
from jdp.utils.files import remove, write_atomically

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp.items import Vehicle
    from jdp.portal.client import PortalClient
    from jdp.portal.session import Session
    from jdp.runs.run import Run

OBSERVATIONS = 4  # the newest ones that are held against each other
MOST_OBSERVATIONS = 12  # of which none fits another one: the site does not let itself be learned
OBSERVE_AGAIN = 200  # tabs later
FAILURES = 5  # in a row, then the site does not take it any more
MOST_SWITCHES = 3  # times that it is learned anew after failures
FORGIVEN_AFTER = 200  # right reports in a row

logger = logging.getLogger(__name__)


class Direct:
    """Learns from what tabs ask for; writes the requests of vehicles that need no tab any more."""

    def __init__(self, crawler: Crawler, run: Run, client: PortalClient, session: Session) -> None:
        self.crawler = crawler
        self.client = client
        self.session = session
        self.path = run.learned
        self.enabled = run.config.direct_reports
        self.recipe = self._remembered() if self.enabled and not run.arguments.learn_anew else None
        self.trusted = False
        self._observations: deque[Observation] = deque(maxlen=OBSERVATIONS)
        self.on_trial = False  # a vehicle is just finding out whether the remembered recipe still holds
        self._observed = self._failures = self._switches = self._right = 0
        self._keys: dict[str, str] = {}
        self._keys_of: tuple[int, Recipe | None] = (0, None)
        self._reading_keys = asyncio.Lock()

    @property
    def learning(self) -> bool:
        """Whether what tabs ask for is worth recording. A remembered recipe may not hold for anybody any more."""
        return self.enabled and not self.trusted and self._observed % OBSERVE_AGAIN < MOST_OBSERVATIONS

    def _remembered(self) -> Recipe | None:
        try:
            return Recipe.from_json(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    # Learning

    def observe(self, vehicle: Vehicle, ask: ReportRequest) -> bool:
        """Take in what a tab asked for, when its report was proven right; True when a recipe is learned by it."""
        if not self.enabled or self.trusted:
            return False
        self._observed += 1
        self._observations.append(Observation(vehicle, ask, self.session.cookies.values()))
        recipe = learn(self._observations)
        if recipe is None:
            return False
        self.recipe, self.trusted, self._failures = recipe, True, 0
        self._observations.clear()
        self._observed = 0
        self.crawler.stats.inc_value("jdp/direct/learned")
        logger.info("Reports are asked for directly from here on: %s", ascii(str(recipe))[1:-1])
        self._remember(recipe)
        return True

    def _remember(self, recipe: Recipe) -> None:
        """Keep the recipe for the next run, unless something in it may be a key that is nobody's business."""
        if recipe.tells_a_key:
            return
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(self.path, recipe.to_json().encode(), mode=0o600)
        except OSError as error:
            logger.warning("%s could not be written (%s): the next run learns anew", self.path, error)

    # Using

    def takes(self, vehicle: Vehicle) -> Recipe | None:
        """Return the recipe for a vehicle; None when it has to go through a tab."""
        if self.recipe is None:
            return None
        return self.recipe if self.recipe.row_sources <= row_values(vehicle).keys() else None

    def proven(self, recipe: Recipe) -> None:
        """Note a right report that came by this recipe."""
        self.crawler.stats.inc_value("jdp/direct/right")
        if recipe is self.recipe:
            self.trusted, self._failures = True, 0
            self._right += 1
            if self._right >= FORGIVEN_AFTER:
                self._switches = 0

    def failed(self, recipe: Recipe, why: str) -> None:
        """Note that this recipe brought no right report; several in a row, or a first one, and it is given up."""
        self.crawler.stats.inc_value("jdp/direct/failed")
        if recipe is not self.recipe:
            return
        self._failures += 1
        self._right = 0
        self._keys_of = (0, None)
        if self.trusted and self._failures < FAILURES:
            return
        self._switches += self.trusted
        self.enabled = self._switches < MOST_SWITCHES
        logger.warning(
            "Asking for reports directly is switched off after %d failures in a row: vehicles go through tabs%s. "
            "The last one: %s",
            self._failures,
            ", and what they ask for is learned anew" if self.enabled else " until the end of the run",
            ascii(why)[1:-1],
        )
        self.recipe, self.trusted = None, False
        with contextlib.suppress(OSError):  # on Windows a file that somebody has open; it is proven anew in any case
            remove(self.path)

    async def ask(self, recipe: Recipe, vehicle: Vehicle, deadline: float) -> ReportRequest:
        """Return the request for a vehicle's report, after the call that it may take.

        Raises UnfilledError when the row has something that cannot stand in it, DirectError, PortalBusyError or
        SessionExpiredError.
        """
        try:
            return await self._ask(recipe, vehicle, deadline)
        except UnfilledError as error:
            if error.source.startswith(ROW):
                raise
            raise DirectError(str(error)) from None

    async def _ask(self, recipe: Recipe, vehicle: Vehicle, deadline: float) -> ReportRequest:
        values = row_values(vehicle)
        values |= {f"{COOKIE}{name}": value for name, value in self.session.cookies.values().items()}
        referer = self._filled(recipe.referer, values)
        if recipe.page is not None:
            values |= await self._page_keys(recipe, values, referer, deadline)
        if recipe.call is not None and recipe.found is not None:
            answer = await self._text(recipe.call.fill(values), referer, deadline)
            found = recipe.found.find(answer)
            if found is None:
                raise DirectError("the answer to the call before the report holds nothing where its key should be")
            values["call"] = found
        sent = RecordedRequest.parse(recipe.report.fill(values))
        return ReportRequest(sent.url, sent.method, sent.body, referer, headers=sent.headers)

    def _filled(self, referer: Template | None, values: dict[str, str]) -> str:
        try:
            return referer.fill(values) if referer is not None else inventory_url(self.client.config.portal_url)
        except UnfilledError:
            return inventory_url(self.client.config.portal_url)

    async def _page_keys(self, recipe: Recipe, values: dict[str, str], referer: str, deadline: float) -> dict[str, str]:
        """Return what the portal's pages hold for their forms, read once in each session."""
        async with self._reading_keys:
            generation = self.session.generation
            if self._keys_of != (generation, recipe):
                assert recipe.page is not None
                page = await self._text(recipe.page.fill(values), referer, deadline)
                found = [key.find(page) for key in recipe.keys]
                if None in found:
                    raise DirectError("the vehicle's page does not hold the key of its form")
                self._keys = {f"{PAGE}{number}": value or "" for number, value in enumerate(found)}
                self._keys_of = (generation, recipe)
            return self._keys

    async def _text(self, request: str, referer: str, deadline: float) -> str:
        try:
            body = await self.client.send(RecordedRequest.parse(request), referer, deadline)
        except PortalBusyError:
            raise
        except ReportError as error:
            raise DirectError(str(error)) from None
        return body.decode("utf-8", "replace")
