"""What the pages for people name is there: files, make targets, commands, tests, users."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from claims.services.demo_practice import PEOPLE

ROOT = Path(settings.BASE_DIR)
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TOP = {path.name for path in ROOT.iterdir()}

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]+`|^    [^\n]+$", re.MULTILINE | re.DOTALL)
TARGET = re.compile(r"\bmake ([a-z][a-z-]*)")
COMMAND = re.compile(r"manage\.py ([a-z_0-9]+)")
PLACE = re.compile(r"(?<![\w/.:-])((?:[\w.-]+/)*[\w.*-]+(?:/|\.[a-z]+)?)(?:::(\w+))?")


def code_of(text: str) -> list[str]:
    """What a page prints as code: spans, fences without pictures, indented lines."""
    return [c.strip("`") for c in CODE.findall(text) if not c.startswith("```mermaid")]


def anchors(text: str) -> set[str]:
    """The names under which headings of a page can be linked to."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path, text: str) -> list[str]:
    broken = []
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    return broken


def unknown_targets(text: str) -> set[str]:
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    return {name for code in code_of(text) for name in TARGET.findall(code)} - known


def unknown_commands(text: str) -> set[str]:
    return {name for code in code_of(text) for name in COMMAND.findall(code)} - set(get_commands())


def missing_places(text: str) -> list[str]:
    """Paths of the project that a page names as code and that are not there, and tests that their file has not."""
    missing = []
    for code in code_of(text):
        for path, test in PLACE.findall(code):
            if "/" not in path or path.split("/")[0] not in TOP - {"media", "staticfiles", ".venv"}:
                continue
            found = list(ROOT.glob(path.rstrip("/")))
            if not found or (test and f"def {test}(" not in found[0].read_text(encoding="utf-8")):
                missing.append(f"{path}::{test}" if test else path)
    return missing


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
class TestEachPage:
    def test_every_link_leads_to_a_file(self, path: Path) -> None:
        assert broken_links(path, path.read_text(encoding="utf-8")) == []

    def test_every_make_target_exists(self, path: Path) -> None:
        assert unknown_targets(path.read_text(encoding="utf-8")) == set()

    def test_every_command_exists(self, path: Path) -> None:
        assert unknown_commands(path.read_text(encoding="utf-8")) == set()

    def test_every_path_and_every_test_that_is_named_exists(self, path: Path) -> None:
        assert missing_places(path.read_text(encoding="utf-8")) == []


def test_the_commands_of_the_readme_exist_and_are_all_of_ours() -> None:
    """A table of the README lists them, without those that other pages and `make` explain."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Commands")[2].partition("## In earnest")[0]
    listed = set(re.findall(r"^\| `([a-z_0-9]+)", table, re.MULTILINE))
    ours = {name for name, app in get_commands().items() if app in {"claims", "documentation", "config"}}
    assert listed == ours - {"reference_docs", "dependencies", "serve"}


def test_the_menu_and_the_contributors_know_the_same_targets() -> None:
    menu = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    table = set(
        re.findall(r"^\| `make ([a-z-]+)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert table == menu - {"menu", "setup"}


def test_the_readme_names_the_users_of_the_demo_practice() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Who logs in")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == [person[0] for person in PEOPLE]
    assert settings.DEMO_PASSWORD not in readme


def test_the_decisions_are_numbered_without_a_gap_and_say_their_three_parts() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], path.name


def test_what_is_not_there_is_found() -> None:
    """The checks above can fail."""
    page = ROOT / "README.md"
    assert broken_links(page, "[a](docs/none.md) [b](README.md#no-such) [c](https://example.org) ![d](docs)") == [
        "docs/none.md",
        "README.md#no-such",
    ]
    assert unknown_targets("`make coffee`, `make run`; we make claims\n\n    make tea\n") == {"coffee", "tea"}
    assert unknown_commands("`manage.py brew`, `manage.py demo`") == {"brew"}
    assert missing_places("`docs/none.md`, `tests/browser/`, `tests/factories.py::nobody`, `a/b`, `*.md`") == [
        "docs/none.md",
        "tests/factories.py::nobody",
    ]
