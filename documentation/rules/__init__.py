"""What the record of a sialoendoscopy must say. The catalogue is data: read it to know, change it to decide.

A family a file. Ids are permanent: a rule that is given up leaves its id in `RETIRED`, never to be used again.
"""

from __future__ import annotations

from documentation.facts import EncounterFacts
from documentation.kernel.rule import Rule, catalogue_of
from documentation.rules import (
    agreement,
    confirmation,
    consent,
    consistency,
    findings,
    followup,
    grading,
    images,
    justification,
    procedure,
    prompts,
    reach,
    technique,
)

RETIRED: frozenset[str] = frozenset()

CATALOGUE: tuple[Rule[EncounterFacts], ...] = catalogue_of(
    consent.RULES,
    justification.RULES,
    procedure.RULES,
    technique.RULES,
    findings.RULES,
    images.RULES,
    followup.RULES,
    consistency.RULES,
    agreement.RULES,
    reach.RULES,
    grading.RULES,
    prompts.RULES,
    confirmation.RULES,
    retired=RETIRED,
)
