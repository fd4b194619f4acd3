"""One field that finds everything: patients, claims, payers, packets, and what there is to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, resolve, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from claims.models import Claim, Packet, Payer
from claims.queries.finding import LONGEST, MOST, Found, find
from documentation.kernel.glossary import beginning
from documentation.kernel.permissions import Permission
from documentation.kernel.text import clean_text
from documentation.models import Encounter, Patient
from documentation.models.patients import plain
from documentation.services.audit import view as audit_view
from documentation.views.access import SignedInRequest, permission_of, requires
from documentation.views.context import NAVIGATION


@dataclass(frozen=True)
class Deed:
    """Something to do, or a page to go to. `also` are other words by which people look for it."""

    label: str
    name: str
    icon: str
    also: str = ""


DEEDS = (
    Deed("New patient", "patient_new", "user-plus", "register add"),
    Deed("Plan a visit", "patient_list", "calendar-plus", "new appointment schedule"),
    Deed("Import a remittance", "remittance_import", "landmark", "835 era eob payment answer upload"),
    Deed("Answers without a claim", "unmatched_list", "circle-question-mark", "unmatched remittance"),
    Deed("Deposits", "deposit_list", "banknote", "checks bank payments"),
    Deed("Status calls", "status_calls", "phone", "call payer"),
    Deed("All claims", "claim_list", "list-checks", "list"),
    Deed("Claims sent", "claims_sent", "send", "submitted outcomes"),
    Deed("New payer", "payer_add", "building-2", "add insurance"),
    Deed("Channels and their limits", "channel_list", "send", "portal clearinghouse"),
    Deed("Payers' reason codes", "reason_codes", "book-open", "carc rarc own"),
    Deed("Deadlines in my calendar", "deadline_calendar", "calendar-clock", "ics outlook feed"),
    Deed("How long an appeal may take", "deadline_rules", "calendar-clock", "time limits regime"),
    Deed("Views of the worklist", "worklist_views", "list-checks", "saved"),
    Deed("Hand out work", "hand_out", "users", "assign owner"),
    Deed("What moves the figures", "what_moves_it", "chart-column", "dashboard denial rate"),
    Deed("New own rule", "own_rule_add", "scale", "add build"),
    Deed("New phrase", "phrase_new", "quote", "add text"),
    Deed("Invite a person", "person_invite", "user-plus", "new user account add"),
    Deed("Sign-in and security", "mfa_index", "shield-check", "passkey code second factor"),
    Deed("Words and what they mean", "glossary", "book-a", "glossary help terms"),
    Deed("Change password", "account_change_password", "key-round"),
    Deed("Where you are signed in", "usersessions_list", "monitor", "sessions browsers devices"),
)
"""Besides the entries of the navigation. Who may see one is what its own page asks."""


@requires(Permission.HOME_VIEW)
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "POST"])
def index(request: SignedInRequest) -> HttpResponse:
    """What fits the words, as a page or as the list of the dialog. A number leads straight to its page."""
    user = request.user
    asked = request.POST.get("q", "")[:LONGEST]
    words = clean_text(asked)
    found = find(words, may=user.may)
    if words and user.may(Permission.PATIENT_VIEW):
        audit_view("patient.search", by=user, at=timezone.now(), count=len(found.patients), of="everything")
    is_part = bool(request.headers.get("HX-Request"))
    if found.leads_on and not is_part:
        return redirect(_address(found.numbered))
    groups = [*_rows(found), *_deeds(words, user.may), *_words(words)]
    context = {
        "groups": groups,
        "words": words,
        "asked": asked,
        "count": sum(len(group["items"]) for group in groups),
    }
    return render(request, "claims/_found.html" if is_part else "claims/find.html", context)


def _rows(found: Found) -> list[dict[str, Any]]:
    """What was found by its kind, each row with the words that a list says of it; kinds without a row are left out."""
    groups = (
        ("Number", "number", [found.numbered] if found.numbered else []),
        ("Patients", "patients", found.patients),
        ("Claims", "claims", found.claims),
        ("Packets", "packets", found.packets),
        ("Payers", "payers", found.payers),
    )
    return [{"label": label, "key": key, "items": [_item(row) for row in rows]} for label, key, rows in groups if rows]


_KINDS: dict[type, tuple[str, str]] = {
    Patient: ("patient", "patient"),
    Encounter: ("encounter", "encounter"),
    Claim: ("claim", "claim_page"),
    Packet: ("packet", "packet_page"),
    Payer: ("payer", "payer_page"),
}
"""What each kind of row is called, and the name of its page."""


def _item(row: Any) -> dict[str, Any]:
    return {"kind": _KINDS[type(row)][0], "row": row, "url": _address(row)}


def _address(row: Any) -> str:
    return reverse(_KINDS[type(row)][1], args=[row.pk])


def _deeds(words: str, may: Callable[[Permission], bool]) -> list[dict[str, Any]]:
    """What this person may do of which each word typed begins a word."""
    typed = plain(words).split()
    fitting = [
        {"kind": "deed", "label": deed.label, "icon": deed.icon, "url": url}
        for deed, url, needs in _all_deeds()
        if (needs is None or may(needs)) and _fits(deed, typed)
    ]
    return [{"label": "Go to" if words else "What you can do", "key": "deeds", "items": fitting}] if fitting else []


def _words(words: str) -> list[dict[str, Any]]:
    """Words of the field that begin so, with what they mean."""
    page = reverse("glossary")
    found = [
        {"kind": "term", "label": term.title, "means": term.means, "url": f"{page}#{term.anchor}"}
        for term in beginning(words.casefold().split())[:MOST]
    ]
    return [{"label": "Words", "key": "words", "items": found}] if found else []


def _fits(deed: Deed, typed: list[str]) -> bool:
    known = plain(f"{deed.label} {deed.also}").replace("-", " ").split()
    return all(any(word.startswith(begun) for word in known) for begun in typed)


@cache
def _all_deeds() -> tuple[tuple[Deed, str, Permission | None], ...]:
    """Each with its address and what its page asks of whoever opens it; None is a page of everybody's own."""
    entries = [Deed(label, name, icon) for _, items in NAVIGATION for label, name, icon, _ in items]
    known = []
    for deed in (*DEEDS, *entries):
        try:
            url = reverse(deed.name)
        except NoReverseMatch:
            continue
        known.append((deed, url, permission_of(resolve(url).func)))
    return tuple(known)
