"""Which run folder a JOBDIR works on: the one it began, found again where its own file does not tell, or a new one."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from jdp.runs.ledger import LEDGER, read_facts

if TYPE_CHECKING:
    from jdp.config.arguments import Arguments
    from jdp.config.config import Config
    from jdp.runs.jobdir import JobDir, Record


def new_folder(base: Path) -> Path:
    """Make `<base>/2026-11-23`, or `2026-11-23 (2)` and so on: never one that is there already."""
    today = dt.datetime.now().astimezone().date().isoformat()
    number = 1
    while True:
        folder = base / (today if number == 1 else f"{today} ({number})")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return folder


def folder_of(job: JobDir, config: Config, arguments: Arguments) -> Path:
    """Return the run folder that a JOBDIR belongs to, found where its own file does not tell; else a new one."""
    record = job.record
    if arguments.refresh and not _goes_on(record, arguments):
        return new_folder(config.download_folder)
    if record is not None and Path(record.folder).is_dir():
        return Path(record.folder)
    if job.folder.parent.name == "run_data":
        return job.folder.parent.parent
    found = [
        path
        for path in config.download_folder.glob(f"*/run_data/{LEDGER}")
        if read_facts(path).get("job") == str(job.folder)
    ]
    if found:
        return max(found, key=lambda path: path.stat().st_mtime).parent.parent
    return new_folder(config.download_folder)


def _goes_on(record: Record | None, arguments: Arguments) -> bool:
    """Tell whether the last run was this very one and has not come to its end."""
    return record is not None and not record.finished and record.arguments == arguments_of(arguments)


def arguments_of(arguments: Arguments) -> dict[str, object]:
    """Return the arguments as job.json holds them."""
    plain: dict[str, object] = json.loads(json.dumps(asdict(arguments)))
    del plain["learn_anew"]  # it changes how, not what
    return plain
