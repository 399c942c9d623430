"""Which requests are the same one."""

from __future__ import annotations

import pickle

from scrapy import Request

from jdp.fingerprints import IDENTITY, IdentityFingerprinter

GRID = "http://portal.test/ValuesOnline/vehicle/"


def fingerprint(url: str, *identity: str, **kwargs: object) -> bytes:
    meta = {IDENTITY: identity} if identity else {}
    return IdentityFingerprinter().fingerprint(Request(url, meta=meta, **kwargs))


def test_identity_apart_at_one_address() -> None:
    assert fingerprint(GRID, "dealer", "165530") != fingerprint(GRID, "dealer", "165531")


def test_identity_apart_for_two_accounts() -> None:
    assert fingerprint(GRID, "north", "165530") != fingerprint(GRID, "south", "165530")


def test_identity_same_at_another_address() -> None:
    assert fingerprint(GRID, "dealer", "165530") == fingerprint(GRID + "?id=7", "dealer", "165530")


def test_identity_parts_do_not_run_together() -> None:
    assert fingerprint(GRID, "dealer1", "65530") != fingerprint(GRID, "dealer", "165530")


def test_identity_same_after_the_queue() -> None:
    request = Request(GRID, meta={IDENTITY: ("dealer", "16\u00e9 5")})
    back = pickle.loads(pickle.dumps(request.to_dict()))  # noqa: S301 - our own bytes
    again = Request(back["url"], meta=back["meta"])
    assert IdentityFingerprinter().fingerprint(request) == IdentityFingerprinter().fingerprint(again)


def test_no_identity_counts_the_address() -> None:
    assert fingerprint(GRID) == fingerprint(GRID)
    assert fingerprint(GRID) != fingerprint(GRID + "?id=7")
    assert fingerprint(GRID) != fingerprint(GRID, method="POST")
