"""What a person was told, in words that are made when they are shown, of what the person may see then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any

from django.db.models import QuerySet

from documentation.kernel.permissions import Permission
from documentation.models import Encounter, Job, Notice, User
from documentation.models.among import Keys, among
from documentation.models.together import together

MOST = 200
"""Notices of one page; older ones are on no page, and go by themselves."""


@dataclass(frozen=True)
class Thing:
    """What a notice is about, as it stands now: what it is called, and the page that it leads to."""

    label: str
    page: str
    key: int | str | None = None


@dataclass(frozen=True)
class Source:
    """One kind of things that people are told of."""

    needs: Permission
    rows: Callable[[Collection[int], User], QuerySet[Any]]
    """Those of these keys that there are, and that are this person's where they are anybody's."""
    thing: Callable[[Any, User], Thing | None]
    """What such a row is; None where the person does not see it."""
    says: Mapping[str, str]
    """What happened, by its kind; `{who}` is whoever did it."""


def _encounters(keys: Collection[int], user: User) -> QuerySet[Encounter]:
    return Encounter.objects.filter(among("pk", keys)).only("pk").order_by()


def _encounter(row: Encounter, user: User) -> Thing:
    return Thing(f"Visit {row.number}", "encounter", row.pk)


JOBS: dict[str, tuple[str, str, Permission, bool]] = {}
"""By kind of job: what it is called, its page, who opens that, and whether the page names the row that it drives."""


def _jobs(keys: Collection[int], user: User) -> QuerySet[Job]:
    return Job.objects.filter(among("pk", keys), asked_by=user, kind__in=JOBS)


def _job(row: Job, user: User) -> Thing | None:
    label, page, needs, is_named = JOBS[row.kind]
    return Thing(label, page, row.subject if is_named else None) if user.may(needs) else None


SOURCES: dict[str, Source] = {
    "encounter": Source(
        Permission.ENCOUNTER_VIEW,
        _encounters,
        _encounter,
        {
            "addendum": "{who} added an addendum",
            "held": "{who} held its claim. They may need something from you",
            "authorization": "Its prior authorization ran out before the visit",
        },
    ),
    "job": Source(Permission.HOME_VIEW, _jobs, _job, {"done": "It is done", "failed": "It stopped. The page says why"}),
}
"""By what a notice is about. Apps above this one add theirs."""


@dataclass
class Line:
    """All that happened to one thing on one day."""

    thing: Thing
    newest: int
    """The key of the newest notice."""
    at: datetime
    """When, in the practice's time."""
    words: list[str] = field(default_factory=list)
    is_unread: bool = False

    @property
    def clock(self) -> str:
        """The time of day. Said here: a template would turn it into the server's time."""
        return f"{self.at.hour % 12 or 12}:{self.at:%M %p}"

    @property
    def day_and_clock(self) -> str:
        return f"{self.at:%b} {self.at.day}, {self.clock}"


@dataclass(frozen=True)
class Told:
    """What a person was told, day by day, the newest first."""

    days: list[tuple[date, list[Line]]]
    newest: int
    """The key of the newest notice; 0 where there is none."""
    gone: int
    """Unread notices of what is there no more, or what the person does not see any more."""

    @property
    def lines(self) -> list[Line]:
        return [line for _, lines in self.days for line in lines]


def seen_by(user: User) -> list[str]:
    """What the role of a person may be told of."""
    return [about for about, source in SOURCES.items() if user.may(source.needs)]


def unread(people: Keys, about: Collection[str]) -> QuerySet[Notice]:
    """What people, by their keys, were told and did not look at yet, of what they may see."""
    return Notice.objects.filter(among("person", people), read_at=None, about__in=about).order_by()


def told(user: User, zone: tzinfo, *, only_unread: bool = False) -> Told:
    """What happened to one thing on one day is one line: quiet days stay quiet."""
    found: QuerySet[Notice] = Notice.objects.filter(person=user, about__in=seen_by(user)).select_related("by")
    rows = list((found.filter(read_at=None) if only_unread else found)[:MOST])
    things = _things(rows, user)
    lines: dict[tuple[date, str, int], Line] = {}
    gone = 0
    for row in rows:
        thing, words = things.get((row.about, row.subject)), SOURCES[row.about].says.get(row.kind)
        if thing is None or words is None:
            gone += row.read_at is None
            continue
        at = row.told_at.astimezone(zone)
        line = lines.setdefault((at.date(), row.about, row.subject), Line(thing, row.pk, at))
        line.is_unread |= row.read_at is None
        said = words.format(who=row.by.display_name if row.by else "The program")
        if said not in line.words:
            line.words.append(said)
    days: dict[date, list[Line]] = defaultdict(list)
    for (day, _, _), line in lines.items():
        days[day].append(line)
    return Told(list(days.items()), max((row.pk for row in rows), default=0), gone)


def thing_of(notice: Notice, user: User) -> Thing | None:
    """What a notice leads to; None where it is gone, or not for this person any more."""
    if notice.about not in seen_by(user):
        return None
    return _things([notice], user).get((notice.about, notice.subject))


def _things(rows: Iterable[Notice], user: User) -> dict[tuple[str, int], Thing]:
    keys: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        keys[row.about].add(row.subject)
    if not keys:
        return {}
    found = together(**{about: SOURCES[about].rows(some, user) for about, some in keys.items()})
    told = (((about, row.pk), SOURCES[about].thing(row, user)) for about, there in found.items() for row in there)
    return {key: thing for key, thing in told if thing}
