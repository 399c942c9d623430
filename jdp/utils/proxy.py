"""The proxy that the environment, or this system, names for an address: browsers are told the one of plain requests."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

if TYPE_CHECKING:
    from collections.abc import Mapping


def browser_proxy(url: str) -> dict[str, str]:
    """Return what Playwright's `proxy` takes, so that a browser goes to `url` as Scrapy and urllib do; {} without one.

    What they leave to no_proxy is left out here, too: a name stands for the hosts below it.
    """
    proxies: Mapping[str, str] = getproxies()
    parts = urlsplit(url)
    told = proxies.get(parts.scheme, "")
    spared = [name.strip().removeprefix("*").removeprefix(".") for name in proxies.get("no", "").split(",")]
    if not told or "*" in proxies.get("no", "").split(","):
        return {}
    host = parts.hostname or ""
    if proxy_bypass(parts.netloc.rpartition("@")[2]) or proxy_bypass(host):
        spared.append(f"[{host}]" if ":" in host else host)
    return {**_server(told), "bypass": ",".join(f"{name},.{name}" for name in spared if name)}


def _server(told: str) -> dict[str, str]:
    parts = urlsplit(told if "://" in told else f"http://{told}")
    server = {"server": f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"}
    if parts.username:
        server |= {"username": unquote(parts.username), "password": unquote(parts.password or "")}
    return server
