"""From the codes of a payer's answer to what happened: paid, denied and why, or something that is no denial.

Deterministic and complete: every answer gets an outcome, every denied cent one cause, and the codes are kept as
they came. A deductible, a contractual reduction, a pended line and a predetermination are no denials; a payment
of zero never closes anything by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from claims.codes import adjustments as tables
from claims.codes.adjustments import Adjustment, Category
from claims.codes.answer_notes import AnswerLine, notes_on
from claims.codes.code_book import OWN_GROUP, PROGRAM, CodeBook
from claims.codes.verdicts import Verdict, verdict_on
from documentation.kernel.rule import Cause


class Outcome(StrEnum):
    """What the payer did with a claim."""

    PAID = "paid"
    PARTLY_PAID = "partly_paid"
    DENIED = "denied"
    PATIENT_SHARE = "patient_share"
    """Nothing paid, and nothing refused: deductible, capitation, or an earlier payer paid it all."""
    PENDED = "pended"
    PREDETERMINATION = "predetermination"
    REVERSAL = "reversal"


REVERSAL_STATUS = "22"
PREDETERMINATION_STATUS = "25"

CAUSES: Mapping[Category, Cause | None] = {
    Category.DOC: Cause.DOCUMENTATION,
    Category.NEC: Cause.MEDICAL_NECESSITY,
    Category.IMG: Cause.IMAGES,
    Category.COD: Cause.CODING,
    Category.BUN: Cause.BUNDLING,
    Category.AUT: Cause.AUTHORIZATION,
    Category.COV: Cause.COVERAGE,
    Category.XOV: Cause.CROSSOVER,
    Category.COB: Cause.COB,
    Category.TIM: Cause.TIMELY_FILING,
    Category.ELG: Cause.ELIGIBILITY,
    Category.DUP: Cause.DUPLICATE,
    Category.PRV: Cause.PROVIDER,
    Category.APL: Cause.APPEAL,
    Category.UNK: Cause.OTHER,
    Category.PND: None,
    Category.PAT: None,
    Category.CTR: None,
    Category.EST: None,
}

PREVENTABLE = frozenset(
    {
        Cause.DOCUMENTATION,
        Cause.IMAGES,
        Cause.CODING,
        Cause.AUTHORIZATION,
        Cause.ELIGIBILITY,
        Cause.TIMELY_FILING,
        Cause.DUPLICATE,
        Cause.COB,
        Cause.CROSSOVER,
    }
)

REMARK_DECIDES = frozenset("16 96 A1 129 148 163 164 226 250 251 252 272".split())
"""Reasons that say little by themselves: the remark code beside them names the cause."""

ORDER = tuple(Category(c) for c in "img doc xov aut cob elg tim dup bun cod nec cov prv apl unk".split())
"""Which category wins where remarks push to several, or two causes cost the same."""

_SETTLED_ELSEWHERE = frozenset({"23", "24", "100"})
"""With these, nothing from this payer is right: an earlier payer, capitation, or the patient has the money."""


@dataclass(frozen=True, slots=True)
class Line:
    """An answer line that does not come from a file."""

    charge_cents: int
    paid_cents: int = 0
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    code: str = ""
    original_code: str = ""


@dataclass(frozen=True, slots=True)
class DeniedCode:
    """An adjustment that counted as denied, verbatim. `line` counts from 1; 0 is the whole claim."""

    group: str
    carc: str
    cents: int
    line: int
    rarcs: tuple[str, ...]
    category: Category

    def as_json(self) -> dict[str, object]:
        return {
            "group": self.group,
            "carc": self.carc,
            "cents": self.cents,
            "line": self.line,
            "rarcs": list(self.rarcs),
        }


@dataclass(frozen=True, slots=True)
class Classification:
    """What became of a claim. Without a denied amount, `cause` is None and the codes are empty."""

    outcome: Outcome
    cause: Cause | None = None
    group: str = ""
    carc: str = ""
    rarcs: tuple[str, ...] = ()
    """Remarks of the leading reason first, then all others of the answer."""
    denied_cents: int = 0
    patient_cents: int = 0
    """What the payer puts on the patient (group PR), denied or not."""
    pended_cents: int = 0
    """What the payer has not decided yet, beside what it decided: such an answer settles nothing."""
    is_full: bool = False
    """Denied, and nothing paid."""
    may_appeal: bool = True
    needs_new_claim: bool = False
    """The payer could not process the claim: no appeal, a new claim."""
    notes: tuple[str, ...] = ()
    codes: tuple[DeniedCode, ...] = field(default=())
    """Every adjustment that counted as denied, in the order of the answer."""
    other_plan: str = ""
    """'medical' or 'dental' where the payer says that the other plan is the one to ask; 'both' where both refused."""
    is_forwarded: bool = False
    """The payer passed the claim on by itself: wait before it is sent again."""
    book: CodeBook = field(default=PROGRAM, repr=False, compare=False)

    @property
    def is_denial(self) -> bool:
        """Whether an amount was denied; a partly paid claim may carry one, too."""
        return self.denied_cents > 0

    @property
    def is_preventable(self) -> bool:
        return self.cause in PREVENTABLE

    @property
    def first_move(self) -> str:
        """What to do first; an empty text where we have no advice."""
        if self.needs_new_claim:
            return "Send a new claim"
        row = self.book.carcs.get(self.carc) if self.is_denial and self.group != OWN_GROUP else None
        return row.move if row else ""

    @property
    def plain_words(self) -> str:
        """The leading codes in plain words; empty where nothing was denied."""
        if not self.is_denial:
            return ""
        return self.book.plain_words(self.group, self.carc, self.rarcs) or "The payer gave no reason."


OTHER_PLAN: Mapping[str, str] = {
    "254": "medical",
    "290": "medical",
    "270": "dental",
    "291": "dental",
    "168": "both",
    "289": "both",
}
"""The plan that a crossover code names: dental sends to medical and back; 289 and 168 say that neither pays."""


def category_of(carc: str, remarks: Iterable[str] = (), group: str = "CO", book: CodeBook = PROGRAM) -> Category:
    """Where a reason belongs, with the remarks beside it: they decide for reasons that say little themselves."""
    if carc in REMARK_DECIDES and group != OWN_GROUP and (pushed := book.pushed_by(remarks)):
        return min(pushed, key=ORDER.index)
    return book.category_of(group, carc)


def classify(
    *,
    status_code: str,
    charge_cents: int,
    paid_cents: int,
    adjustments: Sequence[Adjustment] = (),
    lines: Sequence[AnswerLine] = (),
    remarks: Sequence[str] = (),
    book: CodeBook = PROGRAM,
    day: date | None = None,
) -> Classification:
    """What happened to a claim.

    `adjustments` and `remarks` are those of the whole claim, `status_code` is CLP02; the lines carry their own.
    The status code only tells reversals and predeterminations: a plain denial arrives as 'processed as primary'.
    A negative charge is a reversal whatever its status. `book` is what is known of codes, `day` that of the answer.
    """
    everything = _all_adjustments(adjustments, lines)
    all_remarks = tuple(dict.fromkeys([*remarks, *(r for line in lines for r in line.remarks)]))
    carcs = {a.carc for a in everything if a.group != OWN_GROUP}
    patient = sum(a.cents for a in everything if book.group_of(a.group, a.carc) == "PR")
    pended = _pended(everything, book)
    notes = notes_on(lines, all_remarks, everything, book, day)

    if status_code == REVERSAL_STATUS or charge_cents < 0:
        return Classification(Outcome.REVERSAL, rarcs=all_remarks, patient_cents=patient, notes=notes)
    if status_code == PREDETERMINATION_STATUS or "101" in carcs or _is_estimate(paid_cents, all_remarks):
        return Classification(Outcome.PREDETERMINATION, rarcs=all_remarks, patient_cents=patient, notes=notes)

    codes = [
        *_denied(0, adjustments, charge_cents, remarks, book),
        *(
            c
            for i, line in enumerate(lines, 1)
            for c in _denied(i, line.adjustments, line.charge_cents, _beside(line, remarks), book)
        ),
    ]
    if not codes and paid_cents <= 0 < charge_cents:
        if pended:
            return Classification(
                Outcome.PENDED, rarcs=all_remarks, patient_cents=patient, pended_cents=pended, notes=notes
            )
        if patient > 0 or _is_settled_elsewhere(everything):
            return Classification(
                Outcome.PATIENT_SHARE, rarcs=all_remarks, patient_cents=patient, pended_cents=pended, notes=notes
            )
        codes = _unexplained(everything, charge_cents, all_remarks)
        notes = (
            *notes,
            "Nothing was paid and nothing is left to the patient, without a reason for a denial. Look at it.",
        )
    if not codes:
        outcome = Outcome.PAID if paid_cents > 0 else Outcome.PATIENT_SHARE
        return Classification(outcome, rarcs=all_remarks, patient_cents=patient, pended_cents=pended, notes=notes)

    lead = _leading(codes)
    outcome = Outcome.PARTLY_PAID if paid_cents > 0 else Outcome.DENIED
    return Classification(
        outcome,
        cause=CAUSES[lead.category] or Cause.OTHER,
        group=lead.group,
        carc=lead.carc,
        rarcs=tuple(dict.fromkeys([*lead.rarcs, *all_remarks])),
        denied_cents=sum(c.cents for c in codes),
        patient_cents=patient,
        pended_cents=pended,
        is_full=outcome is Outcome.DENIED,
        may_appeal=tables.NO_APPEAL.isdisjoint(all_remarks),
        needs_new_claim=not tables.NEW_CLAIM.isdisjoint(all_remarks),
        notes=notes,
        codes=tuple(codes),
        other_plan=_other_plan(codes),
        is_forwarded=any(book.is_passed_on(c.group, c.carc) for c in codes),
        book=book,
    )


def _other_plan(codes: Sequence[DeniedCode]) -> str:
    """The plan that the dearest crossover code names; empty where none does."""
    named = [c for c in codes if c.carc in OTHER_PLAN and c.group != OWN_GROUP]
    return OTHER_PLAN[max(named, key=lambda c: c.cents).carc] if named else ""


def _all_adjustments(adjustments: Sequence[Adjustment], lines: Sequence[AnswerLine]) -> list[Adjustment]:
    return [*adjustments, *(a for line in lines for a in line.adjustments)]


def _beside(line: AnswerLine, claim_remarks: Sequence[str]) -> Sequence[str]:
    """The remarks that explain a line: its own, or those of the claim where it has none."""
    return line.remarks or claim_remarks


def _pended(everything: Sequence[Adjustment], book: CodeBook) -> int:
    return sum(a.cents for a in everything if a.cents > 0 and book.category_of(a.group, a.carc) is Category.PND)


def _is_estimate(paid_cents: int, remarks: Sequence[str]) -> bool:
    return paid_cents == 0 and not tables.PREDETERMINATION_REMARKS.isdisjoint(remarks)


def _is_settled_elsewhere(everything: Sequence[Adjustment]) -> bool:
    return any(a.carc in _SETTLED_ELSEWHERE and a.cents > 0 and a.group != OWN_GROUP for a in everything)


def _denied(
    line: int, adjustments: Sequence[Adjustment], charge_cents: int, remarks: Sequence[str], book: CodeBook
) -> list[DeniedCode]:
    """The adjustments of one line (or of the claim itself) that are a denial, each code once with its net amount."""
    net: dict[tuple[str, str], int] = defaultdict(int)
    for a in adjustments:
        net[a.group, a.carc] += a.cents
    rarcs = tuple(dict.fromkeys(remarks))
    denied = []
    for (group, carc), cents in net.items():
        category = category_of(carc, rarcs, group, book)
        code = "" if group == OWN_GROUP else carc
        if verdict_on(book.group_of(group, carc), code, category, cents, charge_cents) is not Verdict.DENIED:
            continue
        # A contract's code that hides a denial says nothing of its cause.
        found = Category.UNK if CAUSES[category] is None else category
        denied.append(DeniedCode(group, carc, cents, line, rarcs, found))
    return denied


def _unexplained(everything: Sequence[Adjustment], charge_cents: int, remarks: Sequence[str]) -> list[DeniedCode]:
    """An unpaid claim with nothing but contractual reductions, or with no reason at all: denied, cause unknown."""
    taken = [a for a in everything if a.cents > 0]
    lead = max(taken, key=lambda a: a.cents, default=Adjustment("", "", charge_cents))
    cents = min(charge_cents, sum(a.cents for a in taken)) or charge_cents
    return [DeniedCode(lead.group, lead.carc, cents, 0, tuple(remarks), Category.UNK)]


def _leading(codes: Sequence[DeniedCode]) -> DeniedCode:
    """The dearest code of the category that costs the most; the order of categories decides between equals."""
    cost: dict[Category, int] = defaultdict(int)
    for c in codes:
        cost[c.category] += c.cents
    dearest = min(cost, key=lambda category: (-cost[category], ORDER.index(category)))
    return max((c for c in codes if c.category is dearest), key=lambda c: c.cents)
