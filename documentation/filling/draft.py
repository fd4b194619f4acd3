"""The rest of a record drafted from its findings: reading, relevance, comparison, diagnosis and plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from documentation.facts import EncounterFacts
from documentation.filling.parts import Filling
from documentation.kernel.vocabulary import NONE
from documentation.prose.compose import compose
from documentation.prose.tracking import Source
from documentation.rules.diagnoses import NARROWING, STONE

CHRONIC, ENLARGED = "K11.23", "K11.1"
_INFLAMED = frozenset({"sialodochitis", "purulence", "fibrinous_plaque", "erythema"})
_BY_INDICATION = {
    "chronic_sialadenitis": CHRONIC,
    "recurrent_sialadenitis": CHRONIC,
    "juvenile_recurrent_parotitis": CHRONIC,
    "radioiodine_sialadenitis": CHRONIC,
    "unexplained_enlargement": ENLARGED,
}
SWELLING_OF_HEAD, SWELLING_OF_NECK = "R22.0", "R22.1"
_SWELLINGS = frozenset({"recurrent_swelling", "swelling_at_meals", "persistent_symptoms_after_stone_removal"})
WARNING_SIGNS = "Return at once with fever or increasing swelling"
MASSAGE = "Hydration, gland massage and sialogogues"
AGAIN = "Repeat sialoendoscopy if symptoms return"
WEEKS_AFTER_TREATMENT, WEEKS_OTHERWISE = 4, 6


def from_findings(e: EncounterFacts) -> tuple[Filling, Filling]:
    """Interpretation and plan. `e` holds what is recorded, what waits to be confirmed, and the figures' links."""
    texts: dict[str, Any] = {"quality": "good", "findings": [f.key for f in e.findings]}
    reading = Filling("interpretation", texts | _written(e, "interpretation", "text clinical_relevance comparison"))
    advice = list(e.plan.recommendations) or _advice(e)
    weeks = WEEKS_AFTER_TREATMENT if _is_treated(e) else WEEKS_OTHERWISE
    days = 7 * weeks if e.plan.follow_up_days is None else e.plan.follow_up_days
    values: dict[str, Any] = {
        "diagnoses": list(e.diagnoses) or proposed_diagnoses(e),
        "recommendations": advice,
        "follow_up_days": days,
    }
    planned = replace(e, plan=replace(e.plan, recommendations=tuple(advice), follow_up_days=days))
    return reading, Filling("plan", values | _written(planned, "plan", "statement"))


def _written(e: EncounterFacts, section: str, names: str) -> dict[str, Any]:
    """Prose composed from the facts, with its sources."""
    values: dict[str, Any] = {}
    sources = {}
    for name in names.split():
        sentences = compose(e, f"{section}.{name}")
        values[name] = " ".join(s.text for s in sentences)
        sources[name] = [Source.of(s).as_json() for s in sentences]
    return {**values, "sources": sources}


def proposed_diagnoses(e: EncounterFacts) -> list[str]:
    """The code that the findings call for; of a normal study that of the complaint. Empty where neither says it."""
    types = {f.type for f in e.findings if not f.is_normal}
    if types:
        return [STONE] if "stone" in types else [CHRONIC] if types <= _INFLAMED else [NARROWING]
    for indication in e.justification.indications:
        if indication in _BY_INDICATION:
            return [_BY_INDICATION[indication]]
    if _SWELLINGS & set(e.justification.indications):
        return [SWELLING_OF_HEAD if "parotid" in e.justification.gland else SWELLING_OF_NECK]
    return []


def _advice(e: EncounterFacts) -> list[str]:
    return [MASSAGE, WARNING_SIGNS] if _is_treated(e) else [MASSAGE, AGAIN, WARNING_SIGNS]


def _is_treated(e: EncounterFacts) -> bool:
    return any(i.type != NONE for i in e.interventions)
