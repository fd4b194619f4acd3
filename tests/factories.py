"""People, places and records for tests, made through the real verbs, with the content of the reference case.

Every function takes keywords alone. What a test does not name is invented: two calls give two people.
"""

from __future__ import annotations

import dataclasses
import functools
import io
import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from unittest import mock

from PIL import Image, ImageDraw

from claims.cases import CaseFolder, read_folder
from claims.demo import SEED
from documentation.imaging import Answer, examine_many
from documentation.kernel.identifiers import luhn_is_sound
from documentation.kernel.permissions import Role
from documentation.models import Clinician, Encounter, EncounterImage, Location, Organization, Patient, User
from documentation.services import encounters, images, patients, proposals, signing

numbers = itertools.count(1)
"""For invented names: each call another person."""
AT = datetime(2026, 11, 6, 18, 0, tzinfo=UTC)
"""When everything in tests happens unless they say otherwise: ten in the morning, the day after the visit."""
TODAY = date(2026, 11, 6)
SERVICE_DATE = date(2026, 11, 5)
OVERLOOKED = "They overlooked what the packet shows."
"""A reason to appeal with what the payer has seen already."""


@functools.cache
def reference() -> CaseFolder:
    """The reference case with the bytes of its four images."""
    return read_folder(SEED)


@functools.cache
def pictures() -> tuple[images.Upload, ...]:
    """The images of the reference case as uploads, in order."""
    folder = reference()
    return tuple(images.Upload(i.file, folder.files[i.file]) for i in folder.case.encounter.images)


@functools.cache
def _examined(data: tuple[bytes, ...]) -> tuple[Answer, ...]:
    return tuple(examine_many(data))


def fields(given: object, *besides: str) -> dict[str, Any]:
    """The fields of a part of the case as values for a verb; tuples become lists, as rows keep them."""
    values = {f.name: getattr(given, f.name) for f in dataclasses.fields(given) if f.name not in besides}  # type: ignore[arg-type]
    return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


def npi() -> str:
    """A sound NPI that no other call gives."""
    stem = f"1{next(numbers):08d}"
    return next(stem + c for c in "0123456789" if luhn_is_sound("80840" + stem + c))


# --- People and places --------------------------------------------------------------------------------------------


def organization(*, is_demo: bool = True) -> Organization:
    return Organization.objects.get_or_create(pk=1, defaults={"name": "Harbor Oral Surgery", "is_demo": is_demo})[0]


def logo(kind: str = "PNG", *, color: str = "#0b6b64", size: tuple[int, int] = (600, 200), **how: Any) -> bytes:
    """A mark with a see-through ground, as practices have them."""
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((4, 4, size[0] - 4, size[1] - 4), fill=color)
    out = io.BytesIO()
    (picture if kind == "PNG" else picture.convert("RGB")).save(out, kind, **how)
    return out.getvalue()


def rules_released() -> None:
    """Somebody looked at the rules: without it a new practice holds every claim."""
    from claims.models import RulesRelease

    RulesRelease.objects.get_or_create(pk=1, defaults={"released_at": AT})


def location(**values: Any) -> Location:
    """The location of the reference case; another one where values are named. Its rules were looked at."""
    rules_released()
    given = reference().case.location
    known = {**fields(given, "address"), **fields(given.address), **values}  # type: ignore[union-attr]
    return Location.objects.get_or_create(name=known.pop("name"), defaults=known)[0]


def user(*, role: Role | str = Role.BILLER, **values: Any) -> User:
    n = next(numbers)
    known = {"first_name": "Jordan", "last_name": f"Sample{n}", "date_joined": AT, **values}
    return User.objects.create(username=f"{role or 'nobody'}{n}", role=role, **known)


def one_of_each() -> dict[Role, User]:
    """One user for each role; the clinician treats patients."""
    people = {role: user(role=role) for role in Role if role is not Role.CLINICIAN}
    treating = clinician()
    assert treating.user is not None
    return {Role.CLINICIAN: treating.user, **people}


