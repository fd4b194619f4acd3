"""Hostile words in every text of every row: no page of any role takes one for anything but text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.apps import apps
from playwright.sync_api import Dialog, Error, Page

from documentation.kernel.permissions import Role
from documentation.views.addresses import addresses
from tests import factories
from tests.assurance import record
from tests.browser.conftest import Heard
from tests.browser.rooms import CHOSEN, SHOWN, Practice, filled, furnish
from tests.hostile.words import WORDS, one_line, planted
from tests.leaks import forget

OPEN = Callable[..., Page]
TABLES = [m for app in ("documentation", "claims") for m in apps.get_app_config(app).get_models()]

NOT_OURS = r"""(root) => {
  const found = [], links = ["href", "src", "action", "formaction", "data", "poster", "srcset", "xlink:href"];
  const own = (value) => {
    try { const to = new URL(value, location.href);
          return to.origin === location.origin || (["blob:", "tel:", "mailto:"].includes(to.protocol))
            || value.startsWith("data:image/"); } catch { return false; }
  };
  for (const e of root.querySelectorAll("*")) {
    const name = e.localName;
    if (["iframe", "object", "embed", "base", "frame", "applet", "marquee", "style"].includes(name)) found.push(name);
    if (name === "script" && !e.src && e.type !== "application/json") found.push("script");
    if (name === "meta" && e.httpEquiv) found.push("meta " + e.httpEquiv);
    for (const a of e.attributes) {
      if (/^on/i.test(a.name)) found.push(`${name} ${a.name}`);
      if (links.includes(a.name) && !own(a.value)) found.push(`${name} ${a.name}=${a.value}`);
    }
  }
  return found;
}"""
"""Elements and attributes that no template of ours writes, but a hostile word would."""

LOOKED = r"""() => {
  const said = [document.documentElement.textContent];
  for (const e of document.querySelectorAll("*")) {
    for (const a of e.attributes) if (a.value.length > 3) said.push(a.value);
    if (e.matches("input, textarea") && e.value) said.push(e.value);
  }
  return [(NOT_OURS)(document), said.join("\n").replace(/\s+/g, " ")];
}""".replace("NOT_OURS", NOT_OURS)
"""What is not ours on a page, and all that it says, at one moment."""


NOT_OPENED = {"account_logout", "alive"}
SIGNIFICANT = 12
"""Characters from which on a text that is found on a page is no chance."""
ELSEWHERE = {
    "claims.Dispatch.given_up_reason",  # of one that is not the newest
    "claims.RuleOffer.title",
    "documentation.Addendum.body",
    "documentation.HeldUpload.original_name",
    "documentation.Phrase.body",
}
"""Columns that the pages of billers and managers do not show in the rows that are looked at."""


@dataclass
class Crawl:
    """What a walk through the pages found."""

    wrong: list[str]
    waiting: dict[str, set[str]]
    """Texts that were not seen yet, by their column; a column goes with the first that is."""
    pages: int = 0
    walked: set[str] = field(default_factory=set)
    """Names of the addresses that answered one of these roles: the next need not ask."""

    def look(self, page: Page, path: str) -> str:
        """Open a page; gives `page`, `file`, `step` (only posts), or `none` where it is refused or not there."""
        try:
            answer = page.goto(path, wait_until="domcontentloaded")
        except Error as broke:
            if "Download is starting" not in str(broke) and "ERR_ABORTED" not in str(broke):
                raise
            return "file"
        assert answer is not None
        if answer.status == 405:
            return "step"
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return "file"
        self.pages += 1
        if answer.status >= 500:
            self.wrong.append(f"{path}: {answer.status}")
            return "page"
        not_ours, said = page.evaluate(LOOKED)
        self.wrong += [f"{path}: {what}" for what in not_ours]
        for column in [c for c, texts in self.waiting.items() if any(text in said for text in texts)]:
            del self.waiting[column]
        return "page" if answer.ok else "none"


def _walk(crawl: Crawl, page: Page, role: Role, practice: Practice) -> set[str]:
    """Open every page of a role that answered none before it.

    Gives the addresses of files: the browser shows those in a page of its own making.
    """
    files: set[str] = set()
    passed_over = NOT_OPENED | crawl.walked
    for address in addresses():
        if not address.opens_for(role) or address.name in passed_over:
            continue
        # The sections of a record are pages of their own, and a denial on paper shows what one in a file has not; of
        # other pages one row is enough.
        all_of = {"encounter_section"} if role is Role.CLINICIAN else {"denial_page"}
        most = SHOWN[address.name] if address.name in all_of else 1
        for path in islice(filled(address.route, practice), most):
            for chosen in ("", *CHOSEN.get(address.name, ())):
                found = crawl.look(page, path + chosen)
                if found == "file":
                    files.add(path)
                if found != "none":
                    crawl.walked.add(address.name)
                if found != "page":
                    break
    return files


@pytest.mark.parametrize(
    "roles",
    [(Role.CLINICIAN, Role.ADMINISTRATOR), (Role.MANAGER, Role.BILLER)],
    ids=["clinical", "billing"],
)
def test_no_page_takes_a_hostile_word_for_anything_but_text(
    people: Any, open_as: OPEN, heard: Heard, roles: tuple[Role, ...]
) -> None:
    """Of each half the role that sees most walks first; the other opens what did not answer the first."""
    practice = furnish(people)
    practice = Practice(people, defaultdict(lambda: ["1"], practice.known))
    kept = planted(TABLES)
    long = {c: {one_line(t) for t in texts if len(one_line(t)) >= SIGNIFICANT} for c, texts in kept.items()}
    crawl = Crawl([], {column: texts for column, texts in long.items() if texts})
    for role in roles:
        page = open_as(people[role])
        page.on("dialog", lambda dialog: _heard(dialog, crawl.wrong))
        files = _walk(crawl, page, role, practice)
        heard.complaints[:] = [said for said in heard.complaints if not any(path in said for path in files)]
    assert crawl.wrong == []
    assert crawl.pages > (180 if Role.BILLER in roles else 80)
    if Role.BILLER in roles:
        assert set(crawl.waiting) <= ELSEWHERE
    record("pages_crawled", crawl.pages)


def _heard(dialog: Dialog, wrong: list[str]) -> None:
    wrong.append(f"a dialog: {dialog.message}")
    dialog.dismiss()


FETCHED = r"""async (asked) => {
  const wrong = [], notOurs = NOT_OURS;
  for (const [path, form] of asked) {
    const body = form && new URLSearchParams(form);
    const answer = await fetch(path, form ? {method: "POST", body} : {});
    const text = await answer.text();
    const found = notOurs(new DOMParser().parseFromString(text, "text/html"));
    if (answer.status >= 500 || found.length) wrong.push([path, form, answer.status, found]);
  }
  return wrong;
}""".replace("NOT_OURS", NOT_OURS)


SEARCHES = r"""async (addresses) => {
  const boxes = new Map();
  for (const address of addresses) {
    const page = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
    for (const box of page.querySelectorAll("input[type=search]")) {
      if (!box.form) continue;
      const to = new URL(box.form.getAttribute("action") || address, location.origin + address);
      boxes.set(to.pathname + box.name, [to.pathname, box.form.method, box.name]);
    }
  }
  return [...boxes.values()];
}"""
"""Every search box of these pages: where it goes, how, and what it is called."""
SEARCHED = ("/patients/", "/worklist/", "/codes/", "/rules/", "/claims/")


def test_what_is_searched_for_and_an_address_that_is_none_come_back_as_text(people: Any, open_as: OPEN) -> None:
    """The browser's own reading of each answer; a dozen of them as pages, with whatever they would run."""
    forget(WORDS)  # The walks plant them as members' numbers, and here they stand in addresses.
    factories.claim_at(by=people[Role.BILLER])
    page = open_as(people[Role.BILLER])
    wrong: list[str] = []
    page.on("dialog", lambda dialog: _heard(dialog, wrong))
    paths = [f"/{quote(word, safe='')}/" for word in WORDS]
    for path in paths[:12]:
        page.goto(path)
        wrong += page.evaluate(f"() => ({NOT_OURS})(document)")
    page.goto("/patients/")
    token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value")
    asked: list[Any] = [[path, None] for path in paths[12::3]]
    boxes = page.evaluate(SEARCHES, SEARCHED)
    assert len(boxes) >= 4
    for n, word in enumerate(WORDS):
        path, method, name = boxes[n % len(boxes)]  # The boxes take turns.
        given = {name: word, "csrfmiddlewaretoken": token}
        asked.append([path, given] if method == "post" else [f"{path}?{urlencode({name: word})}", None])
    assert page.evaluate(FETCHED, asked) == []
    assert wrong == []
    record("inputs_tried", len(asked))
