"""FIL-11x: the same patient, day, code and gland are billed once; a second gland says why."""

from __future__ import annotations

from dataclasses import replace

from claims.facts import ClaimFacts, OtherVisitFacts, SiblingClaimFacts
from claims.rules.citations import CARC
from claims.rules.examples import READY, TWIN, with_claim, with_line
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import at
from documentation.rules.predicates import and_joined, place_of, said


def glands(c: ClaimFacts) -> set[str]:
    return {f"{g.side} {g.gland}" for g in c.encounter.procedure.glands}


def twins(c: ClaimFacts) -> list[SiblingClaimFacts]:
    """Other claims of the same patient, day and code: to the same payer, or of another visit to any."""
    return [
        s
        for s in c.siblings
        if s.service_date == c.service_date
        and c.procedure_code in s.codes
        and (s.payer_id == c.coverage.payer.payer_id or not s.same_visit)
    ]


def duplicates(c: ClaimFacts) -> list[SiblingClaimFacts]:
    """Twins for the same gland; where either does not name its glands, the doubt counts."""
    return [s for s in twins(c) if not s.glands or not glands(c) or glands(c) & set(s.glands)]


def second_glands(c: ClaimFacts) -> list[SiblingClaimFacts]:
    return [s for s in twins(c) if s not in duplicates(c)]


def is_explained(c: ClaimFacts) -> bool:
    """Whether a line says why a second gland was examined."""
    return any(said(line.second_gland_reason) for line in c.lines)


def same_visits(c: ClaimFacts) -> list[OtherVisitFacts]:
    """Visits of the day that documented one of these glands before this one did."""
    return [v for v in c.other_visits if glands(c) & set(v.glands)]


def shared(c: ClaimFacts, others: tuple[str, ...]) -> str:
    """`left submandibular gland`: what both name."""
    both = sorted(glands(c) & set(others))
    return and_joined(place_of(*reversed(name.split(" ", 1))) for name in both) or "same gland"


def told_duplicate(c: ClaimFacts) -> str:
    other = duplicates(c)[0]
    to = "the same payer" if other.payer_id == c.coverage.payer.payer_id else "another payer, for another visit,"
    return f"Claim {other.number} asks {to} for {c.procedure_code} of the same day and the {shared(c, other.glands)}."


OTHER_GLAND = replace(TWIN, glands=("R parotid",))
OTHER_VISIT = OtherVisitFacts("E000002", ("L submandibular",))

RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="FIL-111",
        title="The service is claimed once",
        severity=Severity.BLOCKER,
        field="claim.service_date",
        message="Another claim asks for the same service of the same day and gland.",
        fix="Open the other claim: correct it or appeal it there, or void one of the two.",
        citation=at(CARC, "18"),
        prevents=Cause.DUPLICATE,
        passes=lambda c: not duplicates(c),
        good=with_claim(siblings=(OTHER_GLAND,)),
        bad=with_claim(siblings=(TWIN,)),
        tell=told_duplicate,
    ),
    Rule(
        id="FIL-112",
        title="A second gland of the day has its reason",
        severity=Severity.WARNING,
        field="lines.second_gland_reason",
        message="Another claim of the day asks for the same code in another gland.",
        fix="Say at the line why the second gland was examined; it is printed with the claim.",
        citation=at(CARC, "18"),
        prevents=Cause.DUPLICATE,
        passes=lambda c: not second_glands(c) or is_explained(c),
        good=replace(
            with_line(second_gland_reason="Both glands swell at meals; the other side was examined the same day."),
            siblings=(OTHER_GLAND,),
        ),
        bad=with_claim(siblings=(OTHER_GLAND,)),
        tell=lambda c: f"Claim {second_glands(c)[0].number} of the same day asks for the same code in another gland.",
    ),
    Rule(
        id="FIL-113",
        title="The visit was documented once",
        severity=Severity.BLOCKER,
        field="claim.encounter",
        message="Another signed visit of the same day documents the same gland.",
        fix="Bill the earlier visit. If both took place, correct the record that names the wrong gland or day.",
        citation=at(CARC, "18"),
        prevents=Cause.DUPLICATE,
        passes=lambda c: not same_visits(c),
        good=READY,
        bad=with_claim(other_visits=(OTHER_VISIT,)),
        tell=lambda c: (
            f"Visit {same_visits(c)[0].number} of the same day documents the"
            f" {shared(c, same_visits(c)[0].glands)} already."
        ),
    ),
)
