"""Templates and static files, read once; what is renamed in them is renamed in all of them."""

import mimetypes
import re
from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable

from jinja2 import DictLoader, Environment


class Pages:
    """Renders the pages and holds the static files."""

    def __init__(self, renamed: Sequence[str]) -> None:
        self.names = dict(text.split("=", 1) for text in renamed)
        folder = files("demo_portal")
        templates = {path.name: path.read_text("utf-8") for path in (folder / "templates").iterdir()}
        self.environment = Environment(loader=DictLoader(templates), autoescape=True, trim_blocks=True)
        self.static = {name: self._static(path) for name, path in _walk(folder / "static", "")}

    def render(self, name: str, **values: object) -> str:
        """Return the page's HTML."""
        return self.rename(self.environment.get_template(name).render(values))

    def rename(self, text: str) -> str:
        """Replace every changed name where it stands as a whole word."""
        for name, value in self.names.items():
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", value.replace("\\", r"\\"), text)
        return text

    def _static(self, path: Traversable) -> tuple[bytes, str]:
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        if path.name.endswith((".css", ".js")):
            # Not guessed, as Windows' registry may call a script text/plain.
            kind = "text/css" if path.name.endswith(".css") else "text/javascript"
            return self.rename(path.read_text("utf-8")).encode(), kind
        return path.read_bytes(), kind


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found = []
    for path in folder.iterdir():
        found += _walk(path, f"{prefix}{path.name}/") if path.is_dir() else [(prefix + path.name, path)]
    return found