def clinician(**values: Any) -> Clinician:
    """Somebody who treats and signs, with a user of the role."""
    given = fields(reference().case.encounter.clinician)
    account = values.pop("user", None) or user(
        role=Role.CLINICIAN, first_name=given["first_name"], last_name=given["last_name"]
    )
    return Clinician.objects.create(**{**given, "npi": npi(), "user": account, **values})


def patient(*, by: User | None = None, **values: Any) -> Patient:
    given = reference().case.patient
    known = {
        **fields(given, "address"),
        **fields(given.address),
        "chart_number": f"P-{next(numbers) + 2000}",
        **values,
    }
    return patients.register(known, by=by or user(role=Role.ASSISTANT), at=AT, today=TODAY)


# --- Encounters ---------------------------------------------------------------------------------------------------


def planned_visit(
    *,
    treating: Clinician | None = None,
    person: Patient | None = None,
    at_location: Location | None = None,
    **values: Any,
) -> Encounter:
    """A visit that is planned and nothing more."""
    treating = treating or clinician()
    assert treating.user is not None
    known = {"service_date": SERVICE_DATE, **values}
    return encounters.plan_visit(
        person or patient(), location=at_location or location(), clinician=treating, by=treating.user, at=AT, **known
    )


def drafted(*, with_images: bool = True, besides: tuple[str, ...] = (), **visit: Any) -> Encounter:
    """The reference record, documented by its clinician, section after section. `besides` names sections left empty."""
    encounter = planned_visit(**visit)
    by = encounter.clinician.user
    assert by is not None
    encounters.start(encounter, by=by, at=AT)
    for section, (values, rows) in sections().items():
        if section not in besides:
            encounters.save_section(encounter, section, values, rows, by=by, at=AT)
    if with_images:
        illustrate(encounter=encounter, by=by)
    return encounter


def sections() -> dict[str, tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]]:
    """Values and rows of every section, as the forms would hand them to `save_section`."""
    e = reference().case.encounter
    j, p = e.justification, e.procedure
    anesthesia = p.anesthesia
    assert anesthesia is not None
    procedure = {
        **fields(p, "anesthesia", "scope", "glands"),
        "anesthesia": anesthesia.type,
        "anesthesia_agent": anesthesia.agent,
        "anesthesia_dose_mg": anesthesia.dose_mg,
        **{f"scope_{k}": v for k, v in fields(p.scope).items()},
        "sialoendoscopy_performed": e.sialoendoscopy_performed,
    }
    glands = [{**fields(g, "lsd"), "lsd_l": g.lsd.L, "lsd_s": g.lsd.S, "lsd_d": g.lsd.D} for g in p.glands]
    return {
        "visit": ({"start_time": e.start_time, "end_time": e.end_time, "assistant": e.assistant}, {}),
        "justification": (
            fields(j, "prior_care", "prior_imaging"),
            {"prior_care": list(map(fields, j.prior_care)), "prior_imaging": list(map(fields, j.prior_imaging))},
        ),
        "procedure": (procedure, {"glands": glands, "other_procedures": list(map(fields, e.other_procedures))}),
        "findings": (
            {},
            {"findings": list(map(fields, e.findings)), "interventions": list(map(fields, e.interventions))},
        ),
        "interpretation": (fields(e.interpretation), {}),
        "plan": ({**fields(e.plan), "diagnoses": list(e.diagnoses)}, {}),
    }


def illustrate(*, encounter: Encounter, by: User) -> list[EncounterImage]:
    """Take in and describe the four images. What examining them gives is worked out once for all tests."""
    with mock.patch.object(images, "examine_many", lambda data: _examined(tuple(data))):
        taken = images.take_in(encounter, pictures(), by=by, at=AT)
    known = {f.key: f for f in encounter.findings.all()}  # type: ignore[attr-defined]
    described = []
    for outcome, given in zip(taken, reference().case.encounter.images, strict=True):
        assert outcome.image is not None, outcome.refusal
        values = {**fields(given, "file", "finding", "annotations"), "finding": known.get(given.finding)}
        described.append(images.describe(outcome.image, values, by=by, at=AT))
    encounter.refresh_from_db()
    return described


