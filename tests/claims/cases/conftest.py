"""The reference case, to be changed at will."""

import json
import shutil
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from claims.cases import CaseFolder, read_folder
from claims.demo import SEED
from claims.services.case_loading import Loaded, load
from claims.services.cast import cast_of
from claims.services.demo_practice import make_sure

Data = dict[str, Any]
AT = datetime(2026, 11, 10, 18, tzinfo=UTC)
REFERENCE: Data = json.loads((SEED / "case.json").read_text(encoding="utf-8"))


@pytest.fixture
def case() -> Data:
    """The data of the reference case, a copy for each test."""
    return deepcopy(REFERENCE)


@pytest.fixture
def folder_of(tmp_path: Path) -> Callable[[Data], Path]:
    """Writes a case beside the images of the reference case."""

    def write(data: Data) -> Path:
        folder = tmp_path / f"case{len(list(tmp_path.iterdir()))}"
        shutil.copytree(SEED, folder)
        (folder / "case.json").write_text(json.dumps(data), encoding="utf-8")
        return folder

    return write


@pytest.fixture
def take_in(db: None, folder_of: Callable[[Data], Path]) -> Callable[..., Loaded]:
    """Loads a case into the demo practice, as the command does."""

    def take(data: Data, at: datetime = AT) -> Loaded:
        make_sure(at=at)
        folder: CaseFolder = read_folder(folder_of(data))
        return load(folder, by=cast_of(()), at=at)

    return take
