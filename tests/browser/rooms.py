"""Every room of the house: a practice with work in each state, and the addresses of all pages that show it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from claims.conditions.condition import Clause, Group
from claims.edi.acknowledgements import Answer, Outcome
from claims.models import (
    Authorization,
    Dispatch,
    DispatchAttempt,
    DispatchedClaim,
    DispatchFile,
    FullExport,
    PatientCopy,
    Payer,
    Submission,
    Transmission,
)
from claims.services import (
    bulk,
    estimates,
    imports,
    patient_money,
    plans,
    preparation,
    rules,
    saved_views,
    submissions,
    work,
    writing_off,
)
from claims.services.appeals import open_appeal
from claims.services.closing import void
from claims.services.coverage import save_authorization
from claims.services.offers import look
from claims.services.payers import record_fact, record_policy, set_fee
from claims.services.predetermination_answers import take_acknowledgement
from claims.services.predeterminations import Planned, ask
from claims.services.rechecks import begin, go_on, stop
from claims.services.recount import keep_check, rebuild
from claims.services.reminders import remind
from claims.services.supplements import seal_supplement
from claims.services.visit_shelf import lay_down
from documentation.forms.sections import SECTIONS
from documentation.kernel.permissions import Role
from documentation.models import Notice, Patient
from documentation.services import (
    amendments,
    encounters,
    filling,
    images,
    letterhead,
    merges,
    notices,
    phrases,
    signing,
    versions,
)
from documentation.services.retention import place_hold, release_hold
from tests import dicoms, factories
from tests.browser.checks_to_post import answered_in_part, passed_on_to_somebody, to_post
from tests.claims import answered, checks, papers


@dataclass(frozen=True)
class Practice:
    """What stands in the practice, by the word that stands for it in an address."""

    people: dict[Role, Any]
    known: dict[str, list[str]] = field(default_factory=dict)


def furnish(people: dict[Role, Any]) -> Practice:
    """A planned visit, drafts: empty, whole, filled in; signed and corrected records; claims from draft to appeal."""
    casey, biller = people[Role.CLINICIAN].clinician, people[Role.BILLER]
    planned = factories.planned_visit(treating=casey)
    plan = factories.coverage(person=planned.patient, by=biller)
    bare = factories.planned_visit(treating=casey)
    encounters.start(bare, by=casey.user, at=factories.AT)
    drafted = factories.drafted(treating=casey)
    signed = factories.signed_encounter(treating=casey)
    _let_files_wait(drafted, by=casey.user)
    filled = factories.drafted(
        treating=casey, with_images=False, besides=("procedure", "findings", "interpretation", "plan")
    )
    factories.upload_pictures(encounter=filled, by=casey.user)
    filling.fill_normal_study(filled, by=casey.user, at=factories.AT)

    def claim(preparation: str) -> Any:
        record = factories.signed_encounter(treating=casey)
        return factories.claim_at(preparation=preparation, by=biller, encounter=record)

    corrected, corrects = corrected_record(claim("ready"))
    waits = claim("draft")
    correction = unlocked(waits.encounter)
    draft, ready = claim("draft"), claim("ready")
    packet = factories.sealed_packet(by=biller, claim=claim("ready"))
    sent = factories.submission(by=biller, claim=factories.sealed_packet(by=biller, claim=claim("ready")).claim)
    shown = factories.evidence(claim=sent.claim, by=biller, data=papers.scanned())
    added = seal_supplement(sent.claim, "The payer asked for it.", by=biller, at=factories.AT)
    _answered_and_silent(sent.claim, draft, biller)
    denied = factories.denial(by=biller, claim=claim("ready"))
    appealed = factories.denial(by=biller, claim=claim("ready"), carc="50", cause="medical_necessity")
    appeal = open_appeal(appealed, by=biller, at=factories.AT)
    replayed, rule, other, retired = _with_rules(people, claim("ready"))
    asked = Authorization.objects.create(
        coverage=plan, kind="prior_authorization", status="requested", recorded_at=factories.AT, recorded_by=biller
    )
    values = {"kind": "prior_authorization", "status": "approved", "number": "PA-1", "codes": ["D0371"], "units": 3}
    for more in ({}, {"number": "PA-0", "valid_to": factories.TODAY - timedelta(days=90)}):
        save_authorization(plan, None, values | more, by=biller, at=factories.AT)
    old = {"value": "2065550188", "source": "manual of 2024", "verified_on": date(2024, 1, 5)}
    record_fact(plan.payer, "appeals_fax", old, by=biller, at=factories.AT)
    words = {"field": "interpretation.text", "title": "Normal duct", "body": "The duct was normal.", "shared": True}
    mapping, own = factories.code_mapping(by=biller), factories.own_code(by=biller)
    asked_off = _denied_by_file(biller, claim("ready"))
    waiting = to_post(biller, people[Role.MANAGER], sent.claim.encounter.location.npi)
    answered_in_part(biller, sent.claim.encounter.location.npi)  # its packet is none, so its page is not opened
    passed_on = passed_on_to_somebody(biller, sent.claim.encounter.location.npi)
    slip = _shared(biller, asked_off.claim)
    of_visit = {"kind": "referral", "title": "Referral of Dr. Example", "dated_on": factories.SERVICE_DATE}
    lay_down(draft.encounter, of_visit, papers.scanned(words="Referral"), by=biller, at=factories.AT)
    phrase = phrases.save(None, words, by=casey.user, at=factories.AT)
    both, unsigned, signed_page, private = _with_plans(casey, biller)
    waits_for_payer, told = _asked_beforehand(casey, biller)
    arrived = {"kind": "999", "received_on": factories.TODAY, "reference": "R1"}
    proof = submissions.prove(sent, arrived, by=biller, at=factories.AT)
    for is_sent in (False, True):
        _passed_over(claim("draft"), biller, is_sent=is_sent)
    checked = _checked_again(biller, people[Role.MANAGER])
    _in_the_outbox(packet, sent, biller)
    factories.organization()
    logo = letterhead.take_in(factories.logo(), by=people[Role.ADMINISTRATOR], at=factories.AT)
    notified = _told(people, draft, denied.claim, planned)
    void(factories.submission(by=biller).claim, "Billed twice", "By phone, 4411", by=biller, at=factories.AT)
    _soon_due(denied, "99995", 45, biller)
    export = FullExport.objects.create(
        why="The practice moves to another program.",
        asked_at=factories.AT,
        asked_by=people[Role.ADMINISTRATOR],
        is_running=False,
        ended_at=factories.AT,
        sha256="5e" * 32,
        size=48_000_000,
        rows=21_417,
        files=512,
        lost=1,
    )
    copied = PatientCopy.objects.create(
        patient=planned.patient,
        asked_on=factories.TODAY,
        asked_by="patient",
        given_to=planned.patient.full_name,
        way="hand",
        request="Letter of November 3, in the folder of requests.",
        file=packet.zip,
        contents=["records/E000001.pdf", "patient.json"],
        left_out=["E000002 of 11/05/2026: it is not signed yet."],
        given_at=factories.AT,
        given_by=biller,
    )
    _soon_due(asked_off.denial, "99996", 8, biller)
    remind(at=factories.AT)
    look(day=factories.TODAY, at=factories.AT)
    rebuild()
    keep_check(at=factories.AT)
    claims = [
        _medical_claim(biller, casey),
        draft,
        ready,
        packet.claim,
        sent.claim,
        denied.claim,
        appealed.claim,
        corrected,
        waits,
        passed_on,
        asked_off.claim,
    ]
    asked_to_amend = _asked_to_amend(planned, signed, people)
    twin, merged = _registered_twice(bare.patient, people[Role.MANAGER])
    note, worked = _worked_on(claims, biller, people[Role.MANAGER])
    visits = (drafted, bare, correction, planned, signed, draft.encounter, corrected.encounter, corrects)
    return Practice(
        people,
        {
            "patient": [f"P{planned.patient_id:06d}", f"P{bare.patient_id:06d}"],
            "amendment": asked_to_amend,
            "answer": ["accept", "deny", "extend", "rebut"],
            "told": ["dispute", "withdraw"],
            "letter": ["1"],
            "encounter": [e.number for e in (both, filled, *visits, waits.encounter, private.encounter)],
            "claim": [c.number for c in claims],
            "packet": [packet.number, added.number],
            "evidence": [str(shown.pk)],
            "visit-documents": [str(draft.encounter.documents.get().pk)],
            "notes": [note],
            "worklist": worked,
            "other": [twin],
            "merges": [str(merged)],
            "held": [str(pk) for pk in drafted.held_uploads.values_list("pk", flat=True)],
            "image": [str(drafted.images.first().pk)],
            "number": ["1"],
            "position": ["1"],
            "channel": ["dentrix_ascend"],
            "out": ["portal", "fax"],
            "outbox": ["1"],
            "item": ["literature"],
            "limit": ["max_total_bytes"],
            "regime": ["medicare", "unknown"],
            "level": ["1"],
            "lag": ["mail", "reserve"],
            "eye": ["fax"],
            "kind": ["label"],
            "question": ["covers_d0371", "appeals_address"],
            "variant": ["screen"],
            "key": ["intake", *(s.key for s in SECTIONS if s.body)],
            "code": [packet.verification_code],
            "phrases": [str(phrase.pk)],
            "people": [str(biller.pk)],
            "act": ["unlock"],
            "accounts": ["1"],
            "codes": [str(mapping.pk), str(own.pk)],
            "write-offs": [str(asked_off.pk)],
            "payments": [str(slip.pk)],
            "way": ["appeal", "write_off", "patient"],
            "token": ["no-such-scan"],
            "figure": ["initial_denial", "at_risk", "sendings"],
            "form": ["print", "csv"],
            "payers": [str(pk) for pk in Payer.objects.values_list("pk", flat=True)],
            "coverages": [str(plan.pk)],
            "predeterminations": [str(waits_for_payer.pk), str(told.pk)],
            "restrictions": [str(private.pk)],
            "proofs": [str(proof.pk)],
            "authorizations": [str(asked.pk)],
            "estimates": [str(unsigned.pk), str(signed_page.pk)],
            "submissions": [str(pk) for pk in Submission.objects.values_list("pk", flat=True)],
            "denials": [str(replayed.pk), str(denied.pk), str(asked_off.denial_id)],
            "rules": [str(rule.pk), str(other.pk), str(retired.pk)],
            "rule": ["FIN-101"],
            "appeals": [str(appeal.pk)],
            "recheck": [str(checked.pk)],
            "export": [str(export.pk)],
            "copies": [str(copied.pk)],
            "period": ["record.state", "majority.age"],
            "retention": [_on_hold(planned.patient, people[Role.MANAGER])],
            "practice": [str(casey.pk), str(signed.location_id), str(logo.pk)],
            "notices": notified,
            "step": ["phrases"],
            "imports": _lists(people[Role.MANAGER]),
            "remittances": [str(denied.answer.remittance_id), *map(str, waiting)],
        },
    )


def _asked_to_amend(planned: Any, signed: Any, people: dict[Role, Any]) -> list[str]:
    """A request about demographics that is late, one about a record that was extended, one denied with what followed,
    one denied alone, one whose record was amended since.
    """
    manager, at, today = people[Role.MANAGER], factories.AT, factories.TODAY

    def taken_in(encounter: Any, wanted: str, received_on: date) -> Any:
        asked = {"received_on": received_on, "way": "mail", "encounter": encounter, "wanted": wanted}
        asked["words"] = "The nurse wrote down what my sister said.\nI was never asked."
        patient = encounter.patient if encounter else planned.patient
        return amendments.take_in(patient, asked, by=people[Role.ASSISTANT], at=at, today=today)

    def said(request: Any, step: str, words: str, **more: Any) -> None:
        amendments.VERBS[step](request, {"said_on": today, "said": words} | more, by=manager, at=at, today=today)

    late = taken_in(None, "My birth name is Quinn, not Quin.", today - timedelta(days=62))
    extended = taken_in(signed, "The swelling began in May, not in March.", factories.SERVICE_DATE)
    said(extended, "extend", "The clinician who wrote it is away until January.", until=today + timedelta(days=80))
    denied = taken_in(signed, "I was never told about the risks.", factories.SERVICE_DATE)
    alone = taken_in(signed, "The stone was on the left side.", factories.SERVICE_DATE)
    for one in (denied, alone):
        said(one, "deny", "The consent form and the images show it as it is written.", ground="accurate")
    said(denied, "dispute", "I signed the form after the examination, and nobody explained it.")
    said(denied, "rebut", "The form bears the time at which it was signed, before the examination began.")
    record = factories.signed_encounter(treating=signed.clinician)
    met = taken_in(record, "I take no blood thinner.", factories.SERVICE_DATE)
    signing.add(record, "The patient takes no blood thinner.", by=signed.clinician.user, at=at)
    return [one.number for one in (denied, met, alone, late, extended)]


def _on_hold(patient: Any, by: Any) -> str:
    """A patient with a hold that stands and one that was released; another one whose records reached their end."""
    asked = {"reason": "Malpractice claim 26-1182", "asked_by": "Our insurer", "from_on": factories.TODAY}
    at = {"by": by, "at": factories.AT}
    old = place_hold(patient, asked | {"reason": "Audit of 2025"}, **at, today=factories.TODAY)
    release_hold(old, "The audit ended, their letter of November 2.", **at)
    stands = place_hold(patient, asked, **at, today=factories.TODAY)
    long_ago = factories.AT.replace(year=2009)
    Patient.objects.filter(pk=factories.patient(last_name="Longago").pk).update(created_at=long_ago)
    return str(stands.pk)


def _registered_twice(kept: Any, manager: Any) -> tuple[str, int]:
    """Somebody with a plan who may be another patient, and one who was merged into a patient."""
    known = {"middle_name": "Lee", "phone": "", "email": "alex.doe@example.org", "line1": "400 Hill Road"}
    twin = factories.patient(**known)
    factories.coverage(person=twin, by=manager, member_id="TWIN-1")
    gone = factories.patient(chart_number="P-0007")
    seen = kept.revision, gone.revision
    row = merges.merge(kept, gone, seen=seen, by=manager, at=factories.AT, today=factories.TODAY)
    return str(twin.number), row.pk


def _told(people: dict[Role, Any], claim: Any, denied: Any, visit: Any) -> list[str]:
    """What happened to the biller's claims, and to a visit of the clinician. Gives the keys of the notices."""
    biller, manager = people[Role.BILLER], people[Role.MANAGER]
    news = [
        notices.News(biller.pk, "claim", one.pk, kind)
        for one, kind in ((claim, "given"), (claim, "held"), (claim, "back"), (denied, "denied"), (denied, "leaving"))
    ]
    news += [notices.News(people[Role.CLINICIAN].pk, "encounter", visit.pk, kind) for kind in ("authorization", "held")]
    notices.tell(news, by=manager, at=timezone.now())
    notices.tell(news[:1], by=manager, at=timezone.now() - timedelta(days=2))
    Notice.objects.filter(told_at__lt=timezone.now() - timedelta(days=1)).update(read_at=timezone.now())
    return [str(pk) for pk in Notice.objects.values_list("pk", flat=True)]


