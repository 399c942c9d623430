"""What mails, word processors and Notepad do to `.env`: found before a login with a wrong password."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from dotenv.parser import parse_stream

from jdp.exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from dotenv.parser import Binding

# Marks that a mail makes of ' and ": typographic quotes of all countries, primes, accents that stand alone.
QUOTES = (
    "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a\u00ab\u00bb"
    "\u2032\u2033\u02b9\u02ba\u00b4\u0060\uff02\uff07"
)
MISNAMED = (".env.txt", "env", "env.txt", ".env.example.txt", ".env.env")


def read_env_file(path: Path, names: Collection[str]) -> dict[str, str | None]:
    """Return what the file sets; raises ConfigError, which quotes no value, for what nobody can have meant."""
    try:
        with path.open(encoding="utf-8") as file:
            lines = [line for line in parse_stream(file) if line.error or line.key is not None]
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no UTF-8 text ({error.reason}): save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): let this user read it") from None
    for line in lines:
        _check_line(path, line, names)
    return {line.key: line.value for line in lines if line.key is not None}


def _check_line(path: Path, line: Binding, names: Collection[str]) -> None:
    text = line.original.string.strip("\r\n")
    number = line.original.line + len(line.original.string) - len(line.original.string.lstrip("\r\n"))
    where = f"{path}, line {number}"
    if line.error or line.key is None:
        raise ConfigError(f"{where}: this is no NAME=value. Begin remarks with #, and put '...' around values")
    meant = re.sub("[^A-Z0-9_]", "", line.key.upper())
    if meant in names and line.key not in names:
        raise ConfigError(f"{where}: it sets {line.key!a}, which is no setting: write {meant}=")
    if line.key not in names or not line.value:
        return
    quoted = re.search(r"=\s*['\"]", text)
    if not quoted and (line.value[0] in QUOTES or line.value[-1] in QUOTES):
        raise ConfigError(f"{where}: {line.key} has typographic quotes ({_named(line.value)}): {_typed(line.key)}")
    check_value(f"{where}: {line.key}", line.key, line.value)


def check_value(what: str, name: str, value: str) -> None:
    """Refuse signs that cannot be seen, such as a mail's non-breaking spaces; raises ConfigError."""
    for sign in value:
        if not sign.isprintable() and sign != "\t":
            told = f"U+{ord(sign):04X}, {unicodedata.name(sign, 'a control character').lower()}"
            raise ConfigError(f"{what} holds a sign that cannot be seen ({told}): {_typed(name)}")


def check_environment(environ: Mapping[str, str], names: Collection[str]) -> None:
    """Refuse values of the environment that stand in typographic quotes; raises ConfigError."""
    for name in names:
        value = environ.get(name, "")
        if len(value) > 1 and value[0] in QUOTES and value[-1] in QUOTES:
            raise ConfigError(f"{name} has typographic quotes ({_named(value)}): {_typed(name)}")


def _named(value: str) -> str:
    sign = value[0] if value[0] in QUOTES else value[-1]
    return unicodedata.name(sign).lower()


def _typed(name: str) -> str:
    return f"type it anew in a plain text editor, as {name}='...'"


def misnamed(path: Path) -> Path | None:
    """Return the file that was meant to be `.env`, when that is not there: Windows hides how a name ends."""
    if path.name != ".env" or path.exists():
        return None
    return next((path.with_name(name) for name in MISNAMED if path.with_name(name).is_file()), None)
