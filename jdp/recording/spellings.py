"""How a value may be written: as it is, escaped for addresses, HTML and scripts, in base64 or in hex."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

LEAST = 5  # characters; shorter ones stand anywhere by chance
GROUP = 3  # bytes that base64 takes at once


def spellings(value: str) -> set[str]:
    """Return every usual way to write a value."""
    written = value.encode("utf-8", "replace")
    plain = {value, value.lower(), value.upper()}
    ways = {html.escape(value), quote(value), quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]}
    ways |= {written.hex(), written.hex().upper()} | _base64(written)
    return {way for way in plain | ways if len(way) >= LEAST}


def _base64(written: bytes) -> set[str]:
    """Return what base64 makes of a value wherever it stands in a longer one."""
    found = set()
    for offset in range(GROUP):
        made = base64.b64encode(bytes(offset) + written)
        # What its neighbours have a part in is left out: the first signs after an offset, the last ones.
        first = (0, 2, 3)[offset]
        inner = made[first : (offset + len(written)) * 8 // 6].decode()
        found |= {inner, inner.replace("+", "-").replace("/", "_")}
    return {way for way in found if len(way) >= LEAST}
