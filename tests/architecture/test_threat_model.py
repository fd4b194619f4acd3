"""The threat model: every row that is in scope stands there, in our words, with tests that are there and run."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TEXT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")

IN_SCOPE = [f"5.{n}" for n in (*range(1, 7), *range(8, 48), *range(49, 71))]
"""What is missing between them belongs to other parts of the work, or comes after the first release."""

ROW = re.compile(r"^### (5\.\d+) (.+)$")
TEST = re.compile(r"^- `(tests/[\w/]+\.py)::(\w+)`$")


def rows(text: str) -> dict[str, list[str]]:
    """The lines of each row by its number."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if row := ROW.match(line):
            assert row[1] not in found, f"{row[1]} stands twice"
            lines = found[row[1]] = []
        elif line.startswith("#"):
            lines = []
        else:
            lines.append(line)
    return found


def proofs_of(lines: list[str]) -> list[tuple[str, str]]:
    return [(t[1], t[2]) for line in lines if (t := TEST.match(line))]


ROWS = rows(TEXT)
NAMED = sorted({test for lines in ROWS.values() for test in proofs_of(lines)})


def test_every_row_in_scope_stands_there_in_its_order() -> None:
    assert list(ROWS) == IN_SCOPE


@pytest.mark.parametrize("number", IN_SCOPE)
def test_a_row_says_the_abuse_what_stands_against_it_and_which_tests_prove_it(number: str) -> None:
    lines = ROWS[number]
    assert len([line for line in lines if line.startswith("*Abuse.* ")]) == 1
    assert len([line for line in lines if line.startswith("*Against it.* ")]) == 1
    listed = [line for line in lines if line.startswith("- ")]
    assert listed, "no test proves it"
    assert len(set(listed)) == len(proofs_of(lines)), "a line names no test, or one twice"


def problem_of(path: str, name: str) -> str:
    """What is wrong with a test that is named: nothing where it is there and pytest collects it."""
    file = ROOT / path
    if not file.exists():
        return "its file is not there"
    if not file.name.startswith("test_") or not name.startswith("test_"):
        return "pytest does not collect it"
    text = file.read_text(encoding="utf-8")
    found = re.search(rf"^(?:    )?def {name}\(", text, re.MULTILINE)
    if not found:
        return "it is not there"
    before = text[: found.start()].rsplit("\n\n", 1)[-1]
    if "mark.skip" in before or "xfail" in before or re.search(r"^pytestmark = .*skip", text, re.MULTILINE):
        return "it is skipped"
    return ""


def test_every_test_that_is_named_is_there_and_is_collected() -> None:
    assert len(NAMED) > 100
    assert {f"{path}::{name}": said for path, name in NAMED if (said := problem_of(path, name))} == {}


def test_what_is_wrong_is_found() -> None:
    """The checks above can fail."""
    assert rows("### 5.1 A\na\n## Other\nb\n### 5.2 B\n- `tests/a.py::test_b`\n") == {
        "5.1": ["a"],
        "5.2": ["- `tests/a.py::test_b`"],
    }
    here = "tests/architecture/test_threat_model.py"
    assert problem_of(here, "test_what_is_wrong_is_found") == ""
    assert problem_of(here, "test_of_nothing") == "it is not there"
    assert problem_of("tests/architecture/test_none.py", "test_a") == "its file is not there"
    assert problem_of("tests/factories.py", "patient") == "pytest does not collect it"