def _lists(manager: Any) -> list[str]:
    """A list of patients to be looked at, one of which the columns are not known yet, and one that came in."""
    heads, rows = b"Chart,Last,First,DOB", (b"C-1,Kim,Ada,03/14/1962", b"C-2,Kim,Ben,13/45/1962", b"C-3,,,01/02/1990")
    made = []
    for name, some in (("patients.csv", rows), ("other.csv", rows[:1]), ("first.csv", rows[:2])):
        data = b"\n".join((heads, *some))
        made.append(imports.take_in("patients", name, data, by=manager, at=factories.AT))
    looked, _, brought = made
    columns = {"chart_number": 0, "last_name": 1, "first_name": 2, "birth_date": 3}
    for one in (looked, brought):
        imports.match(one, columns, by=manager, at=factories.AT)
    imports.begin(brought, by=manager, at=factories.AT)
    imports.go_on(brought, by=manager, at=factories.AT)
    return [str(one.pk) for one in made]


def _shared(biller: Any, claim: Any) -> Any:
    """What a patient paid and got back of a claim, and a slip that was taken back. Gives one that still counts."""
    known = {"paid_on": factories.TODAY, "method": "card", "reference": "R-1042"}
    kept = patient_money.record_payment(claim, {"amount": Decimal(60), **known}, by=biller, at=factories.AT)
    slip = patient_money.record_payment(claim, {"amount": Decimal(600), **known}, by=biller, at=factories.AT)
    patient_money.undo(slip, "Typed with one zero too many.", by=biller, at=factories.AT)
    back = {"amount": Decimal(10), "paid_on": factories.TODAY, "method": "check"}
    patient_money.record_refund(claim, back, by=biller, at=factories.AT)
    return kept


