"""Requests to amend a record: how long there is to answer each, and what was amended since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from documentation.facts import DeniedFacts
from documentation.kernel.amendments import DUE_SOON, AnswerTime, time_for
from documentation.kernel.dates import short_date
from documentation.models import (
    Addendum,
    AmendmentRequest,
    AmendmentStep,
    AmendmentTime,
    AuditEvent,
    Encounter,
    Location,
    Merge,
    Patient,
)
from documentation.models.among import among
from documentation.prose.amendments import Told, in_a_row
from documentation.queries.patients import with_merged
from documentation.queries.versions import of_visit
from documentation.workflow import LOCKED, REFUSED, UNANSWERED


def times() -> list[AnswerTime]:
    """What the practice wrote down of its time to answer, the newest first."""
    return times_of(time_rows())


def time_rows() -> QuerySet[AmendmentTime]:
    """What `times_of` is made from; it may be asked for with others."""
    return AmendmentTime.objects.select_related("recorded_by")


def times_of(rows: Iterable[AmendmentTime]) -> list[AnswerTime]:
    return [row.time for row in rows]


def with_steps() -> QuerySet[AmendmentRequest]:
    """Requests with everything that a page shows of them."""
    rows = AmendmentRequest.objects.select_related("patient", "encounter__location", "taken_in_by")
    return rows.prefetch_related("steps__recorded_by", "steps__addendum__encounter", "steps__encounter")


def unanswered() -> QuerySet[AmendmentRequest]:
    return AmendmentRequest.objects.filter(status__in=sorted(UNANSWERED))


@dataclass(frozen=True)
class Clock:
    """A request with its time to answer."""

    request: AmendmentRequest
    time: AnswerTime
    until: date | None = None
    """The day to which it was extended."""

    @property
    def last_on(self) -> date:
        return self.until or self.time.last_day(self.request.received_on)

    @property
    def latest_on(self) -> date:
        """The last day to which it may be extended."""
        return self.time.latest_day(self.request.received_on)

    @property
    def said(self) -> str:
        """How the last day was counted."""
        received = f"{self.time.answer_days} days from {short_date(self.request.received_on)}"
        extended = f", extended to {short_date(self.until)}" if self.until else ""
        return f"{received}{extended} ({self.time.source})"


def clock_of(request: AmendmentRequest) -> Clock:
    return clocks_of([request])[0]


def clocks_of(requests: Iterable[AmendmentRequest], written: list[AnswerTime] | None = None) -> list[Clock]:
    """Each with its time to answer; whose last day comes first, first. Rows come from `with_steps`; `written` are the
    `times`, where they are at hand.
    """
    rows = list(requests)
    written = written if written is not None else times() if rows else []
    clocks = [Clock(r, time_for(r.received_on, written), _until(r)) for r in rows]
    return sorted(clocks, key=lambda clock: (clock.last_on, clock.request.pk))


def _until(request: AmendmentRequest) -> date | None:
    kind = AmendmentStep.Kind.EXTENDED
    return next((step.until for step in request.steps.all() if step.kind == kind), None)


def due_soon(clocks: Iterable[Clock], today: date) -> list[Clock]:
    """Those whose last day to answer has passed, or comes within `DUE_SOON` days."""
    return [clock for clock in clocks if clock.last_on <= today + timedelta(DUE_SOON)]


def of_record(encounter: Encounter) -> list[Clock]:
    """Requests about any version of a visit's record."""
    return clocks_of(with_steps().filter(encounter__in=of_visit(encounter.visit_key)))


def goes_along(patient: Patient) -> QuerySet[AmendmentRequest]:
    """Every request of a patient, for a copy of all of the record."""
    return with_steps().filter(patient=patient).order_by("pk")


def denied() -> QuerySet[AmendmentRequest]:
    """Denied requests about records: they go along wherever those are sent."""
    found = AmendmentRequest.objects.filter(status__in=sorted(REFUSED), encounter__isnull=False)
    return found.select_related("encounter").prefetch_related("steps").order_by("pk")


def denied_of(encounter: Encounter) -> QuerySet[AmendmentRequest]:
    """Those about any version of a visit's record."""
    return denied().filter(encounter__in=of_visit(encounter.visit_key))


def denied_facts(encounter: Encounter, requests: Iterable[AmendmentRequest]) -> tuple[DeniedFacts, ...]:
    """As facts of a record: what was asked of this version of it, or of one before. Rows come from `denied`."""
    return tuple(
        DeniedFacts(r.number, _text(r), r.encounter.version if r.encounter_id != encounter.pk else 0)
        for r in requests
        if r.encounter and r.encounter.version <= encounter.version
    )


def _text(request: AmendmentRequest) -> str:
    steps = [Told(step.kind, step.said_on, step.said, ground=step.ground) for step in request.steps.all()]
    return in_a_row(request.received_on, request.wanted, request.words, steps)


def visits_of(patient: Patient) -> QuerySet[Encounter]:
    """The signed records about which a patient may ask, the newest first: of each visit the version that counts."""
    return Encounter.objects.filter(patient=patient, status="signed").order_by("-service_date", "-pk")


@dataclass(frozen=True)
class Amended:
    """Something that was amended since a request came in. `key` names it in a form."""

    key: str
    label: str
    addendum: Addendum | None = None
    encounter: Encounter | None = None
    corrected_at: datetime | None = None


def amended_since(request: AmendmentRequest) -> list[Amended]:
    """By what the request may have been met, the newest first: addenda and new versions of that record, or corrections
    of the demographics, from the day on which it came.
    """
    if request.encounter is None:
        return _corrections(request)
    versions = of_visit(request.encounter.visit_key)
    place, since = request.encounter.location, request.received_on
    addenda = Addendum.objects.filter(encounter__in=versions).select_related("encounter__location").order_by("-pk")
    signed = versions.filter(version__gt=1, status__in=sorted(LOCKED)).select_related("signature", "location")
    found = [
        Amended(
            f"version-{v.pk}", f"Version {v.version}, {v.number}, signed {short_date(place.today(at))}", encounter=v
        )
        for v in signed.order_by("-version")
        if place.today(at := v.signature.signed_at) >= since
    ]
    return found + [
        Amended(
            f"addendum-{a.pk}", f"Addendum to {a.encounter.number} of {short_date(place.today(a.added_at))}", addendum=a
        )
        for a in addenda
        if place.today(a.added_at) >= since
    ]


def _corrections(request: AmendmentRequest) -> list[Amended]:
    """Corrections of the patient, also of a registration that was merged into it, and what merges took over."""
    zone, people = Location.zone_of_practice(), with_merged([request.patient_id])
    events = AuditEvent.objects.filter(among("patient", people), action="patient.correct").order_by("-seq")
    merges = Merge.objects.filter(among("kept", people), undone_at=None)
    found = [(e.at, f"correction-{e.pk}", "Correction") for e in events[:50]]
    found += [(m.merged_at, f"merge-{m.pk}", "Values taken over in the merge") for m in merges if m.before]
    return [
        Amended(key, f"{what} of {short_date(day)}", corrected_at=at)
        for at, key, what in sorted(found, key=lambda one: one[0], reverse=True)
        if (day := at.astimezone(zone).date()) >= request.received_on
    ]