def upload_pictures(*, encounter: Encounter, by: User) -> None:
    """Take in the four images and say nothing of them."""
    with mock.patch.object(images, "examine_many", lambda data: _examined(tuple(data))):
        images.take_in(encounter, pictures(), by=by, at=AT)


def illustrate_as_proposed(*, encounter: Encounter, by: User) -> None:
    """Take in the four images and describe them as the findings propose."""
    upload_pictures(encounter=encounter, by=by)
    proposals.take_proposals(encounter, None, by=by, at=AT)


MARKS: tuple[dict[str, Any], ...] = (
    {"key": "a1", "kind": "scale", "x1": 1500, "y1": 9200, "x2": 4200, "y2": 9200, "ink": "white",
     "length_mm": Decimal("1.10"), "label": "outer diameter"},
    {"key": "a2", "kind": "arrow", "x1": 2500, "y1": 2000, "x2": 4300, "y2": 4000, "label": "membrane"},
    {"key": "a3", "kind": "ellipse", "x1": 3600, "y1": 3300, "x2": 6400, "y2": 6700, "ink": "blue"},
    {"key": "a4", "kind": "measurement", "x1": 4300, "y1": 5000, "x2": 5700, "y2": 5000, "ink": "white"},
    {"key": "a5", "kind": "text", "x1": 8600, "y1": 1200, "x2": 8600, "y2": 1200, "label": "before dilation"},
)  # fmt: skip
"""One mark of each kind, as a person draws them on the first picture of the reference record."""


def annotated(*, encounter: Encounter, figure: int = 1, marks: Any = MARKS) -> EncounterImage:
    """Draw on a picture of a draft; returns it as it is stored then."""
    from documentation.services.annotations import annotate

    image = encounter.images.get(position=figure)  # type: ignore[attr-defined]
    assert encounter.clinician.user is not None
    return annotate(image, marks, by=encounter.clinician.user, at=AT)


def signed_encounter(*, at: datetime = AT, **visit: Any) -> Encounter:
    """The reference record, signed by its clinician and locked."""
    encounter = drafted(**visit)
    assert encounter.clinician.user is not None
    signing.sign(encounter, by=encounter.clinician.user, at=at)
    return Encounter.objects.get(pk=encounter.pk)


# --- Getting paid -------------------------------------------------------------------------------------------------


def payer(*, by: User | None = None, **values: Any) -> Any:
    """The payer of the reference case with what is known of its rules; another one where values are named."""
    from claims.models import Payer
    from claims.services.payers import record_policy, save_payer

    given = reference().case.payers[0]
    known = {**fields(given, "address", "policy"), **fields(given.address), **values}
    by = by or user(role=Role.BILLER)
    row = Payer.objects.filter(payer_id=known["payer_id"]).first()
    if row is None:
        row = save_payer(None, known, by=by, at=AT)
        record_policy(row, fields(given.policy), by=by, at=AT)
    return row


def coverage(*, person: Patient, with_payer: Any = None, by: User | None = None, **values: Any) -> Any:
    """The plan of the reference case for a patient, verified before the visit."""
    from claims.services.coverage import record_check, save_coverage

    by = by or user(role=Role.BILLER)
    case = reference().case
    given = fields(case.coverages[0], "payer_id", "subscriber", "terms")
    known = {**given, "payer": with_payer or payer(by=by), **values}
    row = save_coverage(person, None, known, by=by, at=AT)
    record_check(row, fields(case.eligibility_checks[0], "payer_id"), by=by, at=AT)
    return row


def code_mapping(*, by: User | None = None, **values: Any) -> Any:
    """A medical code that a payer said it takes."""
    from claims.services.codes import save_mapping

    known = {
        "cdt": "D0371",
        "code": "42660",
        "interventions": ["hydrostatic_dilation"],
        "diagnoses": ["K11.8"],
        "caveat": "Paid once a day.",
        "source": "Provider line, call 4471",
        "effective_on": date(2026, 1, 1),
        "verified_on": date(2026, 10, 12),
        **values,
    }
    return save_mapping(None, known, by=by or user(role=Role.BILLER), at=AT)


