"""What every page shows around its content: navigation by role, who is logged in, a key for forms that act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from documentation.kernel.permissions import Permission
from documentation.models import Location
from documentation.views.once import new_key

NAVIGATION = (
    (
        "Documentation",
        (
            ("Today", "today", "sun", Permission.ENCOUNTER_VIEW),
            ("Encounters", "encounter_list", "clipboard-list", Permission.ENCOUNTER_VIEW),
            ("Patients", "patient_list", "users", Permission.PATIENT_VIEW),
            ("Phrases", "phrase_list", "quote", Permission.ENCOUNTER_EDIT),
        ),
    ),
    (
        "Claims",
        (
            ("Visits to verify", "visits_to_verify", "shield-check", Permission.CLAIM_PREPARE),
            ("Ready to bill", "ready_to_bill", "receipt", Permission.CLAIM_PREPARE),
            ("Worklist", "worklist", "list-checks", Permission.CLAIM_VIEW),
            ("Remittances", "remittance_list", "landmark", Permission.REMITTANCE_VIEW),
            ("Appeals", "appeal_list", "gavel", Permission.APPEAL_VIEW),
        ),
    ),
    (
        "Practice",
        (
            ("Denial dashboard", "dashboard", "chart-column", Permission.DASHBOARD_VIEW),
            ("Passed over", "override_list", "triangle-alert", Permission.DASHBOARD_VIEW),
            ("Payers & policies", "payer_list", "building-2", Permission.PAYER_VIEW),
            ("Codes", "code_tables", "book-open", Permission.RULES_VIEW),
            ("Rules", "rule_list", "scale", Permission.RULES_VIEW),
            ("Check all claims", "recheck", "refresh-cw", Permission.CLAIM_RECHECK),
        ),
    ),
)
"""Groups of (label, URL name, icon, permission). An entry whose page does not exist yet is left out."""

COUNTS: dict[str, tuple[Callable[[], int], bool]] = {}
"""What waits behind an entry, by its URL name, and whether it presses. Apps above this one add theirs."""


def surroundings(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    if not user.is_authenticated:
        return {}
    groups = []
    for label, items in NAVIGATION:
        shown = []
        for text, name, icon, permission in items:
            if not user.may(permission):
                continue
            try:
                url = reverse(name)
            except NoReverseMatch:
                continue
            count, is_hot = COUNTS.get(name, (int, False))
            entry = {"label": text, "url": url, "icon": icon, "current": request.path.startswith(url)}
            shown.append({**entry, "count": count(), "hot": is_hot})
        if shown:
            groups.append({"label": label, "items": shown})
    locations = list(Location.objects.values_list("name", flat=True)[:2])
    return {
        "navigation": groups,
        "location_name": locations[0] if len(locations) == 1 else "All locations",
        "once": new_key(),
        # What is drawn by tags counts days from here: below the views nobody reads the clock.
        "now": timezone.now(),
        "search_url": reverse("patient_list") if user.may(Permission.PATIENT_VIEW) else "",
    }
