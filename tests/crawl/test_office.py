"""What an office's machine does to files: somebody has them open for a moment, and its drive cannot sync."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.helpers.crawls import crawl, running_portal

if TYPE_CHECKING:
    from pathlib import Path

# Runs in the crawl's process before anything else: each file is open elsewhere when it is to get its name.
SCANNER = """
import errno, os, stat

opened, replace, fsync = set(), os.replace, os.fsync

def held(source, target, **folders):
    if str(target) not in opened:
        opened.add(str(target))
        raise PermissionError(errno.EACCES, "it is being used by another process", str(source), None, str(target))
    return replace(source, target, **folders)

def no_folders(descriptor):
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        raise OSError(errno.EINVAL, "Invalid argument")
    fsync(descriptor)

os.replace, os.fsync = held, no_folders
"""


@pytest.mark.skipif(os.name == "nt", reason="folders are not synced there")
def test_files_that_are_open_elsewhere_on_a_drive_without_sync(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(SCANNER)
    with running_portal("--vehicles", 4) as portal:
        result = crawl(portal, tmp_path / "downloads", PYTHONPATH=tmp_path)
        assert result.matches(portal.sha256), result.output
    assert result.exit_status == 0, result.output
    assert result.output.count("cannot be synced (Invalid argument)") == 1
    assert "could not be written" not in result.output
