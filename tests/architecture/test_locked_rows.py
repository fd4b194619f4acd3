"""What is signed, sealed, sent or posted stays as it was, whichever road a change comes by."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction

from claims.models import (
    Acknowledgement,
    AcknowledgementFile,
    Adjustment,
    BillingRelease,
    ChannelLimit,
    ClaimNote,
    ControlSeries,
    Decision,
    Denial,
    Dispatch,
    DispatchAttempt,
    DispatchedClaim,
    DispatchFile,
    EobSpot,
    Estimate,
    EstimateSignature,
    Evidence,
    FilingProof,
    FormerScan,
    OwnRule,
    OwnRuleTrial,
    OwnRuleVersion,
    Packet,
    PacketPart,
    PatientPayment,
    PayerTerms,
    PlanOrder,
    PlaybookFact,
    Remittance,
    RemittanceClaim,
    RemittanceFile,
    RemittanceLine,
    RuleSeverity,
    RulesRelease,
    SelfPayRestriction,
    SentFailure,
    SentReport,
    StatusCall,
    Submission,
    Transmission,
    TransmittedClaim,
    Unobtainable,
    VisitDocument,
    WriteOff,
)
from documentation.kernel.permissions import Role
from documentation.locks import all_locks, drop_locks, install_locks
from documentation.models import (
    Addendum,
    AmendmentRequest,
    AmendmentStep,
    AmendmentTime,
    Annotation,
    AuditEvent,
    Encounter,
    EncounterImage,
    Finding,
    GlandExamined,
    Interpretation,
    Intervention,
    Justification,
    KeptLonger,
    LegalHold,
    Merge,
    MovedRow,
    NotSame,
    OtherProcedure,
    PlanOfCare,
    PriorCare,
    PriorImaging,
    Procedure,
    RetentionPeriod,
    Signature,
    StoredFile,
    User,
)
from documentation.services import encounters, merges, signing, versions
from tests import factories as f
from tests.architecture.roads import CHANGES, REMOVALS, Sealed, by_replacing, came_through, everything

RECORD = (
    Sealed(Encounter, "assistant", "Somebody"),
    Sealed(Justification, "statement", "Other words."),
    Sealed(PriorCare, "result", "Other words."),
    Sealed(PriorImaging, "limitation", "Other words."),
    Sealed(Procedure, "irrigation", "Other words."),
    Sealed(GlandExamined, "lsd_l", "1"),
    Sealed(Finding, "note", "Other words."),
    Sealed(Intervention, "note", "Other words."),
    Sealed(Interpretation, "text", "Other words."),
    Sealed(PlanOfCare, "statement", "Other words."),
    Sealed(OtherProcedure, "fee", Decimal("1.00")),
    Sealed(EncounterImage, "caption", "Other words."),
    Sealed(Annotation, "label", "Other words."),
    Sealed(Signature, "name", "Somebody"),
    Sealed(Addendum, "body", "Other words."),
    Sealed(AmendmentRequest, "wanted", "Other words."),
    Sealed(AmendmentStep, "said", "Other words."),
    Sealed(AmendmentTime, "source", "hearsay"),
    Sealed(AuditEvent, "action", "looked"),
    Sealed(StoredFile, "path", "elsewhere", removal=False),
    Sealed(Merge, "before", {"city": "Other"}),
    Sealed(MovedRow, "key", 7),
    Sealed(NotSame, "said_at", f.AT.replace(year=2027)),
)
PAPERS = (
    Sealed(PlaybookFact, "source", "hearsay"),
    Sealed(ChannelLimit, "source", "hearsay"),
    Sealed(Packet, "manifest", "{}"),
    Sealed(PacketPart, "title", "Other words."),
    Sealed(Evidence, "title", "Other words."),
    Sealed(VisitDocument, "title", "Other words."),
    Sealed(Submission, "proof_reference", "Other"),
    Sealed(FilingProof, "reference", "Other"),
    Sealed(Transmission, "receiver", "Other"),
    Sealed(ControlSeries, "last", 0),
    Sealed(Dispatch, "way", "pigeon"),
    Sealed(DispatchFile, "name", "other.pdf"),
    Sealed(DispatchedClaim, "claim_revision", 7),
    Sealed(DispatchAttempt, "said", "Other words."),
    Sealed(TransmittedClaim, "set_control", "0009"),
    Sealed(AcknowledgementFile, "name", "other.999"),
    Sealed(Acknowledgement, "outcome", "accepted"),
    Sealed(SentReport, "payer_id", 0),
    Sealed(SentFailure, "with_reason", False),
    Sealed(PlanOrder, "reason", "Other words."),
    Sealed(PayerTerms, "source", "hearsay"),
    Sealed(Estimate, "low", Decimal("1.00")),
    Sealed(EstimateSignature, "name", "Somebody"),
    Sealed(SelfPayRestriction, "reason", "Other words."),
    Sealed(RemittanceFile, "name", "other.835"),
    Sealed(Remittance, "amount", Decimal("1.00")),
    Sealed(FormerScan, "reason", "Other words."),
    Sealed(RemittanceClaim, "paid", Decimal("1.00")),
    Sealed(RemittanceLine, "paid", Decimal("1.00")),
    Sealed(EobSpot, "left", 7),
    Sealed(WriteOff, "reason", "Other words."),
    Sealed(Decision, "reason", "Other words."),
    Sealed(Unobtainable, "reason", "Other words."),
    Sealed(Adjustment, "amount", Decimal("1.00")),
    Sealed(PatientPayment, "amount", Decimal("1.00")),
    Sealed(BillingRelease, "reason", "Other words."),
    Sealed(StatusCall, "outcome", "paid"),
    Sealed(ClaimNote, "text", "Other words."),
    Sealed(OwnRule, "title", "Other words."),
    Sealed(OwnRuleVersion, "title", "Other words."),
    Sealed(OwnRuleTrial, "denied", 7),
    Sealed(RuleSeverity, "reason", "Other words."),
    Sealed(RulesRelease, "released_at", f.AT.replace(year=2027)),
    Sealed(RetentionPeriod, "years", 1),
    Sealed(LegalHold, "reason", "Other words."),
    Sealed(KeptLonger, "reason", "Other words."),
)


def signed_with_everything() -> Encounter:
    """The reference record with a row in every table of it, signed, with an addendum."""
    encounter = f.drafted()
    by = encounter.clinician.user
    other = {"other_procedures": [{"code": "D0120", "fee": Decimal("60.00"), "documented": True}]}
    encounters.save_section(encounter, "procedure", {}, other, by=by, at=f.AT)
    f.annotated(encounter=encounter)
    signing.sign(encounter, by=by, at=f.AT)
    signing.add(encounter, "The patient called.", by=by, at=f.AT)
    _asked_to_amend(encounter, by)
    gone, manager = f.patient(), f.user(role=Role.MANAGER)
    f.planned_visit(person=gone)
    merges.tell_apart(encounter.patient, gone, by=manager, at=f.AT)
    merges.merge(encounter.patient, gone, seen=(1, 1), by=manager, at=f.AT, today=f.TODAY)
    return encounter


def _asked_to_amend(encounter: Encounter, by: User) -> None:
    """A request to amend that was denied, and the time to answer as the practice wrote it down."""
    AmendmentTime.objects.create(answer_days=60, extension_days=30, source="The law", recorded_at=f.AT, recorded_by=by)
    asked = AmendmentRequest.objects.create(
        patient=encounter.patient, received_on=f.TODAY, way="mail", encounter=encounter, wanted="The side.",
        status="denied", taken_in_at=f.AT, taken_in_by=by,
    )  # fmt: skip
    AmendmentStep.objects.create(
        request=asked,
        kind="deny",
        ground="accurate",
        said_on=f.TODAY,
        said="It is right.",
        recorded_at=f.AT,
        recorded_by=by,
    )


def paid_claim() -> None:
    """A claim with a sealed packet that was sent, and a remittance that was posted: as rows, for locks look at rows."""
    by = f.user(role=Role.BILLER)
    claim = f.claim_at(by=by)
    file = StoredFile.objects.first()
    packet = Packet.objects.create(
        claim=claim, control_number="T1", verification_code="T1", claim_revision=1, pages=1,
        pdf=file, zip=file, manifest="{}", facts="{}", report="[]", sealed_at=f.AT, sealed_by=by,
    )  # fmt: skip
    Evidence.objects.create(
        claim=claim, kind="referral", title="Referral", dated_on=f.TODAY, pages=1, original=file, file=file,
        added_at=f.AT, added_by=by,
    )  # fmt: skip
    VisitDocument.objects.create(
        encounter=claim.encounter, kind="referral", title="Referral", dated_on=f.TODAY, pages=1, original=file,
        file=file, added_at=f.AT, added_by=by,
    )  # fmt: skip
    PacketPart.objects.create(packet=packet, position=1, name="packet.pdf", size=1, sha256="0" * 64)
    sent = Submission.objects.create(
        claim=claim, packet=packet, channel="portal", sent_on=f.TODAY, proof="receipt", proof_reference="R1",
        recorded_at=f.AT, recorded_by=by,
    )  # fmt: skip
    report = SentReport.objects.create(submission=sent, payer=claim.coverage.payer)
    SentFailure.objects.create(report=report, rule="COV-104", severity="warning", with_reason=True)
    FilingProof.objects.create(
        submission=sent, kind="277ca", received_on=f.TODAY, reference="R1", recorded_at=f.AT, recorded_by=by
    )
    ChannelLimit.objects.create(
        channel="portal", key="max_files", value=5, source="Page", read_on=f.TODAY, recorded_at=f.AT, recorded_by=by
    )
    written = Transmission.objects.create(
        kind="837D", interchange=1, first_set=1, file=file, written_at=f.AT, written_by=by
    )
    given = TransmittedClaim.objects.create(
        transmission=written, claim=claim, control=claim.number, set_control="0001", purpose="original",
        claim_revision=1,
    )  # fmt: skip
    ControlSeries.objects.create(name="interchange", last=7)
    leaving = Dispatch.objects.create(way="folder", transmission=written, planned_at=f.AT, planned_by=by)
    DispatchFile.objects.create(dispatch=leaving, position=0, name="1.837", file=file)
    DispatchedClaim.objects.create(dispatch=leaving, claim=claim, packet=packet, claim_revision=1)
    DispatchAttempt.objects.create(dispatch=leaving, at=f.AT, by=by, said="Full.")
    answers = AcknowledgementFile.objects.create(file=file, name="a.999", kind="999", imported_at=f.AT, imported_by=by)
    Acknowledgement.objects.create(file=answers, sent=given, kind="999", outcome="rejected")
    patient = claim.encounter.patient
    PlanOrder.objects.create(patient=patient, order=[1], facts_sha256="0" * 64, confirmed_at=f.AT, confirmed_by=by)
    PayerTerms.objects.create(payer=claim.coverage.payer, recorded_at=f.AT, recorded_by=by)
    SelfPayRestriction.objects.create(
        encounter=claim.encounter, asked_on=f.TODAY, reason="Private.", paid_in_full=True, recorded_at=f.AT,
        recorded_by=by,
    )  # fmt: skip
    estimate = claim.encounter.estimates.first()
    EstimateSignature.objects.create(estimate=estimate, name="Alex Doe", document=file, signed_at=f.AT, witnessed_by=by)
    came = RemittanceFile.objects.create(file=file, name="a.835", imported_at=f.AT, imported_by=by)
    remittance = Remittance.objects.create(
        key="k1", source="835", file=came, amount=Decimal("680.00"), recorded_at=f.AT, recorded_by=by
    )
    FormerScan.objects.create(
        remittance=remittance, file=file, reason="A page is missing.", replaced_at=f.AT, replaced_by=by
    )
    answer = RemittanceClaim.objects.create(
        remittance=remittance,
        position=1,
        claim=claim,
        charge=Decimal(850),
        paid=Decimal(680),
        patient_share=Decimal(170),
    )
    line = RemittanceLine.objects.create(
        answer=answer, position=1, code="D0371", charge=Decimal(850), paid=Decimal(680)
    )
    Adjustment.objects.create(answer=answer, line=line, position=1, group="PR", carc="2", amount=Decimal(170))
    EobSpot.objects.create(remittance=remittance, field="trace", left=1, top=1, width=100, height=100)
    remittance.posted_at, remittance.posted_by = f.AT, by
    remittance.save()
    denial = Denial.objects.create(
        claim=claim, answer=answer, cause="coding", machine_cause="coding", amount=1, denied_on=f.TODAY, opened_at=f.AT
    )
    given_up = WriteOff.objects.create(
        claim=claim, denial=denial, amount=1, reason="Small.", status="approved", requested_at=f.AT, requested_by=by
    )
    Unobtainable.objects.create(denial=denial, item="referral", reason="None.", marked_at=f.AT, marked_by=by)
    Decision.objects.create(
        denial=denial, way="write_off", reason="Small.", write_off=given_up, decided_at=f.AT, decided_by=by
    )
    PatientPayment.objects.create(
        claim=claim, kind="payment", amount=Decimal(170), paid_on=f.TODAY, method="card", recorded_at=f.AT,
        recorded_by=by,
    )  # fmt: skip
    BillingRelease.objects.create(claim=claim, reason="The patient asked.", released_at=f.AT, released_by=by)
    ClaimNote.objects.create(claim=claim, text="Their words.", written_at=f.AT, written_by=by)
    StatusCall.objects.create(
        claim=claim, called_on=f.TODAY, outcome="in_process", next_on=f.TODAY, recorded_at=f.AT, recorded_by=by
    )
    RetentionPeriod.objects.create(
        key="record.state", kind="record", name="Law", years=7, start="visit", source="Act", recorded_at=f.AT,
        recorded_by=by,
    )  # fmt: skip
    LegalHold.objects.create(
        patient=patient, reason="A claim.", asked_by="Insurer", from_on=f.TODAY, placed_at=f.AT, placed_by=by
    )
    KeptLonger.objects.create(patient=patient, until=f.TODAY, reason="Why.", decided_at=f.AT, decided_by=by)
    rule = OwnRule.objects.create(title="A rule", status="retired", created_at=f.AT, created_by=by)
    OwnRuleVersion.objects.create(rule=rule, version=1, adopted_on=f.TODAY, adopted_at=f.AT, adopted_by=by)
    OwnRuleTrial.objects.create(rule=rule, condition={}, denied=0, paid=0, tried_at=f.AT, tried_by=by)
    RuleSeverity.objects.create(
        rule="FIN-101", severity="warning", effective_on=f.TODAY, reason="Told.", recorded_at=f.AT, recorded_by=by
    )


@pytest.mark.django_db
def test_no_road_leads_into_a_signed_record() -> None:
    signed_with_everything()
    assert {s.model.__name__: roads for s in RECORD if (roads := came_through(s))} == {}


@pytest.mark.django_db
def test_no_road_leads_into_what_was_sealed_sent_or_posted() -> None:
    paid_claim()
    assert {s.model.__name__: roads for s in PAPERS if (roads := came_through(s))} == {}


@pytest.fixture
def without_the_pragma(db: None) -> Iterator[None]:
    """SQLite as it is by itself: a REPLACE shows the row that it takes out to no trigger on DELETE."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers=OFF")
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers=ON")