def _soon_due(denial: Any, payer_id: str, days: int, biller: Any) -> None:
    """A denial of a payer that gives little time: one of them is late, one to come."""
    plan = denial.claim.coverage
    plan.payer = factories.payer(by=biller, name=f"Shore Dental {days}", payer_id=payer_id)
    plan.save()
    told = {"value": days, "source": "provider manual, page 12", "verified_on": factories.TODAY}
    record_fact(plan.payer, "appeal_days", told, by=biller, at=factories.AT)


def _asked_beforehand(casey: Any, biller: Any) -> tuple[Any, Any]:
    """Two plans that were asked before a visit: one has not answered, of the other the letter is written down."""
    visit = factories.planned_visit(treating=casey)
    planned = [Planned("D0371", 85000, "40"), Planned("D0330", 12500)]
    first = ask(visit, factories.coverage(person=visit.patient, by=biller), planned, by=biller, at=factories.AT)
    back = Answer("999", Outcome.REJECTED, 4, reasons=("Segment NM1 at 8, element 9: it is missing (1).",))
    with transaction.atomic():
        take_acknowledgement(first, back, by=biller, at=factories.AT)
    plan = factories.coverage(person=visit.patient, by=biller, priority=2, member_id="W2")
    second = ask(visit, plan, planned[:1], by=biller, at=factories.AT)
    said = {"status": "approved", "number": "PD20260912", "decided_on": factories.TODAY, "note": "Would pay $640.00."}
    save_authorization(plan, second.authorization, said, by=biller, at=factories.AT)
    return first, second


