"""The verb that takes in whatever a payer sent: each part of a file goes to the reader that knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from claims.edi.acknowledgements import is_answer
from claims.edi.acknowledgements import read as read_answers
from claims.edi.x12 import Segments
from claims.services.acknowledgements import MOST_BYTES as MOST_BYTES_OF_ANSWERS
from claims.services.acknowledgements import TakenAnswers, import_acknowledgement
from claims.services.remittances import Imported, import_file
from documentation.models import User


@dataclass(frozen=True)
class TakenIn:
    """What a file held: checks (835), answers before any payer decided (TA1, 999, 277CA), or both."""

    remittance: Imported | None
    answers: TakenAnswers | None


def import_payer_file(data: bytes, name: str, *, wants_answers: bool = False, by: User, at: datetime) -> TakenIn:
    """Take a file in by its parts, whatever its name says. Raises Refused where it holds neither kind.

    With `wants_answers` also where it holds no acknowledgement: its sender said that it is one.

    A file with both is taken in by both readers, or by none: then it can come again whole.
    """
    has_checks, has_answers = holds_remittance(data), wants_answers or holds_acknowledgement(data)
    with transaction.atomic():
        answers = import_acknowledgement(data, name, by=by, at=at) if has_answers else None
        remittance = import_file(data, name, by=by, at=at) if has_checks or not has_answers else None
    return TakenIn(remittance, answers)


def holds_remittance(data: bytes) -> bool:
    """Whether an 835 begins anywhere in a file."""
    return any(s.name == "ST" and s.get(1).strip() == "835" for s in Segments(data))


def holds_acknowledgement(data: bytes) -> bool:
    """Whether anything in a file answers what was sent. One that is too large is not read, only looked through."""
    if len(data) > MOST_BYTES_OF_ANSWERS:
        return any(s.name == "TA1" or (s.name == "ST" and is_answer(s)) for s in Segments(data))
    said = read_answers(data)
    return bool(said.kind and said.answers)
