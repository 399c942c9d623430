"""An eye on the folder of final names while a crawl runs."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path


class Watch(threading.Thread):
    """Looks at the folder of final names all the time: whatever stands there must be a right report."""

    def __init__(self, folder: Path, right: set[str]) -> None:
        super().__init__(daemon=True)
        self.folder, self.right = folder, right
        self.seen: set[Path] = set()
        self.wrong: list[Path] = []
        self.done = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.join()

    def run(self) -> None:
        while not self.done.wait(0.02):
            for path in self.folder.glob("*/pdfs/*.pdf"):
                if path not in self.seen:
                    self.seen.add(path)
                    if hashlib.sha256(path.read_bytes()).hexdigest() not in self.right:
                        self.wrong.append(path)