def own_code(*, by: User | None = None, **values: Any) -> Any:
    """A code that the reference payer prints on its EOBs, written down by a biller."""
    from claims.services.reason_codes import save_reason

    known = {
        "of_list": "own",
        "payer": values.pop("payer", None) or payer(by=by),
        "code": "X12",
        "text": "x-rays are missing",
        "category": "img",
        "group": "CO",
        "source": "legend of the EOB",
        "effective_on": date(2026, 1, 1),
        **values,
    }
    return save_reason(None, known, by=by or user(role=Role.BILLER), at=AT)


def medical_payer(*, by: User | None = None, **values: Any) -> Any:
    """A medical payer that takes the sialoendoscopy; what it knows is that of the reference case."""
    return payer(by=by, **{"payer_id": "99995", "name": "Example Health Plan", "line": "medical", **values})


def claim_at(*, preparation: str = "draft", by: User | None = None, encounter: Encounter | None = None) -> Any:
    """The dental claim of a signed reference record: `draft` or `ready`."""
    from claims.services import preparation as verbs
    from claims.services.coverage import give_estimate

    by = by or user(role=Role.BILLER)
    encounter = encounter or signed_encounter()
    case = reference().case
    plan = encounter.patient.coverages.filter(is_active=True).first() or coverage(person=encounter.patient, by=by)  # type: ignore[attr-defined]
    give_estimate(encounter, fields(case.estimate), by=by, at=AT)
    claim = verbs.start_claim(encounter, plan, by=by, at=AT, fee=case.fee or Decimal("850.00"))
    if preparation == "ready":
        verbs.mark_ready(claim, by=by, at=AT)
    return claim


def sealed_packet(*, by: User | None = None, claim: Any = None) -> Any:
    """The packet of a ready claim, built and sealed."""
    from claims.services.packets import seal_packet

    by = by or user(role=Role.BILLER)
    return seal_packet(claim or claim_at(preparation="ready", by=by), by=by, at=AT)


def evidence(*, claim: Any, by: User | None = None, data: bytes | None = None, **values: Any) -> Any:
    """A document on the shelf 'Evidence to send': a picture, unless other bytes are given."""
    from claims.services.evidence import add_evidence

    given = {"kind": "prior_imaging", "title": "Ultrasound of the neck", "dated_on": SERVICE_DATE, **values}
    return add_evidence(claim, given, data or pictures()[0].data, by=by or user(), at=AT)[0]


def submission(*, by: User | None = None, claim: Any = None) -> Any:
    """A claim with its sealed packet, sent by portal with its receipt."""
    from claims.services.submissions import submit

    by = by or user(role=Role.BILLER)
    claim = claim or sealed_packet(by=by).claim
    values = {"channel": "portal", "sent_on": TODAY, "proof": "receipt", "proof_reference": "EX-1"}
    return submit(claim, values, by=by, at=AT)


def denial(*, by: User | None = None, claim: Any = None, **values: Any) -> Any:
    """A claim's open denial with the payer's answer, as rows: no file is read for it."""
    from claims.models import Denial, Remittance, RemittanceClaim

    by = by or user(role=Role.BILLER)
    claim = claim or claim_at(by=by)
    remittance = Remittance.objects.create(
        key=f"key {next(numbers)}", source="eob", paid_on=TODAY, recorded_at=AT, recorded_by=by
    )
    answer = RemittanceClaim.objects.create(
        remittance=remittance,
        position=1,
        claim=claim,
        outcome="denied",
        charge=claim.total,
        paid=0,
        patient_share=0,
        denied=claim.total,
    )
    Remittance.objects.filter(pk=remittance.pk).update(posted_at=AT, posted_by=by)
    known = {"cause": "images", "machine_cause": "images", "group": "CO", "carc": "252", "denied_on": TODAY, **values}
    return Denial.objects.create(claim=claim, answer=answer, amount=claim.total, opened_at=AT, **known)
