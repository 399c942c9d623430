"""Fixtures of the demo portal's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.helpers.visitor import PortalProcess, Start, Visit, Visitor

# A browser that the machine brings along; without one, the one that Playwright installed.
CHROMIUMS = (Path("/usr/bin/chromium"), Path("/usr/bin/google-chrome"))


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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start one browser for all tests."""
    with sync_playwright() as playwright:
        executable = next((path for path in CHROMIUMS if path.exists()), None)
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()
