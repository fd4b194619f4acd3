"""Claims that were sent, answered, denied and appealed, written as rows: each number is chosen, none is worked out.

The verbs have tests of their own. Here a table of claims can be built that a person can add up by hand.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from claims.facts import ClaimFacts
from claims.models import (
    Appeal,
    Claim,
    ClaimLine,
    Coverage,
    Denial,
    Packet,
    Payer,
    Remittance,
    RemittanceClaim,
    Submission,
)
from claims.queries.claims import facts_of
from claims.queries.letters import facts_of as appeal_facts
from claims.services.figures import refresh
from claims.services.outcomes import keep_report
from claims.services.packets import seal_packet
from claims.services.submissions import submit
from documentation.kernel.wire import to_data
from documentation.locks import drop_locks, install_locks
from documentation.models import (
    Clinician,
    Encounter,
    Interpretation,
    Justification,
    Patient,
    PlanOfCare,
    Procedure,
    StoredFile,
    User,
)
from documentation.models.fields import canonical
from tests import factories

_numbers = itertools.count(1)


def moment(day: date) -> datetime:
    """Noon of a day, in UTC."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def somebody() -> User:
    return User.objects.filter(username="keeper").first() or User.objects.create(username="keeper", role="manager")


def payer(name: str) -> Payer:
    return Payer.objects.get_or_create(name=name, defaults={"payer_id": f"PAY{next(_numbers):04d}"})[0]


def clinician(last_name: str) -> Clinician:
    known = Clinician.objects.filter(last_name=last_name).first()
    return known or Clinician.objects.create(first_name="Casey", last_name=last_name, npi=factories.npi())


def claim(
    service: date,
    *,
    of: str = "Summit Dental PPO",
    by: str = "Example",
    billed: str = "850.00",
    person: Patient | None = None,
    **states: Any,
) -> Claim:
    """A claim of a signed visit of a new patient or of `person`. `states` are its status fields, such as
    transport="sent".
    """
    n = next(_numbers)
    at, user = moment(service), somebody()
    person = person or Patient.objects.create(
        chart_number=f"A-{n}", first_name="Alex", last_name=f"Doe{n}", birth_date=date(1980, 1, 1), created_at=at
    )
    visit = Encounter.objects.create(
        patient=person,
        location=factories.location(),
        clinician=clinician(by),
        service_date=service,
        status="draft",
        created_at=at,
        created_by=user,
    )
    for section in (Justification, Procedure, Interpretation, PlanOfCare):
        section.objects.create(encounter=visit)
    Encounter.objects.filter(pk=visit.pk).update(status="signed")
    visit.refresh_from_db()
    plan = Coverage.objects.get_or_create(patient=person, payer=payer(of), defaults={"member_id": f"M{n}"})[0]
    row = Claim.objects.create(
        encounter=visit,
        coverage=plan,
        kind="dental",
        service_date=service,
        total=Decimal(billed),
        created_at=at,
        created_by=user,
        **{"preparation": "ready", **states},
    )
    ClaimLine.objects.create(claim=row, position=1, code="D0371", fee=Decimal(billed))
    refresh(row)
    return row


def _facts(row: Claim, appeal: Appeal | None) -> str:
    """What is sealed of a claim, or of an appeal: its facts as they are."""
    if appeal:
        return canonical(to_data(appeal_facts(appeal, today=appeal.opened_at.date())))
    return canonical(to_data(facts_of(row)))


def packet(
    row: Claim, *, kind: str = "claim", of: Appeal | None = None, passed_over: str = "", let_be: str = ""
) -> Packet:
    """A sealed packet without pages, of a claim or `of` an appeal. Of its report only the ids are told of warnings
    passed over and advice let be.
    """
    failed = [(rule, "warning", "Looked at") for rule in passed_over.split()]
    failed += [(rule, "advice", "") for rule in let_be.split()]
    report = [{"rule": r, "severity": s, "passed": False, "reason": why} for r, s, why in failed]
    report.append({"rule": "COD-101", "severity": "blocker", "passed": True, "reason": ""})
    n = next(_numbers)

    def stored(ending: str) -> StoredFile:
        digest = hashlib.sha256(f"{n}.{ending}".encode()).hexdigest()
        return StoredFile.objects.create(
            sha256=digest, path=digest, size=1000, media_type=f"application/{ending}", stored_at=row.created_at
        )

    return Packet.objects.create(
        claim=row,
        kind="appeal" if of else kind,
        control_number=f"TEST{n:06d}",
        verification_code=f"T{n:06d}",
        claim_revision=row.revision,
        pages=3,
        pdf=stored("pdf"),
        zip=stored("zip"),
        manifest="{}",
        facts=_facts(row, of),
        report=json.dumps(report),
        sealed_at=row.created_at,
        sealed_by=somebody(),
    )


