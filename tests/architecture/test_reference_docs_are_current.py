"""The reference pages are what the program says today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.management import call_command

from claims import rules as claim_rules
from claims.management.commands import reference_docs
from documentation import rules as record_rules

ROOT = Path(project.BASE_DIR)
PAGES = reference_docs.pages(ROOT)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_page_is_current(path: Path) -> None:
    assert path.exists(), f"{path.name} is missing: run `make docs`"
    assert path.read_text(encoding="utf-8") == PAGES[path], f"{path.name} is out of date: run `make docs`"


def test_every_rule_has_its_line() -> None:
    page = reference_docs.rules_page()
    for rule in (*record_rules.CATALOGUE, *claim_rules.CATALOGUE):
        assert page.count(f"**{rule.id}** {rule.title}") == 1
        assert rule.message in page


def test_a_changed_rule_makes_the_page_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_rules, "CATALOGUE", record_rules.CATALOGUE[1:])
    assert reference_docs.rules_page() != PAGES[ROOT / "docs" / "reference" / "rules.md"]


def test_every_variable_of_the_example_has_its_line() -> None:
    page = reference_docs.settings_page("# First line\n# and second.\nA=1\nB=\n\n# Third.\nC=x|y\n")
    assert "| `A` | `1` | First line and second. |" in page
    assert "| `B` |  | as above |" in page
    assert "| `C` | `x\\|y` | Third. |" in page


def test_the_command_writes_the_pages(tmp_path: Path, settings: Any) -> None:
    (tmp_path / ".env.example").write_text("# One.\nONE=1\n", encoding="utf-8")
    settings.BASE_DIR = tmp_path
    call_command("reference_docs", verbosity=0)
    written = {p.name for p in (tmp_path / "docs" / "reference").iterdir()}
    expected = "record rules conditions answers states permissions access settings".split()
    assert written == {f"{name}.md" for name in expected}
