"""What can be done about a denial, advised by its codes, its amount, its days and what the practice itself has seen.

Nothing here decides: every way comes with the reasons for it, or with what stands against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from documentation.kernel.money import dollars
from documentation.kernel.rule import Cause
from documentation.kernel.statistics import Share


class Way(StrEnum):
    """What somebody decides to do about a denial."""

    CORRECTED = "corrected"
    APPEAL = "appeal"
    NEW_CLAIM = "new_claim"
    OTHER_PLAN = "other_plan"
    DOCUMENTS = "documents"
    PATIENT = "patient"
    WRITE_OFF = "write_off"


WAY_LABELS: dict[str, str] = {
    Way.CORRECTED: "Corrected claim",
    Way.APPEAL: "Appeal",
    Way.NEW_CLAIM: "New claim",
    Way.OTHER_PLAN: "Bill the other plan",
    Way.DOCUMENTS: "Send documents",
    Way.PATIENT: "Bill the patient",
    Way.WRITE_OFF: "Write off",
}

CONSEQUENCES: dict[str, str] = {
    Way.CORRECTED: "A corrected claim (frequency 7) is started in the place of this one, and this denial is resolved.",
    Way.APPEAL: "An appeal is started with a letter from the signed record. The denial stays open until it is decided.",
    Way.NEW_CLAIM: "This claim is closed as void, and a new one is started for the same visit and plan, with a number"
    " of its own.",
    Way.OTHER_PLAN: "The claim to the other plan is opened, or started where there is none. This denial is resolved.",
    Way.DOCUMENTS: "The denial stays open, with sending as its next step. What is put on the claim's shelf is then"
    " built into a supplement and sent.",
    Way.PATIENT: "The denial is resolved, and its amount is left to the patient. No bill leaves by itself.",
    Way.WRITE_OFF: "The amount is given up for good. Nobody is billed for it.",
}
"""What each decision does, as it is told before it is taken."""

FIRST: Mapping[Cause, tuple[Way, ...]] = {
    Cause.DOCUMENTATION: (Way.DOCUMENTS, Way.APPEAL),
    Cause.MEDICAL_NECESSITY: (Way.APPEAL,),
    Cause.IMAGES: (Way.DOCUMENTS, Way.APPEAL),
    Cause.CODING: (Way.CORRECTED, Way.APPEAL),
    Cause.BUNDLING: (Way.APPEAL, Way.CORRECTED),
    Cause.AUTHORIZATION: (Way.APPEAL, Way.CORRECTED),
    Cause.COVERAGE: (Way.OTHER_PLAN, Way.APPEAL, Way.PATIENT),
    Cause.CROSSOVER: (Way.OTHER_PLAN, Way.APPEAL),
    Cause.COB: (Way.CORRECTED, Way.OTHER_PLAN),
    Cause.TIMELY_FILING: (Way.APPEAL,),
    Cause.ELIGIBILITY: (Way.CORRECTED, Way.OTHER_PLAN, Way.PATIENT),
    Cause.DUPLICATE: (),
    Cause.PROVIDER: (Way.CORRECTED, Way.APPEAL),
    Cause.APPEAL: (Way.APPEAL,),
    Cause.OTHER: (),
}
"""What is tried against a denial, by its cause, the best first. Where it is empty the answer must be read."""

WHY: Mapping[tuple[Cause, Way], str] = {
    (Cause.DOCUMENTATION, Way.DOCUMENTS): "The payer misses a document, and the record has it.",
    (Cause.IMAGES, Way.DOCUMENTS): "The payer misses images or their interpretation, and the record has them.",
    (Cause.MEDICAL_NECESSITY, Way.APPEAL): "Necessity is argued with the signed justification.",
    (Cause.CODING, Way.CORRECTED): "What is coded wrong is mended, not argued.",
    (Cause.BUNDLING, Way.APPEAL): "Say why the service stands by itself.",
    (Cause.AUTHORIZATION, Way.APPEAL): "Ask for the authorization after the fact, and appeal with it.",
    (Cause.COVERAGE, Way.OTHER_PLAN): "This plan does not cover it; another one may.",
    (Cause.TIMELY_FILING, Way.APPEAL): "The proof of filing decides.",
    (Cause.ELIGIBILITY, Way.CORRECTED): "Check eligibility, then send it with the right member and plan.",
    (Cause.COB, Way.CORRECTED): "Settle who pays first, then send it with the other plan's amounts.",
    (Cause.PROVIDER, Way.CORRECTED): "Mend the provider's numbers, then send it again.",
    (Cause.APPEAL, Way.APPEAL): "The next level decides.",
}


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the advice looks at. Amounts are cents, days are counted from today; None is not known."""

    cause: Cause
    cents: int
    groups: frozenset[str]
    """The groups of the denied codes, a payer's own read as the group that it stands for."""
    may_appeal: bool = True
    appeal_days: int | None = None
    """Days left to appeal, negative when late."""
    is_day_firm: bool = True
    """Whether the last day follows a rule that somebody verified; an unverified one may be passed with a reason."""
    open_appeal: bool = False
    needs_new_claim: bool = False
    other_plan: str = ""
    """'medical' or 'dental' where the answer names the other plan, 'both' where both refused."""
    is_forwarded: bool = False
    has_plan: str = ""
    """The name of the patient's plan of the other line, or of the next one; empty where there is none."""
    other_claim: str = ""
    """The number of a claim to it that is there already."""
    against_correction: tuple[str, ...] = ()
    """What stands against a corrected claim, in sentences."""
    against_write_off: tuple[str, ...] = ()
    """What stands against giving the amount up, in sentences."""
    has_packet: bool = False
    holds: tuple[str, ...] = ()
    """What else is open of the visit's claims, to any plan, in sentences: while it is, nobody bills the patient."""
    limit_cents: int = 0
    """Above it a write-off needs a second person."""
    record: Mapping[Way, Share] = field(default_factory=dict)
    """How often a way brought money for this cause at this payer: counts of the practice's own decided cases."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One way: whether it is advised (`rank` from 1), and why; or what stands against it."""

    way: Way
    rank: int
    reasons: tuple[str, ...]
    against: tuple[str, ...] = ()

    @property
    def is_possible(self) -> bool:
        return not self.against

    @property
    def label(self) -> str:
        return WAY_LABELS[self.way]

    @property
    def consequence(self) -> str:
        return CONSEQUENCES[self.way]


