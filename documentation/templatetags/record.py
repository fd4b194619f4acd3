"""Words of the record for its pages."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from documentation.facts import EncounterFacts
from documentation.models import Encounter
from documentation.queries import reading
from documentation.templatetags.ui import badge
from documentation.views.work import state_of

register = template.Library()


@register.filter
def figure_words(facts: EncounterFacts, number: int) -> str:
    """Everything recorded of a picture besides its caption and reading."""
    return reading.figure_words(facts, number)


@register.simple_tag
def encounter_state(encounter: Encounter) -> SafeString:
    """The state of an encounter in its word and colour."""
    return badge(*state_of(encounter))
