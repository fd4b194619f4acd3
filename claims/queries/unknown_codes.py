"""The queue of codes: what payers wrote that nobody has sorted yet, with what hangs on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from claims.codes.adjustments import GROUPS, Category
from claims.codes.code_book import OWN_GROUP, PROGRAM, CodeBook
from claims.codes.denial_causes import REMARK_DECIDES
from claims.models import Adjustment, Denial, Payer, ReasonCode, RemittanceClaim
from claims.queries.code_book import book_from
from claims.workflow import DenialStatus
from documentation.models.together import together

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

    The ones that hold the most denied money first. Two queries.
    """
    known = list(ReasonCode.objects.exclude(of_list="claim_status").order_by("effective_on", "pk"))
    general = [row for row in known if row.payer_id is None and row.of_list != "group"]
    book = book_from(general) if general else PROGRAM
    said = together(**_asked(book, known))
    found = [*_as_they_came("carc", said, book), *_as_they_came("group", said), *_own(said, known)]
    found += _remarks(said, known, book)
    _stakes(found, said["denials"])
    return sorted(found, key=lambda u: (-u.at_stake, -u.answers, u.of_list, u.code))


_SAID = Q(answer__remittance__problems=[], answer__split_of=None, amount__gt=0)
"""What sound checks say, posted or not. Parts of a divided answer are copies."""
_PAYER = "claim__coverage__payer"


def _asked(book: CodeBook, known: list[ReasonCode]) -> dict[str, QuerySet[Any]]:
    """Codes that nobody placed, each counted, and the remarks of open denials and of answers that wait to be posted."""
    said = Adjustment.objects.filter(_SAID).order_by()
    # Reason codes without a place of their own, and without a remark that could give them one.
    placed = [c for c, row in book.carcs.items() if row.category is not Category.UNK or c in REMARK_DECIDES]
    groups = [*GROUPS, OWN_GROUP, "", *(row.code for row in known if row.of_list == "group")]
    own = said.filter(group=OWN_GROUP).exclude(answer__claim=None)
    denials = Denial.objects.exclude(status=DenialStatus.RESOLVED).order_by("-pk")
    unposted = RemittanceClaim.objects.filter(remittance__posted_at=None, remittance__problems=[], split_of=None)
    of_answer = ("pk", "remittance__paid_on", _PAYER, "remarks", "lines__remarks")
    return {
        "carc": _counted(said.exclude(group=OWN_GROUP).exclude(carc__in=[*placed, ""]), "carc"),
        "group": _counted(said.exclude(group__in=groups), "group"),
        "own": _counted(own, "carc", f"answer__{_PAYER}"),
        "payers": Payer.objects.only("name").order_by(),
        "denials": denials.values_list("codes", "rarcs", "denied_on", _PAYER, "amount")[:MOST],
        "unposted": unposted.order_by("-pk").values_list(*of_answer)[:MOST],
    }


def _counted(rows: QuerySet[Adjustment], *by: str) -> QuerySet[Any]:
    """By these, on how many answers it stands, what it took, and when it came last."""
    last = Max("answer__remittance__paid_on")
    return rows.values_list(*by).annotate(Count("answer", distinct=True), Sum("amount"), last)


def _as_they_came(of_list: str, said: Mapping[str, list[Any]], book: CodeBook | None = None) -> Iterator[UnknownCode]:
    for code, answers, amount, last_on in said[of_list]:
        words = book.label_of("CO", code) if book else ""
        yield UnknownCode(of_list, code, None, words, answers, amount, last_on)


def _own(said: Mapping[str, list[Any]], known: list[ReasonCode]) -> Iterator[UnknownCode]:
    """Payers' own codes that nobody wrote down for that payer."""
    placed = {
        (row.payer_id, row.code) for row in known if row.of_list == "own" and row.category not in ("", Category.UNK)
    }
    payers = {row.pk: row for row in said["payers"]}
    for code, payer, answers, amount, last_on in said["own"]:
        if (payer, code) not in placed:
            yield UnknownCode("own", code, payers[payer], "", answers, amount, last_on)


def _remarks(said: Mapping[str, list[Any]], known: list[ReasonCode], book: CodeBook) -> Iterable[UnknownCode]:
    """Remarks of open denials, and of answers that wait to be posted, that nobody has words for."""
    found: dict[str, UnknownCode] = {}
    own = {(row.payer_id, row.code) for row in known if row.of_list == "own"}
    denied = [(rarcs, day, payer) for _, rarcs, day, payer, _ in said["denials"]]
    for rarcs, day, payer in [*denied, *_of_unposted(said["unposted"])]:
        for rarc in rarcs:
            if book.remark_label(rarc) or (payer, rarc) in own:
                continue
            u = found.setdefault(rarc, UnknownCode("rarc", rarc))
            u.answers += 1
            u.last_on = max(filter(None, (u.last_on, day)), default=None)
    return found.values()


def _of_unposted(rows: Iterable[tuple[Any, ...]]) -> list[tuple[list[str], date | None, int | None]]:
    """Remarks of answers that wait to be posted, each answer once, with day and payer."""
    found: dict[int, tuple[list[str], date | None, int | None]] = {}
    for key, day, payer, remarks, of_line in rows:
        said = found.setdefault(key, ([], day, payer))[0]
        said += [r for r in (*remarks, *(of_line or ())) if r not in said]
    return list(found.values())


def _stakes(found: list[UnknownCode], denials: Iterable[tuple[Any, ...]]) -> None:
    """What open denials hold on each code; a denial counts for each of its codes."""
    by_key = {(u.of_list, u.code, u.payer.pk if u.payer else 0): u for u in found}
    for codes, rarcs, _, payer, amount in denials:
        keys = {("rarc", r, 0) for r in rarcs}
        for c in codes:
            group, carc = c.get("group", ""), c.get("carc", "")
            keys |= {("own", carc, payer)} if group == OWN_GROUP else {("carc", carc, 0), ("group", group, 0)}
        for key in keys & by_key.keys():
            by_key[key].open_denials += 1
            by_key[key].at_stake += amount