def advise(s: Situation) -> tuple[Advice, ...]:
    """Every way, the advised ones first, then what is possible, then what is not."""
    order = _order(s)
    found = []
    for way in Way:
        against = tuple(_against(way, s))
        is_late = way is Way.APPEAL and s.appeal_days is not None and s.appeal_days < 0
        rank = order.index(way) + 1 if way in order and not against and not is_late else 0
        found.append(Advice(way, rank, tuple(_reasons(way, s, is_advised=bool(rank))), against))
    ranked = sorted((a for a in found if a.rank), key=lambda a: a.rank)
    numbered = [Advice(a.way, n, a.reasons, a.against) for n, a in enumerate(ranked, 1)]
    rest = sorted((a for a in found if not a.rank), key=lambda a: (not a.is_possible, a.way is Way.WRITE_OFF))
    return (*numbered, *rest)


def _order(s: Situation) -> tuple[Way, ...]:
    """The ways of the cause, as the answer itself and the practice's own record turn them."""
    if s.needs_new_claim:
        return (Way.NEW_CLAIM,)
    ways = list(FIRST[s.cause])
    if s.other_plan in ("medical", "dental"):
        ways = [Way.OTHER_PLAN, *(w for w in ways if w is not Way.OTHER_PLAN)]
    if s.other_plan == "both":
        ways = [Way.APPEAL, Way.PATIENT]
    proven = [w for w in ways if (share := s.record.get(w)) and share.whole >= 5 and share.part * 2 > share.whole]
    if proven:
        best = max(proven, key=lambda w: s.record[w].value or 0)
        ways = [best, *(w for w in ways if w is not best)]
    return tuple(ways)


