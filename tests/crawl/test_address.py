"""PORTAL_URL as people give it, where the portal really is; programs that do not start."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from jdp.browser import launch_options
from jdp.config.portal_url import base_address
from tests.crawl.test_preflight import preflight
from tests.helpers.crawls import crawl, running_portal
from tests.helpers.front import sending_on, speaking_tls

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(os.name == "nt", reason="a browser that takes any certificate is made by a shell script")
def test_portal_that_goes_on_to_https(tmp_path: Path) -> None:
    program = launch_options(os.environ.get("BROWSER", "auto"), headless=True).get("executable_path")
    if program is None:
        pytest.skip("Playwright alone knows where its browser is")
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nexec {shlex.quote(str(program))} --ignore-certificate-errors "$@"\n')
    browser.chmod(0o700)
    with running_portal("--vehicles", 6, "--session-requests", 25) as portal:
        behind = urlsplit(portal.url).port
        assert behind is not None
        with speaking_tls(behind, tmp_path) as port, sending_on(f"https://127.0.0.1:{port}") as given:
            result = crawl(f"http://127.0.0.1:{given}/", tmp_path / "downloads", BROWSER=browser)
            assert result.matches(portal.sha256), result.output
        counters = portal.counters
    assert result.exit_status == 0, result.output
    assert f"put PORTAL_URL=https://127.0.0.1:{port}/ValuesOnline/ into .env" in result.output
    assert counters["logouts"] == 1
    assert counters["sessions_open"] == 0


def test_portal_that_goes_on_to_another_host(tmp_path: Path) -> None:
    with running_portal("--vehicles", 3) as portal:
        there = base_address(portal.url.replace("127.0.0.1", "localhost"))
        assert there is not None
        with sending_on(there.removesuffix("/ValuesOnline/")) as given:
            url = f"http://127.0.0.1:{given}/ValuesOnline/vehicle/"
            status, output = preflight(url, tmp_path / "preflight")
            result = crawl(url, tmp_path)
        assert portal.counters["login_attempts"] == 0
    for told in (output, result.output):
        assert f"PORTAL_URL=http://127.0.0.1:{given}/ValuesOnline/ leads to another host" in told
        assert f"put this line into .env: PORTAL_URL={there}" in told
    assert (status, result.exit_status) == (1, 2)
    assert "Traceback" not in result.output


def test_pdf_reader_that_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.executable = '/no/such/python'")
    with running_portal("--vehicles", 1) as portal:
        result = crawl(portal, tmp_path / "downloads", PYTHONPATH=tmp_path)
        assert portal.counters["login_attempts"] == 0
    assert result.exit_status == 2
    assert "reason=reader_failed" in result.output
    assert "The PDF reader does not start (No such file or directory: /no/such/python)" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "driver", [{"NODE_OPTIONS": "--require /no/such/tool.js"}, {"PLAYWRIGHT_NODEJS_PATH": "/no/such/node"}]
)
def test_driver_that_does_not_start(driver: dict[str, str], tmp_path: Path) -> None:
    with running_portal("--vehicles", 1) as portal:
        result = crawl(portal, tmp_path, **driver)
        assert portal.counters["login_attempts"] == 0
    assert result.exit_status == 2
    assert "reason=browser_failed" in result.output
    assert "The browser's driver does not start" in result.output
    assert "python -m jdp.browser" in result.output
    assert ("NODE_OPTIONS is set" in result.output) == ("NODE_OPTIONS" in driver)
    assert "cannot be reached" not in result.output
    assert "Traceback" not in result.output
