"""The browser's proxy is the one of plain requests."""

from __future__ import annotations

import urllib.request

import pytest

from jdp.utils import proxy
from jdp.utils.proxy import browser_proxy

PORTAL = "https://portal.test/ValuesOnline/"


@pytest.mark.parametrize(
    ("proxies", "told"),
    [
        ({}, {}),
        ({"http": "http://office:3128"}, {}),
        ({"https": "http://office:3128"}, {"server": "http://office:3128", "bypass": ""}),
        ({"https": "office:3128"}, {"server": "http://office:3128", "bypass": ""}),
        (
            {"https": "http://me:p%40ss@office:3128", "no": "localhost, .test"},
            {
                "server": "http://office:3128",
                "username": "me",
                "password": "p@ss",
                "bypass": "localhost,.localhost,test,.test,portal.test,.portal.test",
            },
        ),
        ({"https": "http://office:3128", "no": "*"}, {}),
    ],
)
def test_browser_goes_as_plain_requests_do(
    proxies: dict[str, str], told: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "getproxies", lambda: proxies)
    bypasses = urllib.request.proxy_bypass_environment
    monkeypatch.setattr(proxy, "proxy_bypass", lambda host: bypasses(host, {"no": proxies.get("no", "")}))
    assert browser_proxy(PORTAL) == told
