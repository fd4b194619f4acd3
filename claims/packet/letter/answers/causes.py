"""What the reasons of a denial are about, and whether that asks for clinical judgment."""

from __future__ import annotations

from claims.codes.adjustments import RARC
from claims.codes.denial_causes import CAUSES, category_of
from claims.facts import AppealFacts, DenialFacts, DeniedCodeFacts
from documentation.kernel.rule import Cause

CLINICAL = frozenset(
    (Cause.DOCUMENTATION, Cause.MEDICAL_NECESSITY, Cause.IMAGES, Cause.CODING, Cause.BUNDLING, Cause.OTHER)
)
"""What only somebody who knows the procedure can judge; the others are settled by dates and numbers."""


def is_clinical(facts: AppealFacts) -> bool:
    """Whether any reason of the denial or of an earlier decision asks for clinical judgment."""
    told = {cause for reason in facts.denial.reasons for cause in causes_of(facts.denial, reason)}
    told |= {Cause(e.cause) for e in facts.earlier if e.cause}
    if told <= {Cause.APPEAL}:  # where a payer keeps its decision, its codes do not tell what that was about
        return True
    return bool(told & CLINICAL)


def causes_of(denial: DenialFacts, reason: DeniedCodeFacts) -> tuple[Cause, ...]:
    """What a reason is about: its own cause, then those of its remarks. A cause that a person chose comes first."""
    is_leading = (reason.group, reason.carc) == (denial.group, denial.carc)
    lead = Cause(denial.cause) if is_leading else CAUSES[category_of(reason.carc, reason.rarcs)] or Cause.OTHER
    categories = (RARC[r].category for r in reason.rarcs if r in RARC)
    told = dict.fromkeys((lead, *(cause for c in categories if c and (cause := CAUSES[c]))))
    if len(told) > 1:
        told.pop(Cause.OTHER, None)
    return tuple(told)
