"""Files on a pipe: a line of JSON that names them with their sizes, then one after the other."""

from __future__ import annotations

import json
from typing import Any, BinaryIO


def read(stream: BinaryIO) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The head and the files behind it."""
    head = json.loads(stream.readline())
    return head, {name: stream.read(size) for name, size in head.get("files", ())}


def write(stream: BinaryIO, head: dict[str, Any], files: dict[str, bytes]) -> None:
    listed = {**head, "files": [[name, len(content)] for name, content in files.items()]}
    stream.write(json.dumps(listed, ensure_ascii=True).encode() + b"\n")
    for content in files.values():
        stream.write(content)
    stream.flush()
