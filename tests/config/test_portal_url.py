"""PORTAL_URL as people give it."""

from __future__ import annotations

import pytest

from jdp.config.portal_url import portal_base
from jdp.exceptions import ConfigError

BASE = "https://portal.test/ValuesOnline/"


@pytest.mark.parametrize(
    "given",
    [
        BASE,
        "https://portal.test/ValuesOnline",
        "https://portal.test",
        "https://PORTAL.test:443/",
        " https://portal.test/valuesonline/ ",
        "https://portal.test/ValuesOnline/vehicle/",
        "https://portal.test/valuesonline/Vehicle/details?id=9001#top",
        "https://portal.test/ValuesOnline/Home/LicenseAgreement?ReturnUrl=%2FValuesOnline%2F",
        "https://portal.test/Home/LicenseAgreement?ReturnUrl=/",
        "https://dealer:word@portal.test/ValuesOnline/",
    ],
)
def test_base_of_the_address_that_was_given(given: str) -> None:
    assert portal_base(given) == BASE


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("http://portal.test:8080/jd/ValuesOnline/vehicle/", "http://portal.test:8080/jd/ValuesOnline/"),
        ("https://portal.test/values/vehicle/", "https://portal.test/values/"),
        ("http://[::1]:8080/", "http://[::1]:8080/ValuesOnline/"),
        ("https://b\u00fccher.test/", "https://xn--bcher-kva.test/ValuesOnline/"),
    ],
)
def test_base_elsewhere(given: str, base: str) -> None:
    assert portal_base(given) == base


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("portal.test", BASE),
        ("portal.test/ValuesOnline/vehicle/", BASE),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/ValuesOnline/"),
        ("<https://portal.test/>", BASE),
        ("https://portal.test/ <https://portal.test/>", BASE),
        ("\u201chttps://portal.test/\u201d", BASE),
    ],
)
def test_line_that_may_be_meant(given: str, meant: str) -> None:
    with pytest.raises(ConfigError, match="is not an http") as caught:
        portal_base(given)
    assert f"PORTAL_URL={meant} ?" in str(caught.value)


@pytest.mark.parametrize("given", ["", "no address", "ftp://portal.test/", "http://[portal/", "http://portal.test:0/"])
def test_no_address(given: str) -> None:
    with pytest.raises(ConfigError, match="is not an http") as caught:
        portal_base(given)
    assert "Is it" not in str(caught.value)
