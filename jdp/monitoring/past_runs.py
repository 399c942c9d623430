"""What earlier runs came to, by the metrics.json that they left."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

METRICS = "run_data/metrics.json"
MOST = 30  # files that are looked into


def past_metrics(folders: Iterable[Path], account: str) -> Iterator[dict[str, Any]]:
    """Yield what runs of the account came to, the newest first; files that cannot be read are passed over."""
    found = [(path.stat().st_mtime, path) for path in (folder / METRICS for folder in folders) if path.is_file()]
    for _, path in sorted(found, reverse=True)[:MOST]:
        try:
            metrics = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(metrics, dict) and metrics.get("account") == account:
            yield metrics


def run_folders(base: Path) -> list[Path]:
    """Return the run folders below DOWNLOAD_FOLDER."""
    return [path for path in base.iterdir() if path.is_dir()] if base.is_dir() else []
