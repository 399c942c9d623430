"""The portal's addresses, and which of those that it names lead to the portal itself."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit


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


def host_of(url: str) -> str:
    """Return what to call the place where an address leads."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "no address"
    return parts.netloc or parts.scheme or "no address"
