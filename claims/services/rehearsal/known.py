"""Which words and codes a rehearsal takes over: those of the program, and what has the shape of a public code."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django.apps import apps

from claims import workflow
from claims.channels import CHANNELS
from claims.channels.profile import LIMITS
from claims.clocks.paths import Regime
from claims.codes.denial_causes import Outcome
from claims.playbook import QUESTIONS
from documentation.kernel.machine import Machine
from documentation.kernel.vocabulary import BY_NAME

_CODE = re.compile(
    r"D[0-9]{4}"  # CDT
    r"|[0-9]{5}|[0-9]{4}[A-Z]|[A-Z][0-9]{4}"  # CPT, HCPCS
    r"|[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?"  # ICD-10-CM, with its dot
    r"|[A-Z]{0,2}[0-9]{1,4}|[A-Z]{1,2}"  # reasons, remarks, groups, modifiers, places of service
    r"|[0-9]{3}[0-9A-Z][A-Z][0-9]{4}X"  # taxonomy of providers
    r"|[A-Z]{3}-[0-9]{3,4}",  # rules
    re.ASCII,
)

_KEYS = {"group", "carc", "cents", "line", "rarcs", "code", "amount_cents"}
"""What the program calls the parts of what a payer denied."""


@cache
def words() -> frozenset[str]:
    """Every token of the program."""
    found = {token for vocabulary in BY_NAME.values() for token in vocabulary}
    found |= {q.key for q in QUESTIONS} | {str(value) for q in QUESTIONS for value, _ in q.choices}
    found |= {channel.key for channel in CHANNELS} | {limit.key for limit in LIMITS} | {*Regime} | {*Outcome}
    for machine in (m for m in vars(workflow).values() if isinstance(m, Machine)):
        found |= {str(machine.initial), *(str(t.target) for t in machine.transitions)}
    for model in apps.get_models():
        if model._meta.app_label in ("claims", "documentation"):
            found |= {str(value) for f in model._meta.local_concrete_fields for value, _ in f.flatchoices or ()}
    return frozenset(found)


def known(value: Any) -> Any:
    """The value where each part of it is a word of the program, a public code, a number, yes or no; else without the
    parts that are not.
    """
    if isinstance(value, str):
        return value if value in words() or _CODE.fullmatch(value) else ""
    if isinstance(value, list):
        return [part for one in value if (part := known(one)) not in ("", [], {})]
    if isinstance(value, dict):
        return {key: known(part) for key, part in value.items() if key in _KEYS or known(key)}
    return value
