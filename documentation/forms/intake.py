"""The intake: what an assistant asks before the clinician begins, as one section out of the parts of others.

It draws the same fields as those sections and saves into the same rows, so that nothing is typed twice.
"""

from __future__ import annotations

from documentation.forms.parts import Group, Item, Section
from documentation.forms.sections import BY_KEY, JUSTIFICATION
from documentation.models import Justification, Procedure

LEFT_TO_THE_CLINICIAN = "Why it changes the care"

CONSENT = Group(
    (
        Item("consent_on", "The day on which the patient signed.", model=Procedure, label="Consent obtained on"),
        Item("consent_by", "Who explained it and obtained it.", model=Procedure, label="Consent obtained by"),
    ),
    "Consent",
)

INTAKE = Section(
    "intake",
    "Intake",
    "visit",
    "Before the clinician begins: what the patient tells, what was tried, what was seen, and the consent.",
    Justification,
    (*(part for part in JUSTIFICATION.body if getattr(part, "title", "") != LEFT_TO_THE_CLINICIAN), CONSENT),
)

TYPED_IN = {**BY_KEY, INTAKE.key: INTAKE}
"""Every section that has a page of its own, by its key."""
