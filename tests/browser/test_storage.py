"""A browser keeps nothing of ours: whoever sits down at it afterwards finds no name, no note and no address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from documentation.kernel.permissions import Role
from tests import factories, leaks

KEPT = """async () => ({
  local: Object.entries(localStorage),
  session: Object.entries(sessionStorage),
  databases: (await indexedDB.databases()).map((d) => d.name),
  caches: await caches.keys(),
  workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""
NOTHING: dict[str, Any] = {"local": [], "session": [], "databases": [], "caches": [], "workers": 0}


def test_after_a_road_through_the_record_and_the_claim_nothing_is_kept(
    people: dict[Role, Any], open_as: Callable[..., Page]
) -> None:
    draft = factories.drafted(treating=people[Role.CLINICIAN].clinician)
    claim = factories.claim_at(encounter=factories.signed_encounter(treating=people[Role.CLINICIAN].clinician))
    for role, paths in {
        Role.CLINICIAN: (f"/encounters/{draft.number}/", f"/patients/P{draft.patient_id:06d}/", "/patients/"),
        Role.BILLER: (f"/claims/{claim.number}/", "/worklist/"),
    }.items():
        page = open_as(people[role])
        for path in paths:
            page.goto(path)
            expect(page.locator("h1").first).to_be_visible()
            assert page.evaluate(KEPT) == NOTHING, path


def test_what_a_page_stores_is_heard(people: dict[Role, Any], open_as: Callable[..., Page], heard: Any) -> None:
    """The ear of every browser test can hear: each kind of storage is a complaint."""
    page = open_as(people[Role.BILLER])
    page.goto("/worklist/")
    page.evaluate("""() => {
      localStorage.setItem("draft", "Alex Doe");
      sessionStorage.setItem("last", "1");
      localStorage.name = "Alex Doe";
      indexedDB.open("notes");
      return caches.open("pages");
    }""")
    assert sorted(heard.complaints) == [
        f"The browser was to keep {key}." for key in ("draft", "last", "name", "notes", "pages")
    ]
    heard.complaints.clear()
    leaks.of_person("Alex", "Doe", None)
    assert leaks.found() == [
        f"browser storage holds a patient's name: stored: {key}=Alex Doe" for key in ("draft", "name")
    ]
