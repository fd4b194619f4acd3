"""The versions of one visit's record: which counts, which is being written, which came before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from documentation.models import Encounter
from documentation.workflow import EncounterStatus

_OPEN = (EncounterStatus.PLANNED, EncounterStatus.DRAFT)


@dataclass(frozen=True)
class Versions:
    """The versions of a visit, the first one first. Abandoned ones are left out, but for the one that is looked at."""

    this: Encounter
    rows: tuple[Encounter, ...]

    @property
    def in_force(self) -> Encounter | None:
        """The signed version that counts; None before the first signature."""
        return next((v for v in self.rows if v.status == EncounterStatus.SIGNED), None)

    @property
    def correction(self) -> Encounter | None:
        """The later version that is being written, where this one or another was unlocked."""
        return next((v for v in self.rows if v.version > 1 and v.status in _OPEN), None)

    @property
    def before(self) -> Encounter | None:
        """The version that this one was made from."""
        return next((v for v in self.rows if v.pk == self.this.previous_id), None)

    @property
    def after(self) -> Encounter | None:
        """The version that was made from this one."""
        return next((v for v in self.rows if v.previous_id == self.this.pk), None)


def versions_of(encounter: Encounter) -> Versions:
    """All versions of the visit of an encounter, in one query."""
    return versions_among(encounter, of_visit(encounter.visit_key).select_related("signature", "clinician"))


def versions_among(encounter: Encounter, rows: Iterable[Encounter]) -> Versions:
    """The same, where every version of the visit is at hand."""
    kept = (v for v in rows if v.pk == encounter.pk or v.status != EncounterStatus.CANCELLED)
    return Versions(encounter, tuple(sorted(kept, key=lambda v: (v.version, v.pk))))


def of_visit(key: int) -> QuerySet[Encounter]:
    """Every version of a visit, abandoned ones too. `key` is `Encounter.visit_key`."""
    return Encounter.objects.filter(Q(pk=key) | Q(origin=key))


def newest_of(key: int) -> Encounter:
    """The newest version of a visit: the one that is worked on, else the one that counts. `key` as of `of_visit`."""
    rows = of_visit(key).order_by("-version", "-pk")
    found = rows.exclude(status=EncounterStatus.CANCELLED).first() or rows.first()
    if found is None:
        raise Encounter.DoesNotExist
    return found


def version_after(encounter: Encounter) -> Encounter | None:
    """The version that was made from this one, if one is being written or was signed."""
    return Encounter.objects.filter(previous=encounter).exclude(status=EncounterStatus.CANCELLED).first()


def with_corrections(found: QuerySet[Encounter]) -> QuerySet[Encounter]:
    """Each with `is_being_corrected`: whether a later version of it is being written."""
    drafts = Encounter.objects.filter(previous=OuterRef("pk"), status__in=_OPEN)
    return found.annotate(is_being_corrected=Exists(drafts))


def one_a_visit(found: QuerySet[Encounter]) -> QuerySet[Encounter]:
    """Without versions that were replaced or abandoned: what lists of visits show."""
    return found.exclude(status=EncounterStatus.SUPERSEDED).exclude(status=EncounterStatus.CANCELLED, version__gt=1)
