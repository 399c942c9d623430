"""Scrubs what stands in a page by its kind: texts and names (texts.py), addresses, scripts, style sheets, JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, unquote_plus, urlsplit

from jdp.recording.texts import BLACK, LONG_NUMBER, SHORTEST_NAME, TOKEN, Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jdp.recording.pseudonyms import Pseudonyms

ADDRESS = re.compile(r"(https?:)?/[\w./?%-]|\?[\w]+=", re.IGNORECASE)
CODE = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/|<!--.*?(?:-->|$))"""
    r"""|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)"""
    r"""|(?P<other>[^"'`/<]+|.)""",
    re.DOTALL,
)
IDENTIFIER = re.compile(r"[#.]?[A-Za-z_$][\w$.:#-]*")
STYLE_LEFT_OUT = re.compile(r"/\*.*?\*/|url\([^)]*\)", re.DOTALL)
LONGEST = 200_000  # characters of a script or a style sheet
MARKUP = re.compile(r"<[a-z!]", re.IGNORECASE)


class Scrubber(Texts):
    """Replaces what may be somebody's, in strings of every kind."""

    def __init__(self, secrets: Iterable[str], own: Iterable[str], origin: str, pseudonyms: Pseudonyms) -> None:
        super().__init__(secrets, own, pseudonyms)
        self.origin = origin
        self._kinds: dict[str, Callable[[str], str]] = {
            "text": self.text,
            "label": self.label,
            "header": self.header,
            "hint": self.hint,
            "cell": self.cell,
            "value": self.value,
            "pager": self.pager,
            "name": self.name,
            "address": self.address,
            "fields": self.fields,
            "code": self.code,
            "style": self.style,
            "json": self.json,
            "black": lambda _: BLACK,
        }

    def scrub(self, kind: str, string: str) -> str:
        """Return a string without what may be somebody's."""
        return self._kinds[kind](self._blackened(string[:LONGEST]))

    def address(self, string: str) -> str:
        """Keep paths and the names of fields; the portal's own addresses begin with their path."""
        string = string.strip()
        if re.match("javascript:", string, re.IGNORECASE):
            return "javascript:" + self.code(string.partition(":")[2])
        if re.match("(data|blob):", string, re.IGNORECASE):
            return string.partition(":")[0] + ":,"
        try:
            parts = urlsplit(string.removeprefix(self.origin))
        except ValueError:
            return self.value(string)
        host = f"{parts.scheme + ':' if parts.scheme else ''}//{self.text(parts.netloc)}" if parts.netloc else ""
        if parts.scheme and not parts.netloc:  # mailto:, tel:
            return f"{parts.scheme}:{self.value(string.partition(':')[2])}"
        path = "/".join(self._segment(each) for each in parts.path.split("/"))
        query = f"?{self.fields(parts.query)}" if "?" in string else ""
        return host + path + query + (f"#{self.name(parts.fragment)}" if parts.fragment else "")

    def _segment(self, segment: str) -> str:
        return quote(self.name(unquote(segment)), safe="~!$&'()*+,;=:@")

    def fields(self, query: str) -> str:
        """Keep the names of fields; their values as far as they are said to everybody."""
        return "&".join(self._field(*field.partition("=")) for field in query.split("&"))

    def _field(self, name: str, equals: str, value: str) -> str:
        plain = unquote_plus(value)
        made = self.address(plain) if ADDRESS.match(plain) else self.text(plain, numbers=len(plain) >= SHORTEST_NAME)
        return quote(self.name(unquote_plus(name)), safe="[]") + equals + quote(made, safe="/*")

    # Code

    def code(self, string: str) -> str:
        """Keep a script's words and addresses; its comments are left out."""
        outside = "".join(found["other"] or " " for found in CODE.finditer(string))
        used = set(re.findall(r"[A-Za-z_$][\w$]*", outside))

        def replaced(found: re.Match[str]) -> str:
            if found["comment"] is not None:
                return "/* a comment */" if found[0].startswith("/*") else ""
            if found["text"] is None:
                return self.name(found[0])
            return found[0][0] + self._literal(found[0][1:-1], used) + found[0][-1]

        return CODE.sub(replaced, string)

    def _literal(self, string: str, used: set[str]) -> str:
        if ADDRESS.match(string):
            return self.address(string)
        bare = string.lstrip("#.")
        if IDENTIFIER.fullmatch(string) and (bare in used or bare in self.identifiers):
            return self.name(string)
        return self.text(string)

    def style(self, string: str) -> str:
        """Keep CSS, but for names that are somebody's and what it loads."""
        return TOKEN.sub(
            lambda found: (
                self._token(found[0]) if found[0].lower() in self.names or found[0] in self._tokens else found[0]
            ),
            STYLE_LEFT_OUT.sub("", string),
        )

    def json(self, string: str) -> str:
        """Keep the names of JSON's fields, and what of their values is said to everybody."""
        try:
            return json.dumps(self.data(json.loads(string)))
        except ValueError:
            return self.code(string)

    def data(self, data: Any) -> Any:
        """Scrub what JSON holds."""
        if isinstance(data, dict):
            return {self.name(self._blackened(name)): self.data(value) for name, value in data.items()}
        if isinstance(data, list):
            return [self.data(value) for value in data]
        if isinstance(data, str):
            if MARKUP.search(data):
                return f"HTML of {len(data)} characters"
            text = self._blackened(data)
            return self.address(text) if ADDRESS.match(text) else self.text(text, numbers=True)
        if isinstance(data, bool) or data is None or len(re.sub("[^0-9]", "", str(data))) < LONG_NUMBER:
            return data
        return json.loads(re.sub("[0-9]+", lambda found: self._token(found[0]), str(data).partition("e")[0]))
