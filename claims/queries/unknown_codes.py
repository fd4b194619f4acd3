"""The queue of codes: what payers wrote that nobody has sorted yet, with what hangs on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from claims.codes.adjustments import GROUPS, Category
from claims.codes.code_book import OWN_GROUP, CodeBook
from claims.codes.denial_causes import REMARK_DECIDES
from claims.models import Adjustment, Denial, Payer, ReasonCode, RemittanceClaim
from claims.queries.code_book import code_book
from claims.workflow import DenialStatus

MOST = 2_000
"""Open denials that are looked through for remarks, the newest first."""
ZERO = Decimal("0.00")


@dataclass
class UnknownCode:
    """A code as it came. `of_list` is carc, rarc, group or own; `payer` is named for a payer's own alone."""

    of_list: str
    code: str
    payer: Payer | None = None
    words: str = ""
    """What a loaded list says of it, where it is known and only not sorted."""
    answers: int = 0
    amount: Decimal = ZERO
    """What it took in all answers of sound checks; remarks take nothing by themselves."""
    last_on: date | None = None
    open_denials: int = 0
    at_stake: Decimal = ZERO
    """What open denials with this code hold."""

    @property
    def list_label(self) -> str:
        return dict(ReasonCode.LISTS)[self.of_list]


def unknown_codes() -> list[UnknownCode]:
    """Reasons, groups and remarks of sound checks that neither the program nor the practice can place.

    The ones that hold the most denied money first. A constant number of queries.
    """
    book = code_book()
    found = [*_reasons(book), *_groups(), *_own(), *_remarks(book)]
    _stakes(found)
    return sorted(found, key=lambda u: (-u.at_stake, -u.answers, u.of_list, u.code))


_SAID = Q(answer__remittance__problems=[], answer__split_of=None, amount__gt=0)
"""What sound checks say, posted or not. Parts of a divided answer are copies."""
_COUNTS: dict[str, Any] = {
    "answers": Count("answer", distinct=True),
    "sum": Sum("amount"),
    "last_on": Max("answer__remittance__paid_on"),
}


def _counted(rows: QuerySet[Adjustment], *by: str) -> list[dict[str, Any]]:
    found: Any = rows.order_by().values(*by).annotate(**_COUNTS)
    return list(found)


def _reasons(book: CodeBook) -> list[UnknownCode]:
    """Reason codes without a place of their own, and without a remark that could give them one."""
    placed = [c for c, row in book.carcs.items() if row.category is not Category.UNK or c in REMARK_DECIDES]
    rows = Adjustment.objects.filter(_SAID).exclude(group=OWN_GROUP).exclude(carc__in=[*placed, ""])
    return [
        UnknownCode("carc", r["carc"], None, book.label_of("CO", r["carc"]), r["answers"], r["sum"], r["last_on"])
        for r in _counted(rows, "carc")
    ]


def _groups() -> list[UnknownCode]:
    known = ReasonCode.objects.filter(of_list="group").values_list("code", flat=True)
    rows = Adjustment.objects.filter(_SAID).exclude(group__in=[*GROUPS, OWN_GROUP, "", *known])
    return [
        UnknownCode("group", r["group"], None, "", r["answers"], r["sum"], r["last_on"])
        for r in _counted(rows, "group")
    ]


def _own() -> list[UnknownCode]:
    """Payers' own codes that nobody wrote down for that payer."""
    sorted_ones = ReasonCode.objects.filter(of_list="own").exclude(category="").exclude(category=Category.UNK)
    known = set(sorted_ones.values_list("payer", "code"))
    rows = Adjustment.objects.filter(_SAID, group=OWN_GROUP).exclude(answer__claim=None)
    counted = _counted(rows, "carc", "answer__claim__coverage__payer")
    wanted = [r for r in counted if (r["answer__claim__coverage__payer"], r["carc"]) not in known]
    payers = Payer.objects.in_bulk([r["answer__claim__coverage__payer"] for r in wanted])
    return [
        UnknownCode(
            "own", r["carc"], payers[r["answer__claim__coverage__payer"]], "", r["answers"], r["sum"], r["last_on"]
        )
        for r in wanted
    ]


def _remarks(book: CodeBook) -> list[UnknownCode]:
    """Remarks of open denials, and of answers that wait to be posted, that nobody has words for."""
    found: dict[str, UnknownCode] = {}
    own = set(ReasonCode.objects.filter(of_list="own").values_list("payer", "code"))
    rows = Denial.objects.exclude(status=DenialStatus.RESOLVED).order_by("-pk")
    denied = rows.values_list("rarcs", "denied_on", "claim__coverage__payer")[:MOST]
    for rarcs, day, payer in [*denied, *_of_unposted()]:
        for rarc in rarcs:
            if book.remark_label(rarc) or (payer, rarc) in own:
                continue
            u = found.setdefault(rarc, UnknownCode("rarc", rarc))
            u.answers += 1
            u.last_on = max(filter(None, (u.last_on, day)), default=None)
    return list(found.values())


def _of_unposted() -> list[tuple[list[str], date | None, int | None]]:
    """Remarks of answers that wait to be posted, each answer once, with day and payer."""
    unposted = RemittanceClaim.objects.filter(remittance__posted_at=None, remittance__problems=[], split_of=None)
    found: dict[int, tuple[list[str], date | None, int | None]] = {}
    values = ("remittance__paid_on", "claim__coverage__payer", "remarks", "lines__remarks")
    for key, day, payer, remarks, of_line in unposted.order_by("-pk").values_list("pk", *values)[:MOST]:
        said = found.setdefault(key, ([], day, payer))[0]
        said += [r for r in (*remarks, *(of_line or ())) if r not in said]
    return list(found.values())


def _stakes(found: list[UnknownCode]) -> None:
    """What open denials hold on each code; a denial counts for each of its codes."""
    by_key = {(u.of_list, u.code, u.payer.pk if u.payer else 0): u for u in found}
    if not by_key:
        return
    rows = Denial.objects.exclude(status=DenialStatus.RESOLVED).order_by("-pk")
    for codes, rarcs, amount, payer in rows.values_list("codes", "rarcs", "amount", "claim__coverage__payer")[:MOST]:
        keys = {("rarc", r, 0) for r in rarcs}
        for c in codes:
            group, carc = c.get("group", ""), c.get("carc", "")
            keys |= {("own", carc, payer)} if group == OWN_GROUP else {("carc", carc, 0), ("group", group, 0)}
        for key in keys & by_key.keys():
            by_key[key].open_denials += 1
            by_key[key].at_stake += amount