def _against(way: Way, s: Situation) -> Iterable[str]:
    """What stands against a way, in sentences."""
    if s.open_appeal and way not in (Way.DOCUMENTS,):
        yield "An appeal of this denial is open. Record its decision, or withdraw it first."
        return
    if way is Way.CORRECTED:
        if s.needs_new_claim:
            yield "The payer processed nothing (MA130), so there is nothing to replace. Send a new claim."
        else:
            yield from s.against_correction
    elif way is Way.APPEAL:
        if s.needs_new_claim:
            yield "The payer could not process the claim (MA130): there is no appeal. Send a new claim."
        elif not s.may_appeal:
            yield "The payer gave no right of appeal for this answer."
        elif s.appeal_days is not None and s.appeal_days < 0 and s.is_day_firm:
            yield "The last day to appeal has passed."
    elif way is Way.NEW_CLAIM:
        if not s.needs_new_claim:
            yield "The payer decided on this claim: a new one would be refused as a duplicate."
    elif way is Way.OTHER_PLAN:
        if s.is_forwarded:
            yield "The payer passed the claim on by itself. Sent again, it would be a duplicate: wait for that plan."
        elif s.other_plan == "both":
            yield "Both plans considered it, and neither pays."
        elif not s.has_plan:
            yield "No other plan of the patient is on the list for the day of service. Add it first."
    elif way is Way.DOCUMENTS:
        if not s.has_packet:
            yield "No packet was sent with this claim, so there is nothing to supplement."
    elif way is Way.PATIENT:
        closed = sorted(s.groups - {"PR"})
        yield from (_FORBIDDEN[g if g in _FORBIDDEN else "OA"] for g in closed[:1])
        if s.holds:
            yield f"{s.holds[0]} Until that is decided nobody bills the patient, unless a manager releases the bill."
    elif way is Way.WRITE_OFF:
        yield from s.against_write_off


_FORBIDDEN = {
    "CO": "The payer put it on the contract (CO): the patient may not be billed.",
    "PI": "The payer reduced it by itself (PI): dispute it first; the patient may not be billed in network.",
    "OA": "The payer did not put it on the patient (group PR), so the patient may not be billed for it.",
}


def _reasons(way: Way, s: Situation, *, is_advised: bool) -> Iterable[str]:
    """Why a way, in sentences: the answer, the days, the amount, the practice's own record."""
    if is_advised and (why := WHY.get((s.cause, way))):
        yield why
    if way is Way.NEW_CLAIM and s.needs_new_claim:
        yield "The payer could not process the claim and asks for a new one (MA130)."
    if way is Way.OTHER_PLAN and s.other_plan in ("medical", "dental"):
        yield f"The payer says that the {s.other_plan} plan is the one to ask."
    if way is Way.OTHER_PLAN and s.has_plan:
        there = f", and {s.other_claim} is the claim to it" if s.other_claim else ""
        yield f"The patient has {s.has_plan}{there}."
    if way is Way.APPEAL and s.appeal_days is not None and s.appeal_days >= 0 and s.may_appeal:
        days = "1 day is" if s.appeal_days == 1 else f"{s.appeal_days} days are"
        yield f"{days} left to appeal {dollars(s.cents)}."
    if way is Way.APPEAL and s.appeal_days is not None and s.appeal_days < 0:
        yield "By a rule that nobody verified the last day has passed. Ask the payer, and say why it is in time."
    if way is Way.PATIENT and s.groups == {"PR"}:
        yield "The payer put it on the patient (group PR)."
    if way is Way.WRITE_OFF:
        yield (
            f"{dollars(s.cents)} is above the limit of {dollars(s.limit_cents)}: a second person decides."
            if s.cents > s.limit_cents
            else f"{dollars(s.cents)} is within the limit of {dollars(s.limit_cents)}: one person is enough."
        )
    if (share := s.record.get(way)) and share.whole:
        yield said_of(way, share)


def said_of(way: Way, share: Share) -> str:
    """'3 of 4 appeals for this cause at this payer brought money here (95 % interval 30 to 95 %).'"""
    low, high = share.interval or (0.0, 0.0)
    what = {Way.APPEAL: "appeal", Way.DOCUMENTS: "sending of documents", Way.CORRECTED: "corrected claim"}.get(
        way, "such decision"
    )
    plural = {"sending of documents": "sendings of documents"}.get(what, f"{what}s")
    return (
        f"{share.part} of {share.whole} {what if share.whole == 1 else plural} for this cause at this payer brought"
        f" money here (95 % interval {low:.0%} to {high:.0%})."
    )
