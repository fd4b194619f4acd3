"""What a clinician used last."""

from __future__ import annotations

from documentation.facts import ProcedureFacts
from documentation.models import Encounter
from documentation.queries.encounters import facts_of
from documentation.workflow import EncounterStatus


def last_procedure(encounter: Encounter) -> ProcedureFacts | None:
    """The procedure of the last record that the same clinician signed at the same location; None when there is none."""
    signed = Encounter.objects.filter(
        clinician=encounter.clinician_id, location=encounter.location_id, status=EncounterStatus.SIGNED
    )
    found = signed.select_related("signature").order_by("-service_date", "-pk").first()
    return facts_of(found).procedure if found else None