@pytest.mark.usefixtures("without_the_pragma")
def test_without_the_pragma_no_row_is_replaced_either() -> None:
    signed_with_everything()
    paid_claim()
    replaced = []
    for sealed in (*RECORD, *PAPERS):
        before = everything(sealed.model)
        with suppress(DatabaseError), transaction.atomic():
            by_replacing(sealed.row(), sealed)
        if everything(sealed.model) != before:
            replaced.append(sealed.model.__name__)
    assert replaced == []


@pytest.mark.usefixtures("without_the_pragma")
def test_what_may_be_once_while_it_counts_replaces_nothing() -> None:
    """Another key and the same document on the same shelf: REPLACE would take the one that lies there out."""
    lies = f.evidence(claim=f.claim_at())
    verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    names = [field.column for field in Evidence._meta.concrete_fields if not field.primary_key]
    listed = ", ".join(f'"{name}"' for name in names)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{verb} INTO claims_evidence (id, {listed}) SELECT id + 1000, {listed} FROM claims_evidence")
    assert Evidence.objects.get().pk == lies.pk


@pytest.mark.django_db
def test_without_its_trigger_a_road_is_open() -> None:
    """The trials above can fail: with the locks lifted, every one of them changes the row."""
    signed_with_everything()
    drop_locks(connection)
    found = came_through(RECORD[1])
    install_locks(connection)
    assert set(found) == {road.__name__ for road in (*CHANGES, *REMOVALS)}


