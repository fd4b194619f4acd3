"""Keeping the worklist true, in the transaction that changes a claim: the one writer of its rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Coalesce

from claims.models import Appeal, AppealSum, Claim, DecidedAppeal, Denial, Payer, QueuedClaim, VisitToBill, WriteOff
from claims.queries.placing import PLACE, behind, place_of
from claims.queries.worklists import to_bill
from claims.services import answered, owed, summands
from claims.services.holding import hold_all
from claims.workflow import Closing, Transport
from documentation.models import Encounter, Patient
from documentation.models.among import Keys, among, others
from documentation.models.together import Prepared
from documentation.services.bulk import insert
from documentation.workflow import EncounterStatus

AT_ONCE = 1_000
"""Claims that are looked at together; the number of queries for them is always the same."""
WAITING = Q(closing=Closing.OPEN, transport__in=(Transport.NONE, Transport.REJECTED))
"""Claims that have not left: their last day to file follows from what is known of their payer."""
_LAST_ON = PLACE.index("last_on")
_PLACE = [f.name for f in QueuedClaim._meta.concrete_fields]
_DECIDED = [f.name for f in DecidedAppeal._meta.concrete_fields]
_CELL, _NUMBERS = ("payer", "cause"), ("decided", "won")


def place(*claims: int) -> None:
    """Put claims into their queue, and those whose place follows from them. Verbs call it last, as `figures.refresh`,
    which does it for them where it is called.
    """
    place_all(claims)


def place_all(claims: Collection[int]) -> None:
    keys = sorted({*claims, *behind(claims)})
    with transaction.atomic():
        for some in _chunks(keys):
            _place(some)
            owed.keep(some)
        for some in _chunks(sorted(claims)):
            answered.keep(some)
            bill(Claim.objects.filter(among("pk", some)).values("encounter"))


def place_of_payer(payer: Payer) -> None:
    """Look again at the claims of a payer that have not left. Whoever calls it holds them."""
    waiting = Claim.objects.filter(WAITING, coverage__payer=payer).order_by("pk")
    for some in _chunks(list(waiting.values_list("pk", flat=True))):
        _place(some)


def renew() -> int:
    """Place claims again whose last day to file follows from a setting that changed, or was written down at the moment
    at which they came back. Returns how many there were.
    """
    waiting = QueuedClaim.objects.filter(claim__in=Claim.objects.filter(WAITING), open_denial=False).order_by("pk")
    renewed = 0
    for some in _chunks(list(waiting.values_list("pk", flat=True))):
        kept = dict(waiting.filter(among("pk", some)).values_list("pk", "last_on"))
        now = {row[0]: row[_LAST_ON] for row in place_of(some).open}
        if stale := [key for key in some if key in now and kept.get(key) != now[key]]:
            with transaction.atomic():
                hold_all(Claim.objects.filter(among("pk", stale)))
                _place(stale)
            renewed += len(stale)
    return renewed


def follow(row: Model) -> None:
    """After a step of a claim, or of what hangs on one."""
    if isinstance(row, Claim):
        place(row.pk)
    elif isinstance(row, Denial | Appeal | WriteOff):
        place(row.claim_id)
    elif isinstance(row, Encounter):
        bill([row.pk])


def bill(encounters: QuerySet[Any] | list[int]) -> None:
    """Look again whether anything of these visits is to be billed, of all versions of their records."""
    visit = Coalesce("origin", "pk")
    visits = set(Encounter.objects.filter(pk__in=encounters).order_by().values_list(visit, flat=True))
    found = _billing({"visits": visits})
    due, kept = set(found["due"]), set(found["kept"])
    if gone := {key for key, _ in kept} - {key for key, _ in due}:
        VisitToBill.objects.filter(pk__in=gone).delete()
    insert(VisitToBill, ["encounter", "service_date"], sorted(due - kept), update="encounter")


@Prepared
def _billing(keys: Mapping[str, Keys]) -> dict[str, QuerySet[Any]]:
    versions = Encounter.objects.filter(among("pk", keys["visits"]) | among("origin", keys["visits"])).order_by()
    # Each of them stands for the visit: a void claim waits at the version that it was made from.
    unsigned = others(EncounterStatus, EncounterStatus.SIGNED)
    signed = versions.filter(to_bill(versions.values("pk"))).exclude(status__in=unsigned)
    kept = VisitToBill.objects.filter(encounter__in=versions)
    return {"due": signed.values_list("pk", "service_date"), "kept": kept.values_list("pk", "service_date")}


def bill_patient(patient: Patient) -> None:
    """After a plan of theirs came, went or changed its days: a void claim waits for another while its plan lasts."""
    bill(Claim.objects.filter(closing=Closing.VOIDED, encounter__patient=patient).values("encounter"))


def remove(claims: Collection[int]) -> None:
    """Take claims out that are about to be taken back themselves; their visits are looked at by `bill` afterwards."""
    QueuedClaim.objects.filter(among("claim", claims)).delete()
    gone = DecidedAppeal.objects.filter(among("claim", claims))
    _add([(row, -1) for row in gone.values_list("pk", "claim", "payer", "cause", "won")])
    gone.delete()
    answered.remove(claims)
    owed.remove(claims)


def _place(keys: list[int]) -> None:
    # Who looks holds the rows first: of two who look at once, the second sees what the first one wrote.
    held = set(
        QueuedClaim.objects.select_for_update().filter(among("claim", keys)).order_by("pk").values_list("pk", flat=True)
    )
    now = place_of(keys)
    insert(QueuedClaim, _PLACE, now.open, update="claim")
    if gone := held - {row[0] for row in now.open}:
        QueuedClaim.objects.filter(among("claim", gone)).delete()
    kept = set(DecidedAppeal.objects.filter(among("claim", keys)).values_list("pk", "claim", "payer", "cause", "won"))
    found = set(now.decided)
    if found != kept:
        DecidedAppeal.objects.filter(pk__in=[row[0] for row in kept - found]).delete()
        insert(DecidedAppeal, _DECIDED, sorted(found - kept), update="appeal")
        _add([*((row, -1) for row in kept - found), *((row, 1) for row in found - kept)])


def _add(appeals: Iterable[tuple[tuple[int, int, int, str, int], int]]) -> None:
    """Add what decided appeals make to the sums, each with its sign, as rows of their own: nobody waits for them."""
    moved: dict[tuple[int, str], list[int]] = {}
    for (_, _, payer, cause, won), sign in appeals:
        total = moved.setdefault((payer, cause), [0, 0])
        total[0] += sign
        total[1] += sign * won
    summands.add(AppealSum, _CELL, _NUMBERS, moved)


def fold() -> None:
    """Put the summands of what is kept here together."""
    summands.fold(AppealSum, _CELL, _NUMBERS)
    answered.fold()


def _chunks(keys: list[int]) -> Iterator[list[int]]:
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))
