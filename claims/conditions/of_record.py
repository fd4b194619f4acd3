"""What may be asked of the signed record that a claim rests on."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

from claims.conditions.kinds import Kind
from claims.conditions.property import Property
from claims.facts import ClaimFacts
from documentation.facts import ImageFacts
from documentation.kernel import vocabulary as words
from documentation.kernel.dates import age_on

_IN_DUCT = words.ENDOSCOPIC_KINDS


def _scope_images(facts: ClaimFacts) -> tuple[ImageFacts, ...]:
    return tuple(i for i in facts.encounter.images if i.kind in _IN_DUCT)


def _age(facts: ClaimFacts) -> int | None:
    born, day = facts.encounter.patient.birth_date, facts.service_date
    return age_on(born, day) if born and day else None


def _days_of_complaint(facts: ClaimFacts) -> int | None:
    onset, day = facts.encounter.justification.onset_on, facts.service_date
    return (day - onset).days if onset and day else None


def _is_complete(facts: ClaimFacts) -> bool | None:
    answers = [g.complete for g in facts.encounter.procedure.glands]
    if False in answers:
        return False
    return None if not answers or None in answers else True


def _largest_stone(facts: ClaimFacts) -> Decimal | None:
    sizes = [f.size_mm for f in facts.encounter.findings if f.type == "stone" and f.size_mm is not None]
    return max(sizes, default=None)


def _days_to_sign(facts: ClaimFacts) -> int | None:
    signature, day = facts.encounter.signature, facts.service_date
    if signature is None or signature.signed_at is None or day is None:
        return None
    zone = facts.encounter.location.time_zone
    return (signature.signed_at.astimezone(ZoneInfo(zone) if zone else None).date() - day).days


def _findings_without_image(facts: ClaimFacts) -> int:
    e = facts.encounter
    return sum(not f.is_normal and not e.images_of(f.key) for f in e.findings)


PROPERTIES = (
    Property(
        "patient.age", "patient's age", "Completed years on the day of service.", Kind.NUMBER, _age, "years", low=0,
        high=130,
    ),
    Property(
        "patient.sex", "patient's sex", "As recorded.", Kind.CHOICE, lambda f: f.encounter.patient.sex,
        choices=words.SEX,
    ),
    Property(
        "clinician.name", "clinician", "The name of who treated.", Kind.TEXT,
        lambda f: f"{f.encounter.clinician.first_name} {f.encounter.clinician.last_name}".strip(),
    ),
    Property(
        "clinician.npi", "clinician's NPI", "The NPI of who treated.", Kind.TEXT, lambda f: f.encounter.clinician.npi,
    ),
    Property(
        "reason.indications", "indications", "Why the examination was needed.", Kind.LIST,
        lambda f: f.encounter.justification.indications, choices=words.INDICATION,
    ),
    Property(
        "reason.symptoms", "symptoms", "What the patient felt.", Kind.LIST,
        lambda f: f.encounter.justification.symptoms, choices=words.SYMPTOM,
    ),
    Property(
        "reason.history", "relevant history", "Earlier diseases and treatments that matter.", Kind.LIST,
        lambda f: f.encounter.justification.history, choices=words.HISTORY,
    ),
    Property(
        "reason.prior_care", "care before the visit", "What was tried before.", Kind.LIST,
        lambda f: tuple(c.type for c in f.encounter.justification.prior_care), choices=words.PRIOR_CARE,
    ),
    Property(
        "reason.prior_imaging", "imaging before the visit", "Which studies were done before.", Kind.LIST,
        lambda f: tuple(i.modality for i in f.encounter.justification.prior_imaging), choices=words.IMAGING_MODALITY,
    ),
    Property(
        "reason.inconclusive", "number of inconclusive earlier studies", "Studies that left a question open.",
        Kind.NUMBER,
        lambda f: sum(i.inconclusive is True for i in f.encounter.justification.prior_imaging),
        low=0, high=999, is_always_known=True,
    ),
    Property(
        "reason.episodes", "episodes per month", "How often the complaint came.", Kind.NUMBER,
        lambda f: f.encounter.justification.episodes_per_month, low=0, high=999,
    ),
    Property(
        "reason.pain", "pain", "From 0 to 10.", Kind.NUMBER, lambda f: f.encounter.justification.pain, low=0, high=10
    ),
    Property(
        "reason.duration", "duration of the complaint", "Days from its onset to the service.", Kind.NUMBER,
        _days_of_complaint, "days", low=0, high=50_000,
    ),
    Property(
        "reason.statement", "description of the complaint", "The sentence on what the patient felt.", Kind.TEXT,
        lambda f: f.encounter.justification.statement,
    ),
    Property(
        "reason.change_of_care", "how the result changes care", "The sentence on what each result would lead to.",
        Kind.TEXT, lambda f: f.encounter.justification.change_of_care,
    ),
    Property(
        "procedure.glands", "glands examined", "Which glands the endoscope was meant for.", Kind.LIST,
        lambda f: tuple(g.gland for g in f.encounter.procedure.glands), choices=words.GLAND,
    ),
    Property(
        "procedure.sides", "sides examined", "The patient's right, left or midline.", Kind.LIST,
        lambda f: tuple(g.side for g in f.encounter.procedure.glands), choices=words.SIDE,
    ),
    Property(
        "procedure.extents", "farthest points reached", "How far the endoscope came, gland by gland.", Kind.LIST,
        lambda f: tuple(g.extent for g in f.encounter.procedure.glands if g.extent), choices=words.EXTENT,
    ),
    Property(
        "procedure.complete", "examination was complete", "Of every gland examined.", Kind.YES_NO, _is_complete
    ),
    Property(
        "procedure.anesthesia", "anesthesia", "The kind of anesthesia.", Kind.CHOICE,
        lambda f: f.encounter.procedure.anesthesia, choices=words.ANESTHESIA,
    ),
    Property(
        "procedure.scope", "outer diameter of the endoscope", "In millimeters.", Kind.NUMBER,
        lambda f: f.encounter.procedure.scope_outer_diameter_mm, "mm", low=0, high=10, is_whole=False,
    ),
    Property(
        "procedure.complications", "complications", "What happened during and after.", Kind.LIST,
        lambda f: f.encounter.procedure.complications, choices=words.COMPLICATION,
    ),
    Property(
        "procedure.treatments", "treatments done", "What was done besides looking.", Kind.LIST,
        lambda f: tuple(i.type for i in f.encounter.interventions), choices=words.INTERVENTION, is_always_known=True,
    ),
    Property(
        "findings.types", "findings", "What was seen.", Kind.LIST,
        lambda f: tuple(x.type for x in f.encounter.findings),
        choices=words.FINDING,
    ),
    Property(
        "findings.count", "number of findings", "How many things were recorded as seen.", Kind.NUMBER,
        lambda f: len(f.encounter.findings), low=0, high=999, is_always_known=True,
    ),
    Property(
        "findings.largest_stone", "size of the largest stone", "Its longest diameter.", Kind.NUMBER, _largest_stone,
        "mm",
        low=0, high=100, is_whole=False,
    ),
    Property(
        "images.count", "number of images", "All pictures of the record.", Kind.NUMBER,
        lambda f: len(f.encounter.images), low=0, high=999, is_always_known=True,
    ),
    Property(
        "images.endoscopic", "number of endoscopic images", "Pictures from inside of the duct.", Kind.NUMBER,
        lambda f: len(_scope_images(f)), low=0, high=999, within="images.count", is_always_known=True,
    ),
    Property(
        "images.key", "number of key images", "Pictures marked as the ones that show the finding.", Kind.NUMBER,
        lambda f: sum(i.key_image for i in f.encounter.images),
        low=0, high=999, within="images.count", is_always_known=True,
    ),
    Property(
        "images.unread", "number of endoscopic images without a reading",
        "Pictures of which nobody wrote what they show.",
        Kind.NUMBER, lambda f: sum(not i.reading for i in _scope_images(f)),
        low=0, high=999, within="images.endoscopic", is_always_known=True,
    ),
    Property(
        "images.findings_without", "number of findings without an image", "Abnormal findings that no picture shows.",
        Kind.NUMBER, _findings_without_image, low=0, high=999, within="findings.count", is_always_known=True,
    ),
    Property(
        "images.flaws", "flaws of the images", "What was wrong with their quality.", Kind.LIST,
        lambda f: tuple(flaw for i in f.encounter.images for flaw in i.flaws),
        choices={k: v.capitalize() for k, v in words.FLAW_IN_SHORT.items()}, is_always_known=True,
    ),
    Property(
        "reading.text", "interpretation", "The written interpretation.", Kind.TEXT,
        lambda f: f.encounter.interpretation.text,
    ),
    Property(
        "reading.length", "length of the interpretation", "How long the interpretation is.", Kind.NUMBER,
        lambda f: len(f.encounter.interpretation.text), "characters", low=0, high=20_000, is_always_known=True,
    ),
    Property(
        "reading.relevance_length", "length of the clinical relevance", "How long the statement on its relevance is.",
        Kind.NUMBER, lambda f: len(f.encounter.interpretation.clinical_relevance), "characters",
        low=0, high=20_000, is_always_known=True,
    ),
    Property(
        "reading.quality", "quality of the images as read", "Good, limited or poor.", Kind.CHOICE,
        lambda f: f.encounter.interpretation.quality, choices=words.QUALITY,
    ),
    Property(
        "care.follow_up", "time to the follow-up", "Days from the service to the next visit.", Kind.NUMBER,
        lambda f: f.encounter.plan.follow_up_days, "days", low=0, high=3_650,
    ),
    Property(
        "care.recommended", "care recommended", "What was recommended after the visit.", Kind.LIST,
        lambda f: f.encounter.plan.measures, choices=words.CARE_AFTER,
    ),
    Property(
        "record.version", "version of the record", "1 for the record as first signed.", Kind.NUMBER,
        lambda f: f.encounter.version, low=1, high=999, is_always_known=True,
    ),
    Property(
        "record.addenda", "number of addenda", "What was added after the signature.", Kind.NUMBER,
        lambda f: len(f.encounter.addenda), low=0, high=999, is_always_known=True,
    ),
    Property(
        "record.days_to_sign", "time from the service to the signature", "Days.", Kind.NUMBER, _days_to_sign, "days",
        low=0, high=36_500,
    ),
)  # fmt: skip
