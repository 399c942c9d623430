"""Fixtures of the demo portal's tests."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.helpers.visitor import PortalProcess, Start, Visit, Visitor

# A browser that the machine brings along; without one, the one that Playwright installed.
CHROMIUMS = ("chromium-headless-shell", "chromium", "google-chrome")


@pytest.fixture(scope="session")
def portals() -> Iterator[list[PortalProcess]]:
    """Collect the portals of all tests, so that none has to wait for its own to end."""
    collected: list[PortalProcess] = []
    yield collected
    assert all(portal.end() is not None for portal in collected)


@pytest.fixture
def start(portals: list[PortalProcess]) -> Iterator[Start]:
    """Start portals with the switches given; they end with the test."""
    first = len(portals)

    def started(*switches: str) -> PortalProcess:
        portals.append(PortalProcess(*switches))
        return portals[-1]

    yield started
    for portal in portals[first:]:
        portal.let_go()


@pytest.fixture
def visit(start: Start) -> Visit:
    """Sign in at a portal of one's own with the switches given."""
    return lambda *switches: Visitor(start(*switches)).enter()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start one browser for a module; as long as it is there, this thread has a running event loop."""
    with sync_playwright() as playwright:
        executable = next(filter(None, map(shutil.which, CHROMIUMS)), None)
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()
