"""Reading a case from its folder: case.json and the images that it names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from claims.cases.problems import MISSING, NOTED, CaseError, Problem
from claims.cases.schema import Case, parse
from claims.cases.shape import Object

LARGEST_JSON = 4 * 1024 * 1024
LARGEST_IMAGE = 40 * 1024 * 1024
LARGEST_FOLDER = 400 * 1024 * 1024
"""Bytes of all images together."""


@dataclass(frozen=True)
class CaseFolder:
    """A case with the bytes of its images by file name; `sha256` covers both, whatever the spacing of the JSON."""

    case: Case
    files: Mapping[str, bytes]
    sha256: str


def read_folder(folder: Path) -> CaseFolder:
    """The case in a folder. Raises CaseError for everything that cannot be taken in."""
    data = read_json(folder / "case.json")
    case = parse(data)
    files = _read_files(case, folder)
    return CaseFolder(case, files, digest(data, files))


def digest(data: Any, files: Mapping[str, bytes]) -> str:
    """SHA-256 of the canonical JSON and of every file with its name."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    sums = [f"{name} {hashlib.sha256(content).hexdigest()}" for name, content in sorted(files.items())]
    return hashlib.sha256("\n".join([text, *sums]).encode("utf-8", "surrogatepass")).hexdigest()


def read_json(path: Path) -> Any:
    """The data of a JSON file. Raises CaseError with line and column where it is no JSON."""
    if not path.is_file():
        raise CaseError([Problem(path.name, MISSING, f"a folder with this file (looked in {path.parent})")])
    try:
        raw = _read_file(path, LARGEST_JSON)
    except _Unreadable as e:
        raise _refused(path.name, f"needed is {e}") from e
    try:
        return json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=Object,
            parse_float=_decimal,
            parse_int=lambda digits: int(digits) if len(digits) < 19 else _decimal(digits),
            parse_constant=_no_number,
        )
    except _Unreadable as e:
        raise _refused(path.name, str(e)) from e
    except UnicodeDecodeError as e:
        raise _refused(path.name, f"this is not text in UTF-8; look at byte {e.start + 1:,}") from e
    except json.JSONDecodeError as e:
        place = f"line {e.lineno}, column {e.colno}"
        raise _refused(path.name, f"this is not JSON; look at {place}: {e.msg[0].lower()}{e.msg[1:]}") from e
    except RecursionError as e:
        raise _refused(path.name, "its objects are nested too deeply") from e


class _Unreadable(Exception):
    """The message says what is allowed."""


def _refused(name: str, allowed: str) -> CaseError:
    return CaseError([Problem(name, NOTED, allowed)])


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except ArithmeticError as e:
        raise _Unreadable(f"{digits[:20]}… is no number that can be written out") from e


def _no_number(name: str) -> Any:
    raise _Unreadable(f"{name} is no number of JSON")


def _read_files(case: Case, folder: Path) -> dict[str, bytes]:
    problems, files = [], {}
    root = folder.resolve()
    for n, image in enumerate(case.encounter.images):
        path = (root / image.file).resolve()
        try:
            if not path.is_relative_to(root):
                raise _Unreadable("a file inside the case's folder")
            files[image.file] = _read_file(path, LARGEST_IMAGE)
            if sum(map(len, files.values())) > LARGEST_FOLDER:
                raise _Unreadable(f"images of at most {LARGEST_FOLDER // 2**20} MiB together")
        except _Unreadable as e:
            problems.append(Problem(f"encounter.images[{n}].file", image.file, str(e)))
    if problems:
        raise CaseError(problems)
    return files


def _read_file(path: Path, most: int) -> bytes:
    try:
        if not path.is_file():
            raise _Unreadable("a file that exists in the case's folder")
        if path.stat().st_size > most:
            raise _Unreadable(f"a file of at most {most // 2**20} MiB")
        return path.read_bytes()
    except OSError as e:
        raise _Unreadable(f"a file that can be read ({e.strerror or 'it cannot'})") from e
    except ValueError as e:
        raise _Unreadable("the name of a file") from e
