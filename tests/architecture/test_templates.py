"""What every template keeps to: it compiles, obeys the content security policy, and says what it takes."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.html"))
COMPONENTS = [name for name in TEMPLATES if name.startswith("components/")]

FORBIDDEN = {
    "an inline style": re.compile(r"<style\b|\sstyle\s*="),
    "an inline script": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)"),
    "an event attribute": re.compile(r"\son[a-z]+\s*=\s*[\"']"),
    "an address outside": re.compile(r"(?:src|href|action)=[\"'](?:https?:)?//"),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_compiles(name: str) -> None:
    get_template(name)


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_obeys_the_content_security_policy(name: str) -> None:
    text = (ROOT / name).read_text()
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_says_what_it_takes(name: str) -> None:
    assert (ROOT / name).read_text().startswith("{% comment %}")
