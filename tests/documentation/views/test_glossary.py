"""The words of the field, where they stand and on one page."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.template import Context, Template

from documentation.kernel.glossary import beginning, term, terms
from documentation.kernel.permissions import Role
from tests import factories as f
from tests.documentation.views.conftest import LogIn

USED = re.compile(r'{% term "([^"]+)" %}')


def test_every_word_has_one_meaning_and_one_place() -> None:
    words = [word.casefold() for one in terms() for word in one.words]
    assert sorted(w for w in set(words) if words.count(w) > 1) == []
    assert len({one.anchor for one in terms()}) == len(terms()) > 70
    assert not any("|" in one.means or "*" in one.means for one in terms())
    assert [one.title for one in beginning(["cob"])] == ["COB"]
    assert beginning([]) == []


def test_a_word_that_stands_on_a_page_is_in_the_glossary_and_says_it_there() -> None:
    pages = {p: USED.findall(p.read_text(encoding="utf-8")) for p in (settings.BASE_DIR / "templates").rglob("*.html")}
    used = [word for words in pages.values() for word in words]
    assert len(used) > 5
    assert all(term(word).means for word in used)
    twice = {p.name for p, words in pages.items() if len({term(w).anchor for w in words}) < len(words)}
    assert twice == set(), "one place has one name"
    shown = Template('{% load ui %}{% term "level" %}').render(Context())
    assert 'popovertarget="term-appeal"' in shown
    assert 'aria-label="What “level” means"' in shown


@pytest.mark.django_db
def test_one_page_has_all_of_them_for_everybody(log_in: LogIn) -> None:
    page = log_in(f.user(role=Role.ADMINISTRATOR)).get("/words/").content.decode()
    assert all(f'id="{one.anchor}"' in page for one in terms())
    assert "Coordination of benefits between coverages." in page