def test_every_locked_table_is_tried() -> None:
    assert {s.model._meta.db_table for s in (*RECORD, *PAPERS)} == {lock.table for lock in all_locks()}


BESIDE = (Signature, Addendum, AmendmentRequest, AmendmentStep, AmendmentTime, AuditEvent, StoredFile)
MERGED = (Merge, MovedRow, NotSame)
PARTS = [s for s in RECORD if s.model not in (Encounter, *BESIDE, *MERGED)]


@pytest.mark.django_db
def test_nothing_is_added_to_a_signed_record_or_moved_into_or_out_of_it() -> None:
    encounter, draft = signed_with_everything(), f.drafted()
    came = []
    for sealed in PARTS:
        rows = sealed.model._default_manager
        attempts: dict[str, Callable[[], Any]] = {}
        if sealed.model._meta.pk.name != "encounter":  # a section is its encounter's and moves nowhere
            attempts["moved out"] = partial(rows.filter(encounter=encounter).update, encounter=draft)
        if theirs := rows.filter(encounter=draft).first():
            attempts["moved in"] = partial(rows.filter(pk=theirs.pk).update, encounter=encounter)
            attempts["added"] = partial(add_copy, theirs, encounter)
            attempts["added by SQL"] = partial(add_by_sql, theirs, encounter)
        for name, attempt in attempts.items():
            try:
                with transaction.atomic():
                    attempt()
                came.append(f"{sealed.model.__name__}: {name}")
            except DatabaseError:
                continue
    assert came == []


