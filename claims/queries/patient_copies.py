"""What there is of one patient that they may have: records, pictures, packets, letters, account, disclosures."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from claims.models import Authorization, Claim, Coverage, Estimate, Evidence, Packet, RemittanceClaim, VisitDocument
from claims.queries.accounts import Account, accounts_of
from claims.queries.disclosures import Disclosure, disclosures_of
from documentation.models import AmendmentRequest, Encounter, EncounterImage, Patient, StoredFile
from documentation.queries.amendments import goes_along
from documentation.queries.encounters import patient_facts
from documentation.workflow import EncounterStatus

NOT_IN_IT = (
    "Payers' remittances and payment files: they speak of several patients. What they say of your claims stands in"
    " account/answers.csv.",
    "The files of the camera as they came, and small copies for the screen: the pictures here have all their points,"
    " without what the camera wrote beside them. Ask for the originals if you need them.",
    "Notes that the office writes to itself about claims, and who looked at the record: they decide nothing about your"
    " care. Ask whoever answers for privacy in the practice.",
)
"""What is in no copy, and why; said to the patient."""


@dataclass(frozen=True)
class Kept:
    """A stored file of the patient under the name that it gets in the copy."""

    name: str
    file: StoredFile


@dataclass(frozen=True)
class Sheet:
    """A list in the copy."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def signed_of(patient: Patient) -> list[int]:
    """Every signed version of the patient's records, by key."""
    rows = Encounter.objects.filter(patient=patient, signature__isnull=False)
    return list(rows.order_by("service_date", "pk").values_list("pk", flat=True))


def not_signed(patient: Patient) -> Iterator[str]:
    """A sentence for each record that is not given because nobody signed it yet."""
    open_ = (EncounterStatus.PLANNED, EncounterStatus.DRAFT)
    for row in Encounter.objects.filter(patient=patient, status__in=open_).order_by("service_date", "pk"):
        yield (
            f"{row.number} of {row.service_date:%m/%d/%Y}: it is not signed yet, so nobody answers for what it says."
            " Ask again once it is."
        )


def files_of(patient: Patient) -> Iterator[Kept]:
    """Pictures, packets, letters and documents of the patient."""
    pictures = EncounterImage.objects.filter(encounter__patient=patient, encounter__signature__isnull=False)
    for image in pictures.select_related("encounter", "clean_copy").order_by("encounter", "position", "pk"):
        yield _kept(f"pictures/{image.encounter.number}-{image.pk}", image.clean_copy)
    for packet in (
        Packet.objects.filter(claim__encounter__patient=patient).select_related("claim", "pdf").order_by("pk")
    ):
        yield _kept(f"claims/{packet.claim.number}-{packet.number}", packet.pdf)
    claims = Evidence.objects.filter(claim__encounter__patient=patient, removed_at=None).select_related("claim", "file")
    for paper in claims.order_by("pk"):
        yield _kept(f"documents/{paper.claim.number}-{paper.pk}", paper.file)
    visits = VisitDocument.objects.filter(encounter__patient=patient, removed_at=None).select_related(
        "encounter", "file"
    )
    for sheet in visits.order_by("pk"):
        yield _kept(f"documents/{sheet.encounter.number}-{sheet.pk}", sheet.file)
    letters = Authorization.objects.filter(coverage__patient=patient, letter__isnull=False).select_related("letter")
    for row in letters.order_by("pk"):
        yield _kept(f"documents/authorization-{row.pk}", row.letter)
    estimates = Estimate.objects.filter(encounter__patient=patient).select_related("document", "signature__document")
    for page in estimates.order_by("pk"):
        signature = getattr(page, "signature", None)
        if file := signature.document if signature else page.document:
            yield _kept(f"documents/estimate-{page.pk}", file)


def _kept(name: str, file: Any) -> Kept:
    kinds = {"image/jpeg": "jpg", "image/tiff": "tif"}
    return Kept(f"{name}.{kinds.get(file.media_type, file.media_type.rpartition('/')[2])}", file)


def sheets_of(patient: Patient) -> tuple[Sheet, ...]:
    """The lists: claims, what plans answered, the account, and what was sent to whom."""
    claims = Claim.objects.filter(encounter__patient=patient).select_related("encounter", "coverage__payer")
    answers = RemittanceClaim.objects.filter(
        claim__encounter__patient=patient, remittance__posted_at__isnull=False
    ).select_related("claim", "remittance")
    accounts = accounts_of(patient)
    return (
        Sheet(
            "account/claims.csv",
            ("Claim", "Visit", "Date of service", "Plan", "Charged"),
            tuple(
                (c.number, c.encounter.number, c.service_date, c.coverage.payer.name, c.total)
                for c in claims.order_by("pk")
            ),
        ),
        Sheet(
            "account/answers.csv",
            ("Claim", "Answered on", "Payer", "Charged", "Paid", "Left to the patient", "Denied"),
            tuple(
                (a.claim, a.remittance.paid_on, a.remittance.payer_name, a.charge, a.paid, a.patient_share, a.denied)
                for a in answers.order_by("pk")
            ),
        ),
        Sheet(
            "account/account.csv",
            ("Visit", "Date of service", "Left to the patient", "Written off of it", "Paid", "Paid back", "Still due"),
            tuple(_account(a) for a in accounts),
        ),
        Sheet(
            "account/payments.csv",
            ("Claim", "Date", "Kind", "Amount", "How", "Taken back"),
            tuple(
                (
                    p.claim,
                    p.paid_on,
                    p.get_kind_display(),
                    p.amount,
                    p.get_method_display(),
                    "yes" if p.undone_at else "",
                )
                for a in accounts
                for p in a.payments
            ),
        ),
        Sheet(
            "disclosures.csv",
            tuple(f.name.replace("_", " ").capitalize() for f in dataclasses.fields(Disclosure)),
            tuple(dataclasses.astuple(row) for row in disclosures_of(patient)),
        ),
        *_amendments(patient),
    )


def _amendments(patient: Patient) -> Iterator[Sheet]:
    """What was asked to be amended and what was said of it, a line for each; nothing where nobody asked."""
    lines = [line for asked in goes_along(patient) for line in _said_of(asked)]
    if lines:
        columns = ("Request", "About", "Date", "What", "Reason", "Words")
        yield Sheet("amendments/amendments.csv", columns, tuple(lines))


def _said_of(asked: AmendmentRequest) -> Iterator[tuple[Any, ...]]:
    about = asked.encounter.number if asked.encounter else "demographics"
    words = "\n".join(x for x in (asked.wanted, asked.words) if x)
    yield (asked.number, about, asked.received_on, "Asked", "", words)
    for step in asked.steps.all():
        yield (asked.number, about, step.said_on, step.get_kind_display(), step.get_ground_display(), step.said)


def _account(account: Account) -> tuple[Any, ...]:
    claim = account.plans[0].claim
    amounts = (account.share, account.forgiven, account.paid, account.refunded, account.due)
    return (claim.encounter.number, claim.service_date, *amounts)


def person_of(patient: Patient) -> dict[str, Any]:
    """Who the patient is and what covers them, as the practice has it written down."""
    covers = Coverage.objects.filter(patient=patient).select_related("payer").order_by("priority", "pk")
    names = "plan_name group_number member_id priority relationship effective_on terminated_on is_active".split()
    return {
        "patient": dataclasses.asdict(patient_facts(patient)),
        "coverages": [{"payer": c.payer.name, **{name: getattr(c, name) for name in names}} for c in covers],
    }
