"""Rehearsals: copies of the practice's queues without its people, to learn on. The practice itself is only read."""

from claims.services.rehearsal.own_rows import people
from claims.services.rehearsal.reading import SET_BACK, told
from claims.services.rehearsal.taking import Made, take

__all__ = ["SET_BACK", "Made", "people", "take", "told"]