def _in_the_outbox(packet: Any, sent: Any, biller: Any) -> None:
    """One that could not be handed over, one that may have been taken, and one that left: as rows."""
    said = "The clearinghouse's server cannot be reached: Connect call failed. Nothing was handed over."
    unsure = "Nothing of it lies there any more, and it was broken off when it was about to be handed over."
    for n, one, more in (
        (1, packet, {}),
        (2, None, {"released_at": factories.AT}),
        (3, sent.packet, {"delivered_at": factories.AT}),
    ):
        written = Transmission.objects.create(
            kind="837D",
            interchange=900 + n,
            first_set=900 + n,
            file=packet.pdf,
            written_at=factories.AT,
            written_by=biller,
        )
        row = Dispatch.objects.create(
            way="sftp", transmission=written, planned_at=factories.AT, planned_by=biller, **more
        )
        if one:
            DispatchedClaim.objects.create(
                dispatch=row, claim=one.claim, packet=one, claim_revision=1, is_waiting=not more
            )
        DispatchFile.objects.create(dispatch=row, position=0, name=f"{n:09d}.837", file=packet.pdf)
        if n < 3:
            DispatchAttempt.objects.create(
                dispatch=row, at=factories.AT, by=biller, said=unsure if more else said, is_unsure=bool(more)
            )


