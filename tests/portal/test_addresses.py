"""Where the portal turns out to be, against where PORTAL_URL says."""

from __future__ import annotations

import pytest

from jdp.exceptions import LoginOutcomeError
from jdp.portal.addresses import base_at, on_https

HTTP = "http://portal.test/ValuesOnline/"
HTTPS = "https://portal.test/ValuesOnline/"


@pytest.mark.parametrize(
    ("given", "page", "base"),
    [
        (HTTPS, f"{HTTPS}vehicle/", HTTPS),
        (HTTP, f"{HTTP}Home/", HTTP),
        (HTTP, f"{HTTPS}Home/LicenseAgreement?ReturnUrl=/", HTTPS),
        ("http://portal.test:8080/jd/", "https://portal.test:8443/jd/vehicle/", "https://portal.test:8443/jd/"),
    ],
)
def test_same_host_taken_over(given: str, page: str, base: str) -> None:
    assert base_at(given, page) == base


@pytest.mark.parametrize(
    ("given", "page", "line"),
    [
        (HTTPS, "https://www.portal.test/ValuesOnline/vehicle/", "PORTAL_URL=https://www.portal.test/ValuesOnline/"),
        (HTTP, "https://www.portal.test/", "PORTAL_URL=https://www.portal.test/ValuesOnline/"),
        (HTTPS, "http://portal.test/ValuesOnline/", "PORTAL_URL=http://portal.test/ValuesOnline/"),
        (HTTP, "http://portal.test:8080/ValuesOnline/", "PORTAL_URL=http://portal.test:8080/ValuesOnline/"),
    ],
)
def test_another_place_named(given: str, page: str, line: str) -> None:
    with pytest.raises(LoginOutcomeError, match=r"leads to another (host|address) \(https?://") as caught:
        base_at(given, page)
    assert str(caught.value).endswith(line)


def test_address_noted_before_https() -> None:
    assert on_https(HTTPS, f"{HTTP}vehicle/?id=1") == f"{HTTPS}vehicle/?id=1"
    assert on_https("https://portal.test:8443/", "http://portal.test:8080/a") == "https://portal.test:8443/a"
    for same in (f"{HTTPS}vehicle/", "http://other.test/"):
        assert on_https(HTTPS, same) == same
    assert on_https(HTTP, f"{HTTP}vehicle/") == f"{HTTP}vehicle/"