def seal_with(packet: Packet, **values: Any) -> Packet:
    """The packet with other facts or values in it, as if it had been sealed so: its locks are lifted for that."""
    if isinstance(values.get("facts"), ClaimFacts):
        values["facts"] = canonical(to_data(values["facts"]))
    drop_locks(connection, ["claims_packet"])
    Packet.objects.filter(pk=packet.pk).update(**values)
    install_locks(connection, ["claims_packet"])
    packet.refresh_from_db()
    return packet


def sent(row: Claim, on: date, *, appeal: Appeal | None = None, **so: str) -> Submission:
    """A sending with its proof. `so` says what its packet did not pass, as `packet` takes it."""
    submission = Submission.objects.create(
        claim=row,
        packet=packet(row, of=appeal, **so),
        appeal=appeal,
        channel="portal",
        sent_on=on,
        proof="receipt",
        proof_reference="R-1",
        recorded_at=moment(on),
        recorded_by=somebody(),
    )
    if appeal is None:
        keep_report(submission)
    refresh(row)
    return submission


def answer(row: Claim, on: date, outcome: str, *, paid: str = "0.00", denied: str = "0.00") -> RemittanceClaim:
    """A posted answer of the payer."""
    check = Remittance.objects.create(
        key=f"check {next(_numbers)}",
        source="835",
        paid_on=on,
        amount=Decimal(paid),
        is_balanced=True,
        recorded_at=moment(on),
        recorded_by=somebody(),
    )
    given = RemittanceClaim.objects.create(
        remittance=check,
        position=1,
        claim=row,
        outcome=outcome,
        charge=row.total,
        paid=Decimal(paid),
        patient_share=Decimal("0.00"),
        denied=Decimal(denied),
    )
    Remittance.objects.filter(pk=check.pk).update(posted_at=moment(on), posted_by=somebody())
    refresh(row)
    return given


def denial(given: RemittanceClaim, cause: str, amount: str, *, status: str = "open", **values: Any) -> Denial:
    """A denial of an answer, for the whole amount or a part."""
    assert given.claim is not None
    row = Denial.objects.create(
        claim=given.claim,
        answer=given,
        machine_cause=cause,
        cause=cause,
        amount=Decimal(amount),
        status=status,
        denied_on=given.remittance.paid_on,
        opened_at=moment(given.remittance.paid_on or given.claim.service_date),
        **{"group": "CO", "carc": "50", "rarcs": ["N706"], **values},
    )
    refresh(given.claim)
    return row


def appeal(of: Denial, *, status: str = "draft", due: date | None = None, **values: Any) -> Appeal:
    """An appeal at level 1; `status` as it is, `values` such as outcome, decided_on, recovered."""
    row = Appeal.objects.create(
        claim=of.claim,
        denial=of,
        status=status,
        due_on=due or of.denied_on + timedelta(days=180),
        due_reason="180 days from the notice",
        opened_at=moment(of.denied_on),
        opened_by=somebody(),
        **values,
    )
    refresh(of.claim)
    return row


def denied_reference(*, by: User) -> Denial:
    """The reference claim, sealed, sent and denied on the same day with CO-50 and N706, $850.00."""
    row = factories.claim_at(preparation="ready", by=by)
    seal_packet(row, by=by, at=factories.AT)
    sending = {"channel": "portal", "sent_on": factories.TODAY, "proof": "receipt", "proof_reference": "R-1"}
    submit(row, sending, by=by, at=factories.AT)
    row.refresh_from_db()
    return denial(
        answer(row, factories.TODAY, "denied", denied="850.00"),
        "medical_necessity",
        "850.00",
        packet=row.packets.first(),
        codes=[{"group": "CO", "carc": "50", "cents": 85_000, "line": 1, "rarcs": ["N706"]}],
    )
