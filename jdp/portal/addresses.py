"""The portal's addresses, and which of those that it names lead to the portal itself."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

from jdp.config.portal_url import base_address
from jdp.exceptions import LoginOutcomeError

if TYPE_CHECKING:
    from jdp.config.config import Config

logger = logging.getLogger(__name__)


def inventory_url(portal_url: str) -> str:
    """Return where the inventory is (PORTAL.md)."""
    return urljoin(portal_url, "vehicle/")


def login_url(portal_url: str) -> str:
    """Return where the login and the licence agreement are (PORTAL.md)."""
    path = urlsplit(portal_url).path
    return urljoin(portal_url, f"Home/LicenseAgreement?ReturnUrl={path}")


def same_site(url: str, location: str) -> bool:
    """Tell whether an address stays on the host; the only other scheme it may change to is https."""
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, location))
    except ValueError:  # an address that is none
        return False
    return here.netloc == there.netloc and there.scheme in (here.scheme, "https")


def base_at(portal_url: str, url: str) -> str:
    """Return the portal's base address by where one of its pages was: http may have become https.

    Raises LoginOutcomeError, with the line for .env, when that is another host.
    """
    here, there = urlsplit(portal_url), urlsplit(url)
    if same_site(portal_url, url) or _is_https_of(portal_url, url):
        return urlunsplit((there.scheme, there.netloc, here.path, "", ""))
    meant = base_address(url)
    line = f". If that is the portal, put this line into .env: PORTAL_URL={meant}" if meant else ""
    what = "host" if here.hostname != there.hostname else "address"
    raise LoginOutcomeError(f"PORTAL_URL={portal_url} leads to another {what} ({there.scheme}://{there.netloc}){line}")


def take_over(config: Config, url: str) -> None:
    """Take over that the portal goes on to https, as its page at this address shows; raises as `base_at` does."""
    given, config.portal_url = config.portal_url, base_at(config.portal_url, url)
    if config.portal_url != given:
        logger.warning("The portal goes on to https: put PORTAL_URL=%s into .env", config.portal_url)


def on_https(portal_url: str, url: str) -> str:
    """Return an address as it is now, when it was noted before the portal was found to go on to https."""
    if not _is_https_of(url, portal_url):
        return url
    return urlsplit(url)._replace(scheme="https", netloc=urlsplit(portal_url).netloc).geturl()


def _is_https_of(url: str, other: str) -> bool:
    """Tell whether the other address is the same host's by https, which has a port of its own."""
    here, there = urlsplit(url), urlsplit(other)
    return (here.scheme, there.scheme) == ("http", "https") and here.hostname == there.hostname


def host_of(url: str) -> str:
    """Return what to call the place where an address leads."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "no address"
    return parts.netloc or parts.scheme or "no address"