def copy_of(row: models.Model, encounter: Encounter) -> models.Model:
    row.encounter = encounter  # type: ignore[attr-defined]
    if hasattr(row, "position"):
        row.pk = None
    if isinstance(row, Finding):
        row.key = "added"
    return row


def add_copy(row: models.Model, encounter: Encounter) -> None:
    type(row)._default_manager.bulk_create([copy_of(row, encounter)])


def add_by_sql(row: models.Model, encounter: Encounter) -> None:
    copy = copy_of(row, encounter)
    fields = [f for f in copy._meta.concrete_fields if getattr(copy, f.attname) is not None or not f.primary_key]
    values = [field.get_db_prep_save(getattr(copy, field.attname), connection) for field in fields]
    names, marks = ", ".join(f'"{f.column}"' for f in fields), ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{copy._meta.db_table}" ({names}) VALUES ({marks})', values)


@pytest.mark.django_db
def test_a_signature_joins_a_draft_and_an_addendum_the_signed_version_that_counts() -> None:
    encounter, draft = signed_with_everything(), f.drafted()
    signature, addendum = encounter.signature, encounter.addenda.get()
    by = encounter.clinician.user
    for row, others in ((signature, [f.planned_visit()]), (addendum, [draft, f.planned_visit()])):
        for other in others:
            row.pk = None
            with pytest.raises(DatabaseError, match=r"Only a draft|Only the signed version"), transaction.atomic():
                add_copy(row, other)
    version = versions.unlock(encounter, "The side was wrong.", by=by, at=f.AT)
    signing.sign(version, by=by, at=f.AT)
    with pytest.raises(DatabaseError, match="Only the signed version"), transaction.atomic():
        add_copy(addendum, encounter)
    add_copy(addendum, version)
    assert version.addenda.count() == 1


