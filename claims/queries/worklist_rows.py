"""The worklist's page: what it must know of everything, and the rows of one queue in one query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from claims.models import (
    Appeal,
    AppealPath,
    Claim,
    Coverage,
    Denial,
    Payer,
    PlaybookFact,
    Predetermination,
    SavedView,
    SendingLag,
    StartView,
)
from claims.queries import choices as to_choose
from claims.queries import narrowing
from claims.queries.appeal_rules import Lags, Rules, known_from, lags_of, rules_from
from claims.queries.filing import with_clock
from claims.queries.narrowing import Footing, Weight
from claims.queries.predeterminations import answered_unread
from claims.queries.worklists import last_sending, moved_on
from claims.workflow import DenialStatus
from documentation.models import Encounter, Patient, User
from documentation.models.among import Keys, among
from documentation.models.shapes import Shape, bring
from documentation.models.together import Prepared, Rows

_CLOCK_KEYS = ("appeal_days", "appeal_rules", "filing_indicator", "channels")
"""What the last day of an appeal, and the days by which to send, are counted from."""
_OF_APPEALS = "claim denial level name status due_on due_reason clock decided_on".split()


@dataclass(frozen=True)
class Frame:
    """What a page of the worklist knows before its rows."""

    views: list[SavedView]
    start: int | None
    """The view that it begins with for this person."""
    choices: dict[str, dict[int, str]]
    odds: narrowing.Odds
    rules: Rules
    lags: Lags
    playbook: dict[int, list[PlaybookFact]]
    people: dict[int, User]
    questions: list[Predetermination] = field(default_factory=list)


@Prepared
def asked(keys: Mapping[str, Keys], with_questions: bool) -> dict[str, QuerySet[Any]]:
    """The questions of a frame, to be asked together; `person` is who looks at it."""
    return {
        **to_choose.asked(),
        **(_questions() if with_questions else {}),
        "views": views_of(keys["person"]),
        "start": StartView.objects.filter(among("user", keys["person"])).values_list("view", flat=True),
        "odds": narrowing.odds_so_far(),
        "paths": AppealPath.objects.order_by("-pk"),
        "lags": SendingLag.objects.order_by("-pk"),
        "facts": PlaybookFact.objects.filter(key__in=_CLOCK_KEYS).order_by("-pk"),
        "people": User.objects.order_by().only("first_name", "last_name", "username", "role", "is_active"),
    }


def views_of(person: Keys) -> QuerySet[SavedView]:
    """A person's own views and those that are shared, by their names."""
    found = SavedView.objects.filter(Q(among("owner", person)) | Q(is_shared=True), removed_at=None)
    return found.select_related("owner").order_by("name", "pk")


def frame_of(found: dict[str, list[Any]]) -> Frame:
    """What came of `asked`."""
    people = {person.pk: person for person in found["people"]}
    for row in (*found["paths"], *found["lags"], *found["facts"]):
        row.recorded_by = people[row.recorded_by_id]
    playbook: dict[int, list[PlaybookFact]] = {payer: [] for payer, _ in found["payer"]}
    for fact in found["facts"]:
        playbook[fact.payer_id].append(fact)
    return Frame(
        views=found["views"],
        start=next(iter(found["start"]), None),
        choices=to_choose.choices_of(found),
        odds=narrowing.odds_of(found["odds"]),
        rules=rules_from(found["paths"]),
        lags=lags_of(known_from(found["lags"])),
        playbook=playbook,
        people=people,
        questions=list(_came_back(found)) if "unread" in found else [],
    )


def _questions() -> dict[str, QuerySet[Any]]:
    unread = answered_unread()
    visits = Encounter.objects.filter(pk__in=unread.order_by().values("encounter"))
    plans = Coverage.objects.filter(pk__in=unread.order_by().values("coverage"))
    return {
        "unread": unread,
        "patients": visits.values_list("pk", "patient"),
        "persons": Patient.objects.filter(pk__in=visits.order_by().values("patient")),
        "plans": plans.values_list("pk", "payer__name"),
    }


def _came_back(found: dict[str, list[Any]]) -> Iterator[Predetermination]:
    """As `predeterminations.came_back`, with the names that a row shows."""
    of_visit, persons = dict(found["patients"]), {p.pk: p for p in found["persons"]}
    names = dict(found["plans"])
    for row in found["unread"]:
        if row.is_rejected:
            row.patient_name = persons[of_visit[row.encounter_id]].full_name
            row.payer_name = names[row.coverage_id]
            yield row


@dataclass
class Row:
    """A claim of a page, with what its place says."""

    claim: Any
    weight: Weight
    denials: list[Denial]


def page(
    chosen: QuerySet[Any], order: str, on: Footing, known: Frame, *, with_denials: bool, with_filing: bool
) -> list[Row]:
    """The claims of a slice of places, in their order, each with what its row says; in one query."""
    asked = _claims.question("chosen")(order, on, with_denials, with_filing)
    of_denials, of_appeals = Shape(_denials()), Shape(_appeals())
    payers: dict[int, Payer] = {}
    rows = []
    for claim in asked.answered(chosen=chosen.values("pk"))["claims"]:
        claim.owner = known.people.get(claim.owner_id)
        plan = claim.coverage
        if plan.payer_id not in payers:
            payers[plan.payer_id] = plan.payer
            bring(plan.payer, "playbook", known.playbook[plan.payer_id])
        plan.payer = payers[plan.payer_id]
        its = []
        if with_denials:
            its = of_denials.read(claim.its_denials)
            _bring_appeals(claim, its, of_appeals.read(claim.its_appeals))
        rows.append(Row(claim, narrowing.with_share(_weight(claim), on), its))
    return rows


@Prepared
def _claims(
    keys: Mapping[str, Keys], order: str, on: Footing, with_denials: bool, with_filing: bool
) -> dict[str, QuerySet[Any]]:
    found: Any = Claim.objects.filter(among("pk", keys["chosen"]))
    found = narrowing.with_weight(found, on, "queued__").annotate(
        record_moved_on=moved_on(), sent_on=Subquery(last_sending().values("sent_on")[:1])
    )
    found = found.select_related("encounter__patient", "encounter__location", "coverage__payer", "queued")
    if with_filing:
        found = with_clock(found)
    if with_denials:
        found = found.annotate(its_denials=Rows(Shape(_denials()).values), its_appeals=Rows(Shape(_appeals()).values))
    return {"claims": narrowing.ordered(found, order, "queued__")}


def _denials() -> QuerySet[Denial]:
    """The open ones of the claim around them."""
    return Denial.objects.filter(claim=OuterRef("pk")).exclude(status=DenialStatus.RESOLVED)


def _appeals() -> QuerySet[Appeal]:
    return Appeal.objects.filter(claim=OuterRef("pk")).only(*_OF_APPEALS)


def _bring_appeals(claim: Claim, denials: list[Denial], appeals: list[Appeal]) -> None:
    for denial in denials:
        denial.claim = claim  # it came with its payer and patient
        own = [appeal for appeal in appeals if appeal.denial_id == denial.pk]
        for appeal in own:
            appeal.denial, appeal.claim = denial, claim
        bring(denial, "appeals", own)


def _weight(claim: Any) -> Weight:
    kept = claim.queued
    return Weight(
        claim=claim.pk,
        priority=claim.priority,
        dollars=kept.dollars,
        chance=claim.chance,
        days=claim.days,
        last_on=kept.last_on,
        cause=kept.cause,
        payer=kept.payer_id,
        open_denial=kept.open_denial,
    )