def _passed_over(claim: Any, biller: Any, *, is_sent: bool) -> None:
    """A claim of a payer whose policy is not known, with a reason for going on; maybe sent."""
    sample = factories.payer(by=biller, name="Specimen Dental", payer_id="99992")
    claim.coverage.payer = sample
    claim.coverage.save()
    known = {"prior_authorization": "not_required", "timely_filing_days": 365, "source": "call 1"}
    record_policy(sample, known | {"verified_on": factories.TODAY}, by=biller, at=factories.AT)
    preparation.override(claim, "COV-104", "Paid in spring; the policy is on its way.", by=biller, at=factories.AT)
    if is_sent:
        preparation.mark_ready(claim, by=biller, at=factories.AT)
        factories.submission(by=biller, claim=factories.sealed_packet(by=biller, claim=claim).claim)


def _denied_by_file(biller: Any, claim: Any) -> Any:
    """A claim that a file denied, with a code among others that nobody knows; its write-off waits."""
    sent = checks.answer(claim, (("CO", "252", "600"), ("CO", "Z99", "250")), "N40", "N9999", payer_number="26310D1")
    checks.post(sent, by=biller, at=factories.AT, paid_on=factories.TODAY)
    denial = claim.denials.get()
    return writing_off.request(claim, "Filed too late, by our own fault.", denial=denial, by=biller, at=factories.AT)


