"""Which rule counts for an appeal: the payer's own time, the practice's own reading of the rules, or what is usual."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.conf import settings
from django.db.models import QuerySet

from claims.clocks.counted import Counted, count
from claims.clocks.counting import Lag, Limit
from claims.clocks.paths import (
    FROM_FILING,
    LAG_SOURCE,
    LAGS,
    REGIMES,
    RESERVE,
    SHIPPED,
    Path,
    Regime,
    event_of,
    in_force,
    to_weigh,
)
from claims.models import AppealPath, Payer, PlaybookFact, SendingLag
from claims.playbook import Book, KnownFact


@dataclass(frozen=True)
class Rules:
    """The levels that the practice wrote down; what came with the program counts where it wrote none."""

    own: tuple[Path, ...] = ()

    def path(self, regime: str, level: int, event_on: date) -> Path | None:
        """The level of a regime for an event; None where it has no such level. Nobody knows levels of the unknown."""
        asked = 1 if regime == Regime.UNKNOWN else level
        return in_force((*SHIPPED, *self.own), regime, asked, event_on)

    def nearest(self, regime: str, level: int, event_on: date) -> Path:
        """The same; the last level below it where there is no such level, and what is usual where there is none."""
        found = (self.path(regime, asked, event_on) for asked in range(level, 0, -1))
        return next((p for p in found if p), None) or _usual(Regime.UNKNOWN, 1)

    def to_come(self, regime: str, level: int, event_on: date) -> list[Path]:
        """What the practice wrote for later events and no newer row ended, the first to begin first."""
        later = {p.applies_from for p in self.own if p.applies_from and p.applies_from > event_on}
        found = [in_force(self.own, regime, level, day) for day in sorted(later)]
        coming = [p for p in found if p and p.applies_from and p.applies_from > event_on]
        return list(dict.fromkeys(coming))

    def to_weigh(self, regime: str, level: int, event_on: date) -> list[Path]:
        """The paths of which the shortest time counts: more than one only where the first cannot be relied on."""
        path = self.nearest(regime, level, event_on)
        if not path.is_own:
            return [path]
        found = to_weigh(self.own, path.regime, path.level, event_on, settings.PLAYBOOK_DAYS)
        is_sound = not found[-1].why_open(event_on, settings.PLAYBOOK_DAYS)
        return found if is_sound else [*found, Rules().nearest(regime, level, event_on)]


def _usual(regime: str, level: int) -> Path:
    return next(p for p in SHIPPED if (p.regime, p.level) == (regime, level))


def load_rules() -> Rules:
    """All that the practice wrote down of levels, in one query."""
    return rules_from(path_rows())


def path_rows() -> QuerySet[AppealPath]:
    """What `rules_from` is made from; it may be asked for with others."""
    return AppealPath.objects.select_related("recorded_by")


def rules_from(rows: Iterable[AppealPath]) -> Rules:
    """The same from rows at hand, the newest first, each with the person who recorded it."""
    return Rules(tuple(row.path for row in rows))


def regimes_of(book: Book, plan_name: str, day: date) -> dict[str, str]:
    """By which rules appeals to a plan may go, as it was written down or as its filing indicator says.

    More than one where what is written cannot be relied on; beside each is why, empty where it can.
    """
    found: dict[str, str] = {}
    for key, regimes in (("appeal_rules", None), ("filing_indicator", FROM_FILING)):
        for fact in book.weighed(key, plan_name, day):
            regime = str(fact.value) if regimes is None else regimes.get(fact.value, Regime.UNKNOWN)
            why = fact.why_stale(day, book.days)
            found[regime] = why if found.get(regime, why) else ""
            if not why:
                return found
    return {**found, Regime.UNKNOWN: ""}


def count_appeal(payer: Payer, plan_name: str, level: int, event_on: date, denied_on: date, rules: Rules) -> Counted:
    """The last day of a level, counted from its event.

    The payer's own time to appeal counts for the first level, and for each where nobody knows the rules. A time, or a
    word on the rules, that is not relied on never makes it longer: then the shortest counts. Above the last level of
    the rules its time counts. What kind of level it is, and how it is called, is what the nearest rule of the newest
    word on the rules says, whichever time is the shortest.
    """
    book = payer.book()
    found = []
    regimes = regimes_of(book, plan_name, denied_on)
    for regime, why in regimes.items():
        by_rules = [_counted(p, level, event_on) for p in rules.to_weigh(regime, level, event_on)]
        if why:
            by_rules = [_doubted(c, regime, why) for c in by_rules]
        has_own = level == 1 or regime == Regime.UNKNOWN
        facts = book.weighed("appeal_days", plan_name, denied_on) if has_own else []
        own = [_by_payer(f, f.why_stale(denied_on, book.days), level, event_on, regime) for f in facts]
        found += own if own and own[-1].is_firm else [*by_rules, *own]
    near = rules.nearest(next(iter(regimes)), level, event_on)
    return replace(min(found, key=lambda c: c.day), name=near.name, stage=near.stage_at(level))


def _by_payer(fact: KnownFact, why: str, level: int, event_on: date, regime: str) -> Counted:
    source = fact.source or "payer policy"
    return count(
        Limit(fact.value),
        *(event_of(level), event_on),
        source=f"{source}; this {why}, ask" if why else source,
        why_open=why,
        regime=regime,
        verified_on=fact.verified_on,
        fact=fact.pk,
    )


def _doubted(counted: Counted, regime: str, why: str) -> Counted:
    """A day by rules of which it is not sure that the plan goes by them."""
    doubt = f"that the plan goes by “{REGIMES[Regime(regime)]}” {why}, ask"
    why_open = counted.why_open or f"goes by “{REGIMES[Regime(regime)]}”, which {why}"
    return replace(counted, source=f"{counted.source}; {doubt}", why_open=why_open)


def _counted(path: Path, level: int, event_on: date) -> Counted:
    why = path.why_open(event_on, settings.PLAYBOOK_DAYS)
    return count(
        path.limit,
        *(event_of(level), event_on),
        source=f"{path.source}; this {why}, ask" if path.is_own and why else path.source,
        why_open=why,
        regime=path.regime,
        verified_on=path.verified_on,
        verified_by=path.verified_by,
    )


def with_name(counted: Counted) -> Counted:
    """The same with the person who wrote the fact down that it rests on."""
    return with_names([counted])[0]


def with_names(several: Sequence[Counted], known: Iterable[PlaybookFact] | None = None) -> list[Counted]:
    """The same of a list, in one query at most; in none where the facts are `known` with their persons."""
    facts = {c.fact for c in several if c.fact and c.verified_on and not c.verified_by}
    if known is None:
        known = PlaybookFact.objects.select_related("recorded_by").filter(pk__in=facts) if facts else ()
    names = {row.pk: row.recorded_by.display_name for row in known}
    return [replace(c, verified_by=names[c.fact]) if c.fact in names else c for c in several]


@dataclass(frozen=True)
class KnownLag:
    """How long a channel takes as it counts now, and where that is from."""

    lag: Lag
    source: str
    verified_on: date | None = None
    verified_by: str = ""
    pk: int = 0


def known_lags() -> list[KnownLag]:
    """Every channel, and the practice's own reserve as the last; one query."""
    return known_from(lag_rows())


