"""Status fields are written in one place: services/transitions.py."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATUS_FIELDS = {"status", "preparation", "transport", "adjudication", "closing"}
WRITER = ROOT / "documentation/services/transitions.py"
FILES = sorted(
    p for app in ("documentation", "claims") for p in (ROOT / app).rglob("*.py") if "migrations" not in p.parts
)


def status_writes(source: str) -> list[int]:
    """Lines on which a status field is assigned, or passed to update()."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        targets = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets = [node.target]
        for target in targets:
            parts = target.elts if isinstance(target, ast.Tuple) else [target]
            lines += [p.lineno for p in parts if isinstance(p, ast.Attribute) and p.attr in STATUS_FIELDS]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
            lines += [node.lineno for k in node.keywords if k.arg in STATUS_FIELDS]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
            name = node.args[1]
            if isinstance(name, ast.Constant) and name.value in STATUS_FIELDS:
                lines.append(node.lineno)
    return lines


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_other_module_writes_a_status(path):
    relative = str(path.relative_to(ROOT))
    if path == WRITER:
        return
    assert status_writes(path.read_text()) == [], f"{relative} writes a status; use perform()"


@pytest.mark.parametrize(
    "source",
    [
        "claim.status = 'paid'",
        "a, claim.preparation = 1, 'ready'",
        "Claim.objects.filter(pk=1).update(transport='sent')",
        "setattr(claim, 'closing', 'closed')",
    ],
)
def test_the_check_sees_a_write(source):
    assert status_writes(source) == [1]