def _checked_again(biller: Any, manager: Any) -> Any:
    """All claims were checked twice; the second time a ready one went back to draft."""
    stop(begin("The fee schedule", by=manager, at=factories.AT), by=manager, at=factories.AT)
    elsewhere = factories.payer(by=biller, name="Sample Benefits", payer_id="99993")
    record = factories.signed_encounter(treating=factories.clinician())
    factories.coverage(person=record.patient, with_payer=elsewhere, by=biller)
    factories.claim_at(preparation="ready", by=biller, encounter=record)
    told = {"value": "required", "source": "Provider manual", "verified_on": factories.SERVICE_DATE}
    record_fact(elsewhere, "prior_authorization", told, by=biller, at=factories.AT)
    why = "Sample Benefits asks for prior authorization"
    return go_on(begin(why, by=manager, at=factories.AT), by=manager, at=factories.AT)


def _with_plans(casey: Any, biller: Any) -> tuple[Any, Any, Any, Any]:
    """A visit with two plans and an estimate to sign, a signed estimate, and a visit that is kept private."""
    set_fee("D0371", Decimal("850.00"), effective_on=date(2020, 1, 1), by=biller, at=factories.AT)
    both, other = (factories.planned_visit(treating=casey) for _ in range(2))
    first = factories.coverage(person=both.patient, by=biller)
    health = factories.payer(by=biller, name="Specimen Health", payer_id="99994", line="medical")
    factories.coverage(person=both.patient, by=biller, with_payer=health, priority=2, member_id="M5")
    agreed = {"network": "in", "allowed": Decimal(800), "source": "contract 2026"}
    plans.record_payer_terms(first.payer, agreed, by=biller, at=factories.AT)
    unsigned = estimates.make_estimate(both, by=biller, at=factories.AT)
    signed = estimates.make_estimate(other, by=biller, at=factories.AT)
    strokes = [[100, 200, 200, 50, 300, 220, 420, 90], [550, 150, 700, 120, 900, 160]]
    estimates.sign_estimate(signed, name="Alex Doe", agreed=True, strokes=strokes, by=biller, at=factories.AT)
    wish = {"asked_on": factories.TODAY, "reason": "Wants the employer not to know.", "paid_in_full": True}
    private = plans.restrict(factories.planned_visit(treating=casey), wish, by=biller, at=factories.AT)
    return both, unsigned, signed, private


def _with_rules(people: dict[Role, Any], claim: Any) -> tuple[Any, Any, Any, Any]:
    """A denial whose packet is known; a rule that was tried, one in force, one retired; a severity of a payer."""
    biller, manager, at = people[Role.BILLER], people[Role.MANAGER], factories.AT
    sending = factories.submission(by=biller, claim=factories.sealed_packet(by=biller, claim=claim).claim)
    given = answered.answer(claim, factories.TODAY, "denied", denied="850.00")
    denial = answered.denial(given, "images", "850.00", packet=sending.packet, carc="252", rarcs=["N457"])
    few = Clause("images.endoscopic", "at_most", "4")
    either = Group("any", (Clause("claim.total", "more", 50000), Clause("procedure.glands", "any_of", ("parotid",))))
    values = {
        "title": "At least five images",
        "message": "Fewer than five endoscopic images are in the record.",
        "fix": "Add an image, or say why there are no more.",
        "field": "images.images",
        "cause": "images",
        "payers": [claim.coverage.payer_id],
        "condition": Group("all", (few, either)).as_data(),
    }
    tried = rules.save_rule(None, values, by=manager, at=at)
    rules.try_rule(tried, day=factories.TODAY, by=manager, at=at)
    unknown = Group("all", (Clause("eligibility.active", "unknown"),)).as_data()
    changed = {"title": "Eligibility was checked", "cause": "eligibility", "condition": unknown, "payers": []}
    adopted = rules.adopt_proposal(values | changed, "", day=factories.TODAY, by=manager, at=at)
    rules.set_severity(
        "FIN-101", "warning", payer=claim.coverage.payer, effective_on=factories.TODAY,
        reason="Told on the phone that a courtesy is no flaw, call 4471.", day=factories.TODAY, by=manager, at=at,
    )  # fmt: skip
    dear = Group("all", (Clause("claim.total", "more", 90000),)).as_data()
    named = values | {"title": "A dear claim", "condition": dear}
    retired = rules.adopt_proposal(named, "", day=factories.TODAY, by=manager, at=at)
    rules.retire(retired, "The payer asks for this no longer.", day=factories.TODAY, by=manager, at=at)
    return denial, tried, adopted, retired


