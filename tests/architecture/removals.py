"""Every place of the program at which something is removed, found in its text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
APPS = ("documentation", "claims", "config")
_CALLS = {
    "delete",
    "adelete",
    "_raw_delete",
    "unlink",
    "rmtree",
    "rmdir",
    "delete_expired",
    "clear_expired",
    "flush_all",
}
"""Names of calls that remove rows, files or folders."""
_PLACES = "remove"
"""The call that removes a file from storage, of `places.here()` or of the `os`; lists have one of that name, too."""


def places_that_remove() -> Iterator[str]:
    """`file: function`, once for each function; methods are `Class.method`."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            name = path.relative_to(ROOT).as_posix()
            found = dict.fromkeys(_of(ast.parse(path.read_text(encoding="utf-8")), ""))
            yield from (f"{name}: {function}" for function in found)


def _of(node: ast.AST, inside: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        name = inside
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{inside}.{child.name}" if inside else child.name
        elif _removes(child):
            yield inside or "the module"
        yield from _of(child, name)


def _removes(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):  # also where it is handed on, such as to `atexit`
        whose = ast.unparse(node.value)
        return node.attr in _CALLS or (node.attr == _PLACES and (whose == "os" or "places" in whose))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.lstrip().upper().startswith(("DELETE FROM ", "TRUNCATE ", "DROP TABLE "))
    return False
