"""What a rehearsal works out of its own rows: passwords, words to search by, signatures, the facts of packets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.contrib.auth.hashers import make_password

from claims.facts import AppealFacts, ClaimFacts
from claims.models import Packet, PlanOrder
from claims.queries import letters
from claims.queries.claims import facts_of, overrides_of, report_on, rules_for
from claims.queries.plans import order_of
from claims.workflow import Closing
from documentation.kernel.permissions import Role
from documentation.kernel.wire import to_data
from documentation.models import Addendum, Encounter, Patient, PatientWord, Signature, User
from documentation.models.among import among
from documentation.models.fields import canonical
from documentation.models.patients import words_of
from documentation.prose.compose import FIELDS, compose
from documentation.queries.encounters import draft_facts, with_record
from documentation.services.audit import record
from documentation.services.backups.checking import Progress
from documentation.services.bulk import insert
from documentation.services.signing import content_of, statement_of

AT_ONCE = 500
T = TypeVar("T")


def finish(*, password: str, at: datetime, tell: Progress) -> None:
    """Work out all of it, while no lock stands yet."""
    User.objects.update(password=make_password(password))
    _make_findable(tell)
    _write_prose(tell)
    _confirm_orders()
    _sign(tell)
    _name_addenda()
    _tell_packets(at, tell)


def people() -> list[tuple[str, str]]:
    """Whoever may sign in here: the name and the role."""
    active = User.objects.filter(is_active=True, role__in=list(Role)).order_by("pk")
    return list(active.values_list("username", "role"))


def _some(rows: Iterable[T]) -> Iterator[list[T]]:
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        yield some


def _make_findable(tell: Progress) -> None:
    done, total = 0, Patient.objects.count()
    for some in _some(Patient.objects.order_by("pk").iterator(chunk_size=AT_ONCE)):
        for patient in some:
            patient.search_text = patient.make_search_text()
        Patient.objects.bulk_update(some, ["search_text"])
        words = [(p.pk, word) for p in some for word in sorted(set(words_of(p.search_text)))]
        insert(PatientWord, ("patient", "word"), words)
        done += len(some)
        tell("patients", done, total)


_PARTS = {"justification": "justification", "interpretation": "interpretation", "plan": "planofcare"}
"""By section of the prose the row that holds it."""


def _write_prose(tell: Progress) -> None:
    """Where somebody wrote of a visit, what its own facts say is written; where they say nothing, what stands there."""
    done, total = 0, Encounter.objects.count()
    for some in _some(with_record().order_by("pk").iterator(chunk_size=AT_ONCE)):
        changed: dict[str, dict[int, Any]] = {row: {} for row in _PARTS.values()}
        for encounter in some:
            facts = draft_facts(encounter, with_unconfirmed=True)
            for section, name in (field.split(".") for field in FIELDS if field.split(".")[0] in _PARTS):
                row = getattr(encounter, _PARTS[section])
                if getattr(row, name) and (told := " ".join(s.text for s in compose(facts, f"{section}.{name}"))):
                    setattr(row, name, told)
                    changed[_PARTS[section]][row.pk] = row
        for part, found in changed.items():
            names = [field.split(".")[1] for field in FIELDS if _PARTS.get(field.split(".")[0]) == part]
            if found:
                next(iter(found.values()))._meta.default_manager.bulk_update(found.values(), names)
        done += len(some)
        tell("visits", done, total)


def _confirm_orders() -> None:
    """The newest order of a patient's plans was confirmed from what is known of the plans here."""
    for some in _some(Patient.objects.filter(plan_orders__isnull=False).distinct().iterator(chunk_size=AT_ONCE)):
        for patient in some:
            newest = PlanOrder.objects.filter(patient=patient).latest("pk")
            visit = Encounter.objects.filter(patient=patient).order_by("-service_date").first()
            if visit and (known := order_of(patient, visit.service_date)).plans:
                PlanOrder.objects.filter(pk=newest.pk).update(facts_sha256=known.facts_sha256)


def _sign(tell: Progress) -> None:
    """Each record that was signed is signed for what it says here, by the same person at the same moment."""
    done, total = 0, Signature.objects.count()
    signed = Signature.objects.order_by("signed_at", "pk").select_related("signer")
    for some in _some(signed.iterator(chunk_size=AT_ONCE)):
        records = {e.pk: e for e in with_record().filter(among("pk", {s.encounter_id for s in some}))}
        for one in some:
            _sign_one(one, records[one.encounter_id])
        Signature.objects.bulk_update(some, _SIGNED)
        done += len(some)
        tell("signatures", done, total)


_SIGNED = ["name", "credential", "licence", "licence_state", "npi", "statement", "content", "content_sha256"]


def _sign_one(one: Signature, encounter: Encounter) -> None:
    who = encounter.clinician
    one.name = f"{who.first_name} {who.last_name}".strip()
    one.credential, one.licence, one.licence_state, one.npi = who.credential, who.licence, who.licence_state, who.npi
    one.statement = statement_of(encounter)
    one.content = content_of(draft_facts(encounter, today=encounter.location.today(one.signed_at)))
    one.content_sha256 = hashlib.sha256(one.content.encode()).hexdigest()
    record("encounter.sign", by=one.signer, at=one.signed_at, subject=encounter, patient=encounter.patient)


def _name_addenda() -> None:
    for some in _some(Addendum.objects.order_by("pk").select_related("author").iterator(chunk_size=AT_ONCE)):
        for one in some:
            one.author_name = one.author.display_name
            one.sha256 = hashlib.sha256(one.body.encode()).hexdigest()
        Addendum.objects.bulk_update(some, ["author_name", "sha256"])


def _tell_packets(at: datetime, tell: Progress) -> None:
    """What went with an open claim is told again: letters and supplements ask for it. Of others nobody does."""
    wanted = Packet.objects.filter(claim__closing=Closing.OPEN).order_by("pk")
    done, total = 0, wanted.count()
    rows = wanted.select_related("claim__encounter__location", "claim__encounter__patient", "claim__coverage__payer")
    for some in _some(rows.iterator(chunk_size=AT_ONCE)):
        for packet in some:
            packet.facts, packet.report = _told(packet)
        Packet.objects.bulk_update(some, ["facts", "report"])
        done += len(some)
        tell("packets", done, total)


def _told(packet: Packet) -> tuple[str, str]:
    claim, today = packet.claim, packet.claim.encounter.location.today(packet.sealed_at)
    facts: ClaimFacts | AppealFacts = facts_of(claim, today=today)
    report: list[Any] = []
    if packet.kind == "appeal" and (appeal := packet.appeals.first()):
        facts = letters.facts_of(appeal, today=today)
    elif isinstance(facts, ClaimFacts):
        found = report_on(facts, overrides_of(claim), rules_for(claim, today))
        report = [{**r.as_json(), "reason": r.reason} for r in found]
    return canonical(to_data(facts)), canonical(report)