def _medical_claim(biller: Any, casey: Any) -> Any:
    """A claim to a medical plan whose code is only proposed, with a service that nothing in the record shows."""
    record = factories.signed_encounter(treating=casey)
    factories.coverage(person=record.patient, with_payer=factories.medical_payer(by=biller), by=biller)
    claim = factories.claim_at(by=biller, encounter=record)
    known = ("code", "fee", "description", "comparator", "diagnosis_pointers")
    (line,) = claim.lines.values(*known)
    other = {"code": "42405", "fee": line["fee"], "description": "Biopsy of the gland", "diagnosis_pointers": [1]}
    return preparation.save_lines(claim, [line, other], by=biller, at=factories.AT, seen=claim.revision)


def _answered_and_silent(sent: Any, other: Any, biller: Any) -> None:
    """A check with answers that no number matches, one of them on two claims, and a payer that should have answered."""
    stranger = checks.answer(
        number="OLD-1", member=sent.coverage.member_id, charge="849", taken=(), day=factories.SERVICE_DATE
    )
    text = checks.check(stranger, checks.merged(sent, other), npi=sent.encounter.location.npi)
    checks.take(text, by=biller, at=factories.AT)
    known = {"value": 10, "source": "call", "verified_on": factories.TODAY}
    record_fact(sent.coverage.payer, "answer_days", known, by=biller, at=factories.AT)


def unlocked(encounter: Any) -> Any:
    """A record opened again, with two changes."""
    by = encounter.clinician.user
    version = versions.unlock(encounter, "The pain was noted wrongly.", by=by, at=factories.AT)
    encounters.save_section(version, "justification", {"pain": 7}, {}, by=by, at=factories.AT)
    encounters.save_section(version, "visit", {"assistant": "Sam Example"}, {}, by=by, at=factories.AT)
    return version


def corrected_record(claim: Any) -> tuple[Any, Any]:
    """A claim whose record was corrected after it was made ready, and the version that counts."""
    by = claim.encounter.clinician.user
    signing.add(claim.encounter, "The patient called: no swelling.", by=by, at=factories.AT)
    version = signing.sign(unlocked(claim.encounter), by=by, at=factories.AT)
    return claim, version


def _let_files_wait(encounter: Any, by: Any) -> None:
    """A film of several pictures, and a file of somebody else."""
    frames = [dicoms.gradient(180, 240), dicoms.gradient(180, 240)[::-1], dicoms.gradient(180, 240)[:, ::-1]] * 3
    film = dicoms.dicom(frames, StudyDate="20200101", PatientName="Roe^Robin")
    images.take_in(encounter, [images.Upload("film.dcm", film)], by=by, at=factories.AT)


@dataclass(frozen=True)
class Room:
    """A page: the name of its address, the address, and a role that may open it."""

    name: str
    address: str
    role: Role


SHOWN = {
    "amendment": 4,
    "amendment_answer": 3,
    "amendment_told": 2,
    "patient": 2,
    "encounter": 10,
    "encounter_sign": 3,
    "encounter_section": 18,
    "encounter_images": 2,
    "encounter_confirm": 2,
    "claim_page": 11,
    "claim_account": 12,
    "packet_page": 2,
    "figure_claims": 3,
    "estimate_page": 2,
    "predetermination_page": 2,
    "payer_fact": 2,
    "own_rule": 3,
    "denial_page": 2,
    "bulk_page": 2,
    "remittance_page": 3,
    "denial_decide": 2,
    "claim_way": 2,
    "import_page": 2,
}
"""How many rows of a page are looked at; of the others one."""

