"""What every page shows around its content: navigation by role, who is logged in, a key for forms that act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from documentation.kernel.permissions import Permission
from documentation.models import Location, Rehearsal, User
from documentation.models.among import Keys
from documentation.models.together import Prepared, Question
from documentation.queries.amendments import unanswered
from documentation.queries.notices import seen_by, unread
from documentation.queries.rehearsal import is_rehearsal
from documentation.views.once import new_key

NAVIGATION = (
    (
        "Documentation",
        (
            ("Today", "today", "sun", Permission.ENCOUNTER_VIEW),
            ("Schedule", "schedule", "calendar-days", Permission.ENCOUNTER_VIEW),
            ("Encounters", "encounter_list", "clipboard-list", Permission.ENCOUNTER_VIEW),
            ("Patients", "patient_list", "users", Permission.PATIENT_VIEW),
            ("Amendments", "amendment_list", "file-pen", Permission.AMENDMENT_ANSWER),
            ("Phrases", "phrase_list", "quote", Permission.ENCOUNTER_EDIT),
        ),
    ),
    (
        "Claims",
        (
            ("Visits to verify", "visits_to_verify", "shield-check", Permission.CLAIM_PREPARE),
            ("Ready to bill", "ready_to_bill", "receipt", Permission.CLAIM_PREPARE),
            ("Outbox", "outbox", "send", Permission.CLAIM_SUBMIT),
            ("Worklist", "worklist", "list-checks", Permission.WORKLIST_VIEW),
            ("Remittances", "remittance_list", "landmark", Permission.REMITTANCE_VIEW),
            ("Appeals", "appeal_list", "gavel", Permission.APPEAL_VIEW),
            ("Deadlines", "deadline_list", "calendar-clock", Permission.APPEAL_VIEW),
            ("Write-offs", "write_off_list", "circle-minus", Permission.REMITTANCE_VIEW),
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
            ("Bring data in", "import_list", "file-up", Permission.DATA_IMPORT),
            ("Check all claims", "recheck", "refresh-cw", Permission.CLAIM_RECHECK),
            ("Set-up", "setup", "list-todo", Permission.SETTINGS_MANAGE),
            ("Practice", "practice", "building", Permission.SETTINGS_MANAGE),
            ("People", "person_list", "user-cog", Permission.USER_MANAGE),
            ("System", "system", "server", Permission.SYSTEM_VIEW),
            ("Retention", "retention", "hourglass", Permission.RETENTION_SET),
            ("Full export", "full_export", "archive", Permission.EXPORT_ALL),
            ("Audit trail", "trail", "history", Permission.AUDIT_VIEW),
        ),
    ),
)
"""Groups of (label, URL name, icon, permission). An entry whose page does not exist yet is left out."""

COUNTS: dict[str, tuple[Callable[[], QuerySet[Any]], bool]] = {"amendment_list": (unanswered, False)}
"""What waits behind an entry, by its URL name, and whether it presses. Apps above this one add theirs."""
OWN_COUNTS: dict[str, Callable[[Keys], QuerySet[Any]]] = {}
"""The same where it waits for one person, whose key it is given for `among`; it always presses."""
MOST_COUNTED = 100
"""The navigation counts no further: whether 100 or 1,000 wait makes no difference there, only for the database."""


@dataclass(frozen=True)
class Around:
    """What stands around a page: how much waits behind each entry, and the practice's locations."""

    counts: dict[str, int]
    locations: list[Location]
    more: dict[str, list[Any]]
    """What a view asked along."""
    is_rehearsal: bool = False

    @property
    def zone(self) -> tzinfo:
        """The time zone of the practice's first location, as `Location.zone_of_practice` has it."""
        return self.locations[0].zone if self.locations else timezone.get_default_timezone()

    def today(self, at: datetime) -> date:
        """The date at the practice's first location, as `practice_today` has it."""
        return timezone.localdate(at, self.zone)


def around(request: HttpRequest, also: Question | None = None, /, **more: QuerySet[Any]) -> Around:
    """In one query, which a page asks once; the unread notices of the person are among the counts. A view that wants to
    know more of the practice asks it along, as a question that leaves a place for the `person`, or as querysets; what
    it does afterwards is not in the counts.
    """
    known: Around | None = getattr(request, "_around", None)
    if known:
        return known
    user: Any = request.user
    shown = {name for _, items in NAVIGATION for _, name, _, needs in items if user.may(needs)}
    counted = tuple(name for name in (*COUNTS, *OWN_COUNTS) if name in shown)
    ours = _everywhere.question("person")(counted, tuple(seen_by(user)), MOST_COUNTED)
    asked = Question(more) | also if also else Question(more)
    found = (ours | asked).answered(person=[user.pk])
    counts = {name: len(found[name]) for name in (*counted, "notices")}
    told = {name: found[name] for name in asked.names}
    known = Around(counts, found["locations"], told, bool(found["copy"]))
    request._around = known  # type: ignore[attr-defined]
    return known


@Prepared
def _everywhere(
    keys: Mapping[str, Keys], counted: tuple[str, ...], about: tuple[str, ...], most: int
) -> dict[str, QuerySet[Any]]:
    """What every page of a person asks: how much waits behind these entries, what the person was told about of what may
    be seen, and the practice's locations.
    """
    waiting = {name: COUNTS[name][0]() if name in COUNTS else OWN_COUNTS[name](keys["person"]) for name in counted}
    waiting["notices"] = unread(keys["person"], about)
    rows = {name: found.values_list("pk", flat=True)[:most] for name, found in waiting.items()}
    places = Location.objects.order_by(*Location.IN_ORDER)
    return {**rows, "locations": places, "copy": Rehearsal.objects.values_list("pk", flat=True)}


def surroundings(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    if not user.is_authenticated:
        return {"is_rehearsal": is_rehearsal()}
    known = around(request)
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
            is_hot = name in OWN_COUNTS or (name in COUNTS and COUNTS[name][1])
            entry = {"label": text, "url": url, "icon": icon, "current": request.path.startswith(url)}
            shown.append({**entry, "count": _counted(known.counts.get(name, 0)), "hot": is_hot})
        if shown:
            groups.append({"label": label, "items": shown})
    locations = [place for place in known.locations if place.is_active]
    return {
        "navigation": groups,
        "is_rehearsal": known.is_rehearsal,
        "location_name": locations[0].name
        if len(locations) == 1
        else "All locations"
        if locations
        else "No location yet",
        "notices_unread": _counted(known.counts["notices"]),
        "once": new_key(),
        "session_left": _session_left(request),
        # What is drawn by tags counts days from here: below the views nobody reads the clock.
        "now": timezone.now(),
        "search_hint": _search_hint(user),
    }


def _search_hint(user: User) -> str:
    """What the search of every page finds for this person; of what one may not see there is no word."""
    kinds = {"patient": Permission.PATIENT_VIEW, "claim": Permission.CLAIM_VIEW, "payer": Permission.PAYER_VIEW}
    seen = [kind for kind, needs in kinds.items() if user.may(needs)]
    if not seen:
        return "Find a page"
    return f"Find a {', '.join(seen[:-1])} or {seen[-1]}" if len(seen) > 1 else f"Find a {seen[0]} or page"


def _session_left(request: HttpRequest) -> int:
    """Seconds until the session ends unless somebody does something: with this page they began anew."""
    session: Any = request.session
    return session.whole_time(at=timezone.now()) if hasattr(session, "whole_time") else 0


def _counted(waiting: int) -> str:
    """As the navigation writes it; nothing for nothing."""
    return f"{MOST_COUNTED - 1}+" if waiting >= MOST_COUNTED else str(waiting or "")
