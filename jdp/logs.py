"""Log lines that do nothing to whoever reads them: the site's words stand in some of them."""

from __future__ import annotations

import logging


class HarmlessFormatter(logging.Formatter):
    """Escapes what is not ASCII or moves a terminal's cursor, and indents what a record says below its first line.

    So a text of the site's can neither write over other lines nor look like a record of its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        return "\n    ".join(_escaped(line) for line in super().format(record).split("\n"))


def _escaped(line: str) -> str:
    return "".join(sign if sign.isascii() and sign.isprintable() else ascii(sign)[1:-1] for sign in line)
