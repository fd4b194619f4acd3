"""What of the last visit still holds: why the patient comes, what was tried, what was used. Never what was found.

Not carried: the consent, which is given anew; how bad it was and the words for it, which are of that day; the
findings. A finding is taken over only when somebody asks for it by itself.
"""

from __future__ import annotations

from dataclasses import replace

from documentation.facts import EncounterFacts
from documentation.filling.parts import Filling, row_of, taken
from documentation.filling.study import HABITS


def from_last_visit(before: EncounterFacts) -> tuple[Filling, Filling]:
    """Justification and procedure, as far as they outlast a visit."""
    j = before.justification
    why = Filling(
        "justification",
        taken(j, "indications gland side onset_on history history_note"),
        {"prior_care": [row_of(c) for c in j.prior_care], "prior_imaging": [row_of(s) for s in j.prior_imaging]},
    )
    return why, Filling("procedure", taken(before.procedure, HABITS))


def carried_finding(before: EncounterFacts, key: str) -> Filling | None:
    """One finding of the last visit as a finding of today, without the reason why it had no picture then."""
    finding = before.finding(key)
    if finding is None:
        return None
    return Filling("findings", rows={"findings": [{**row_of(replace(finding, not_imaged_reason="")), "key": ""}]})
