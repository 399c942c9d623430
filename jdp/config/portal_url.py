"""PORTAL_URL as people give it: the base address, that of one of the portal's pages, or the host alone."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit, urlunsplit

from jdp.exceptions import ConfigError

SITE = "ValuesOnline"  # PORTAL.md: the base's path
PAGES = ("home", "vehicle", "report")  # what stands below the base, in lower case
DEFAULT_PORTS = {"http": 80, "https": 443}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def portal_base(url: str) -> str:
    """Return the portal's base address as a browser writes it: addresses that it reports are compared with this one.

    Raises ConfigError, with the line that may be meant.
    """
    if (base := base_address(url)) is not None:
        return base
    meant = _meant(url)
    told = f". Is it PORTAL_URL={meant} ?" if meant else ""
    raise ConfigError(f"PORTAL_URL={url!a} is not an http(s) address{told}")


def base_address(url: str) -> str | None:
    """Return the base address of the portal that an address leads to; None when it is no http(s) address."""
    try:
        parts = urlsplit(url.strip())
        if (
            parts.scheme not in DEFAULT_PORTS
            or not parts.hostname
            or parts.port == 0
            or re.search(r'[\s<>"]', url.strip())
        ):
            return None
        host, port = _ascii(parts.hostname), parts.port
    except ValueError:
        return None
    netloc = host if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    return urlunsplit((parts.scheme, netloc, _base_path(parts.path), "", ""))


def _ascii(host: str) -> str:
    if ":" in host:
        return f"[{ipaddress.IPv6Address(host).compressed}]"
    return host if host.isascii() else host.encode("idna").decode()


def _base_path(path: str) -> str:
    names = [name for name in path.split("/") if name]
    small = [name.lower() for name in names]
    if SITE.lower() in small:
        names = [*names[: small.index(SITE.lower())], SITE]
    else:
        names = names[: next((number for number, name in enumerate(small) if name in PAGES), None)] or [SITE]
    return "/".join(["", *names, ""])


def _meant(url: str) -> str | None:
    """Return the base address that is meant by an address without a scheme, or with something around it."""
    if found := re.search(r"https?://[\w.:/%\[\]-]+", url):
        return base_address(found[0]) if found[0] != url else None
    if "://" in url or not re.fullmatch(r"[\w-]+(\.[\w-]+)*(:\d+)?(/\S*)?", url.strip()):
        return None
    host = re.split("[:/]", url.strip(), maxsplit=1)[0]
    return base_address(f"{'http' if host in LOOPBACK else 'https'}://{url.strip()}")