@pytest.mark.django_db
def test_nothing_is_added_to_a_posted_remittance_or_moved_into_it() -> None:
    paid_claim()
    posted = Remittance.objects.get()
    by = f.user(role=Role.BILLER)
    fresh = Remittance.objects.create(key="k2", source="eob", recorded_at=f.AT, recorded_by=by)
    answer = RemittanceClaim.objects.create(
        remittance=fresh, position=1, charge=Decimal(1), paid=Decimal(0), patient_share=Decimal(0)
    )
    line = RemittanceLine.objects.create(answer=answer, position=1, charge=Decimal(1), paid=Decimal(0))
    old = posted.answers.get()
    for attempt in (
        lambda: RemittanceClaim.objects.filter(pk=answer.pk).update(remittance=posted),
        lambda: RemittanceLine.objects.filter(pk=line.pk).update(answer=old),
        lambda: RemittanceLine.objects.create(answer=old, position=2, charge=Decimal(1), paid=Decimal(1)),
        lambda: Remittance.objects.filter(pk=posted.pk).update(posted_at=None),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    # What is not posted is still open.
    RemittanceLine.objects.filter(pk=line.pk).update(paid=Decimal(1))


@pytest.mark.django_db
def test_of_a_posted_remittance_only_parts_of_an_answer_come_and_go() -> None:
    paid_claim()
    answer = RemittanceClaim.objects.get()
    values = {"remittance": answer.remittance, "charge": Decimal(1), "paid": Decimal(1), "patient_share": Decimal(0)}
    part = RemittanceClaim.objects.create(position=1, split_of=answer, **values)
    line = RemittanceLine.objects.create(answer=part, position=1, charge=Decimal(1), paid=Decimal(1))
    taken = Adjustment.objects.create(answer=part, line=line, position=1, group="CO", carc="45", amount=Decimal(0))
    for attempt in (
        lambda: RemittanceClaim.objects.create(position=2, **values),
        lambda: RemittanceClaim.objects.filter(pk=part.pk).update(paid=Decimal(2)),
        lambda: RemittanceClaim.objects.filter(pk=part.pk).update(split_of=None),
        lambda: RemittanceLine.objects.filter(pk=line.pk).update(paid=Decimal(2)),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    for row in (taken, line, part):
        row.delete()


@pytest.mark.django_db
def test_an_answer_that_matched_nothing_is_matched_after_posting_and_only_that() -> None:
    paid_claim()
    claim = RemittanceClaim.objects.get().claim
    by = f.user(role=Role.BILLER)
    remittance = Remittance.objects.create(key="k3", source="835", recorded_at=f.AT, recorded_by=by)
    answer = RemittanceClaim.objects.create(
        remittance=remittance, position=1, charge=Decimal(1), paid=Decimal(0), patient_share=Decimal(0)
    )
    Remittance.objects.filter(pk=remittance.pk).update(posted_at=f.AT)
    rows = RemittanceClaim.objects.filter(pk=answer.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(claim=claim, paid=Decimal(5))
    rows.update(claim=claim, matched_by="by hand")
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(claim=None)


@pytest.mark.django_db
def test_a_signed_record_is_superseded_and_never_unsigned() -> None:
    encounter = signed_with_everything()
    rows = Encounter.objects.filter(pk=encounter.pk)
    for values in ({"status": "draft"}, {"status": "superseded", "assistant": "Somebody"}, {"version": 2}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**values)
    by = encounter.clinician.user
    signing.sign(versions.unlock(encounter, "The side was wrong.", by=by, at=f.AT), by=by, at=f.AT)
    assert rows.get().status == "superseded"
    for values in ({"status": "signed"}, {"status": "superseded", "assistant": "Somebody"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**values)


@pytest.mark.django_db
def test_no_road_leads_into_a_version_that_was_replaced() -> None:
    first = signed_with_everything()
    by = first.clinician.user
    signing.sign(versions.unlock(first, "The side was wrong.", by=by, at=f.AT), by=by, at=f.AT)
    # The first row of every table is the first version's.
    assert {s.model.__name__: roads for s in RECORD if (roads := came_through(s))} == {}


@pytest.mark.django_db
def test_the_refusal_says_what_to_do_instead() -> None:
    encounter = signed_with_everything()
    with pytest.raises(DatabaseError, match="Write an addendum instead"), transaction.atomic():
        Justification.objects.filter(encounter=encounter).update(statement="Other words.")


@pytest.mark.django_db
def test_a_draft_stays_writable_by_every_road() -> None:
    encounter = f.drafted()
    encounters.save_section(
        encounter,
        "procedure",
        {},
        {"other_procedures": [{"code": "D0120", "fee": Decimal("60.00"), "documented": True}]},
        by=encounter.clinician.user,
        at=f.AT,
    )
    f.annotated(encounter=encounter)
    tried = [s for s in PARTS if s.model is not Finding]
    closed = {}
    for sealed in tried:
        roads = {road.__name__ for road in (*CHANGES, *REMOVALS)}
        if connection.vendor == "postgresql":
            roads -= {"by_replacing"}  # no table is ever emptied, whatever stands in it
        if missing := roads - set(came_through(sealed)):
            closed[sealed.model.__name__] = missing
    assert closed == {}


@pytest.mark.django_db
def test_what_nothing_points_to_may_be_swept() -> None:
    StoredFile.objects.create(sha256="0" * 64, path="x", size=1, media_type="x", stored_at=f.AT)
    assert StoredFile.objects.all().delete()[0] == 1


@pytest.mark.django_db
def test_a_restriction_is_lifted_once_and_nothing_else_of_it_changes() -> None:
    paid_claim()
    by = f.user(role=Role.BILLER)
    rows = SelfPayRestriction.objects.all()
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(lifted_at=f.AT, reason="Other words.")
    rows.update(lifted_at=f.AT, lifted_by=by, lift_reason="The patient called.")
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(lifted_at=None)


@pytest.mark.django_db
def test_an_estimate_that_nobody_signed_may_still_be_dated() -> None:
    claim = f.claim_at(by=f.user(role=Role.BILLER))
    assert claim.encounter.estimates.update(acknowledged_on=f.TODAY) == 1