def lag_rows() -> QuerySet[SendingLag]:
    """What `known_from` is made from; it may be asked for with others."""
    return SendingLag.objects.select_related("recorded_by")


def known_from(newest_first: Iterable[SendingLag]) -> list[KnownLag]:
    """The same from rows at hand, each with the person who recorded it."""
    rows: dict[str, SendingLag] = {}
    for row in newest_first:
        rows.setdefault(row.channel, row)
    found = []
    for usual in (*LAGS, RESERVE):
        own = rows.get(usual.channel)
        source = "the program's own proposal" if usual is RESERVE else LAG_SOURCE
        found.append(
            KnownLag(replace(usual, days=own.days), own.source, own.verified_on, own.recorded_by.display_name, own.pk)
            if own
            else KnownLag(usual, source)
        )
    return found


@dataclass(frozen=True)
class Lags:
    """Business days by channel, and those that the practice keeps for itself."""

    channels: tuple[Lag, ...]
    reserve: int


def lags_of(known: Iterable[KnownLag]) -> Lags:
    found = list(known)
    channels = tuple(k.lag for k in found if k.lag.channel != RESERVE.channel)
    return Lags(channels, next(k.lag.days for k in found if k.lag.channel == RESERVE.channel))


def load_lags() -> Lags:
    return lags_of(known_lags())