CHOSEN = {
    "packet_fit": ["?channel=fax", "?channel=dentrix_ascend"],
    "appeal_fit": ["?channel=fax"],
    "worklist": ["?queue=rejected", "?queue=denied", "?queue=held&scope=mine"],
    "dashboard": ["?by=biller&from=2026-12-31&to=2026-07-01&payer=0"],
    "worklist_views": ["?filters=queue%3Ddenied%26age%3D3"],
    "unmatched_list": ["?state=parked", "?state=by_hand"],
}
"""Pages that show more once something is chosen on them, by what is chosen."""

DOORS = (Role.CLINICIAN, Role.BILLER, Role.MANAGER, Role.ADMINISTRATOR)
"""Whom to ask for a page, in this order; for a claim, a packet or a rule those first who work on it."""


def rooms(practice: Practice) -> list[Room]:
    """All pages with the rows they can show. An address of the product that cannot be filled in fails here."""
    clients = {role: Client() for role in DOORS}
    for role, client in clients.items():
        client.force_login(practice.people[role])
    found = []
    for name, route in sorted(routes()):
        if not name.startswith("mfa_") and name not in {"account_logout", "account_signup"}:
            doors = (
                DOORS[1:] + DOORS[:1] if route.startswith(("/claims/", "/packets/", "/worklist/", "/notes/")) else DOORS
            )
            doors = DOORS[2:] + DOORS[:2] if route.startswith(("/rules/", "/denials/")) else doors
            pages = pages_of(filled(route, practice), [(role, clients[role]) for role in doors])
            for address, role in islice(pages, SHOWN.get(name, 1)):
                found += [Room(name, address + chosen, role) for chosen in ("", *CHOSEN.get(name, ()))]
    return found


def _worked_on(claims: list[Any], biller: Any, manager: Any) -> tuple[str, list[str]]:
    """A claim that was handed over with notes, a view, an act on several claims as a preview and one that is done."""
    work.assign(claims[1], manager, "The payer asks for the images.", by=biller, at=factories.AT)
    note = work.write_note(claims[1], "Called, they look again.", by=biller, at=factories.AT)
    view = saved_views.keep("Denied, old", {"queue": "denied", "age": "1"}, is_shared=True, by=biller, at=factories.AT)
    keys, to = [c.pk for c in claims], {"to": str(manager.pk), "note": "While I am away"}
    preview = bulk.look("assign", keys, to, back="queue=denied", by=biller, at=factories.AT)
    done = bulk.look("hold", keys[:3], {"reason": "Ask for the card"}, back="", by=biller, at=factories.AT)
    bulk.begin(done, by=biller, at=factories.AT)
    bulk.go_on(done, by=biller, at=factories.AT)
    return str(note.pk), [str(pk) for pk in sorted({preview.pk, done.pk, view.pk})]


def pages_of(addresses: list[str], doors: list[tuple[Role, Client]]) -> Iterator[tuple[str, Role]]:
    """The addresses that show a page, each with the first role that may see it."""
    for address in addresses:
        for role, client in doors:
            answer = client.get(address)
            assert answer.status_code < 500, address
            if answer.status_code == 405 or not answer.get("Content-Type", "text/html").startswith("text/html"):
                return  # a step or a file, whatever the row
            if answer.status_code == 200:
                yield address, role
                break


def routes(patterns: Iterable[Any] | None = None, before: str = "/") -> Iterator[tuple[str, str]]:
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern.name, route


HOLE = re.compile(r"<(\w+):(\w+)>")


def filled(route: str, practice: Practice) -> list[str]:
    """The route with every row that can stand in it."""
    hole = HOLE.search(route)
    if hole is None:
        return [route]
    converter, name = hole.groups()
    word = converter if converter in practice.known else name if name != "pk" else route.split("/")[1]
    return [
        address
        for value in practice.known[word]
        for address in filled(route[: hole.start()] + value + route[hole.end() :], practice)
    ]
