"""Folders of documents whose process was killed: they hold patient data, so the next document takes them away."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

PREFIX = "ductus-print-"
OLD = 3600.0
"""Seconds after which a folder cannot be in use: a document has a minute."""
_NAME = re.compile(rf"{PREFIX}(?P<owner>[0-9]+)-")


def folder_name() -> str:
    """How the folder of a document begins whose process is this one."""
    return f"{PREFIX}{os.getpid()}-"


def sweep(newest: Path) -> None:
    """Remove the folders beside the newest one that are much older and whose process is gone.

    Links are never followed, what belongs to other users stays, and what cannot be removed is left to the next time.
    """
    now = newest.stat().st_mtime
    for folder in newest.parent.glob(f"{PREFIX}*"):
        try:
            is_ours = folder.lstat().st_uid == os.getuid() and folder.is_dir() and not folder.is_symlink()
            if is_ours and now - folder.lstat().st_mtime > OLD and not _is_at_work(folder.name):
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:  # Another process was quicker.
            continue


def _is_at_work(name: str) -> bool:
    """Whether the process that made the folder still runs; another one that got its number since counts, too."""
    found = _NAME.match(name)
    if not found or int(found["owner"]) == os.getpid():
        return False  # This process makes one document at a time, and each has a minute.
    try:
        os.kill(int(found["owner"]), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
