"""Payers with what is known of them: what counts now, how it came to be known, what the practice itself met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When

from claims.clocks.paths import Stage
from claims.models import Appeal, Claim, Denial, Payer, PlaybookFact, RemittanceClaim
from claims.playbook import BY_KEY, GROUPS, QUESTIONS, Book, KnownFact, Question, said
from claims.workflow import AppealOutcome, AppealStatus
from documentation.kernel.rule import Cause

FIRST_QUESTIONS = ("covers_d0371", "treats_as", "prior_authorization", "attachments", "timely_filing_days")
"""What every claim asks; the list of payers counts what is open of these."""


@dataclass(frozen=True)
class Entry:
    """One question with what is known: the answer that counts for a scope, and why it cannot be relied on."""

    question: Question
    scope: str
    """Name of the plan; empty for the payer as a whole."""
    fact: KnownFact | None
    row: PlaybookFact | None
    why_stale: str

    @property
    def value(self) -> str:
        """The answer in words; empty when nobody knows."""
        return self.fact.said if self.fact else ""

    @property
    def is_open(self) -> bool:
        """Whether it is to be asked: not known, or stale."""
        return not self.value or bool(self.why_stale)


@dataclass(frozen=True)
class Group:
    """Questions that belong together, such as where things are sent."""

    name: str
    entries: tuple[Entry, ...]

    @property
    def n_open(self) -> int:
        return sum(1 for e in self.entries if e.is_open)


def with_playbooks() -> QuerySet[Payer]:
    """Payers with their facts, the newest first."""
    return Payer.objects.prefetch_related(Prefetch("playbook", PlaybookFact.objects.select_related("recorded_by")))


def groups(payer: Payer, today: date) -> list[Group]:
    """The whole playbook of a payer that came with its facts; what a plan has of its own stands below the payer's."""
    book, rows = payer.book(), {row.pk: row for row in payer.playbook.all()}
    entries = [_entry(q, plan, book, rows, today) for q in QUESTIONS for plan in ("", *book.plans)]
    shown = [e for e in entries if not e.scope or (e.fact and e.fact.plan_name == e.scope)]
    return [Group(name, tuple(e for e in shown if e.question.group == name)) for name in GROUPS]


def _entry(question: Question, plan: str, book: Book, rows: dict[int, PlaybookFact], today: date) -> Entry:
    fact = book.newest(question.key, plan)
    why = fact.why_stale(today, book.days) if fact else ""
    return Entry(question, plan, fact, rows.get(fact.pk) if fact else None, why)


FOR_CLAIMS = ("channels", "documents_wanted", "claims_address", "claims_fax")
FOR_APPEALS = ("appeals_address", "appeals_fax", "channels")
FOR_EXTERNAL = ("external_address",)
"""What is worth knowing when a packet leaves."""


def keys_of_appeal(stage: str) -> tuple[str, ...]:
    """What is worth knowing when the packet of an appeal leaves: an external review goes elsewhere."""
    return FOR_EXTERNAL if stage == Stage.EXTERNAL else FOR_APPEALS


def known_of(payer: Payer, plan_name: str, keys: Iterable[str], today: date) -> list[Entry]:
    """What is known of a plan under these keys, stale ones marked; the unknown ones are left out."""
    book = payer.book()
    found = (_entry(BY_KEY[key], plan_name, book, {}, today) for key in keys)
    return [e for e in found if e.value]


def open_questions(book: Book, today: date) -> int:
    """How many questions are to be asked: the first ones without a reliable answer, and whatever has grown stale."""
    first = {(key, "") for key in FIRST_QUESTIONS if book.reliable(key, "", today) is None}
    return len(first | stale_facts(book, today))


def stale_facts(book: Book, today: date) -> set[tuple[str, str]]:
    """Key and plan of what was known and has to be asked again."""
    counting = (f for q in QUESTIONS for plan in ("", *book.plans) if (f := book.newest(q.key, plan)))
    return {(f.key, f.plan_name) for f in counting if f.why_stale(today, book.days)}


def last_verified(book: Book) -> date | None:
    """The last day on which somebody verified anything of it."""
    return max((f.verified_on for f in book.facts if f.verified_on), default=None)


@dataclass(frozen=True)
class Change:
    """A row of the playbook, with what was known before it."""

    row: PlaybookFact
    label: str
    before: str
    after: str

    @property
    def is_confirmation(self) -> bool:
        return self.before == self.after


def history(rows: Iterable[PlaybookFact]) -> list[Change]:
    """All facts as they were written down, the newest first, each with what stood before it."""
    before: dict[tuple[str, str], str] = {}
    changes = []
    for row in reversed(list(rows)):
        place, now = (row.key, row.plan_name), said(row.key, row.value)
        changes.append(Change(row, BY_KEY[row.key].label, before.get(place, ""), now))
        before[place] = now
    return changes[::-1]


def newest_fact(key: str, payer: str, plan_name: str) -> QuerySet[PlaybookFact]:
    """The newest answer of a plan while it says something, else of its payer, to be asked for each row of a query.

    `payer`, `plan_name` name its columns. It counts as `Book.newest` does: a plan of which nobody knows any more is its
    payer's again.

    What was written down, stale or not: whoever counts with it asks for its days too, and says where it is stale.
    """
    of_scope = PlaybookFact.objects.filter(
        Q(plan_name="") | Q(plan_name=OuterRef(plan_name)), payer=OuterRef(payer), key=key
    )
    newer = PlaybookFact.objects.filter(
        payer=OuterRef("payer"), key=OuterRef("key"), plan_name=OuterRef("plan_name"), pk__gt=OuterRef("pk")
    )
    counting = of_scope.exclude(Exists(newer)).filter(Q(plan_name="") | Q(value__isnull=False))
    scope = Case(When(plan_name="", then=Value(1)), default=Value(0))
    return counting.order_by(scope)[:1]


@dataclass(frozen=True)
class Outcome:
    """Something that this practice met with a payer, as a count with the claims behind it."""

    words: str
    query: str
    """Of the list of claims; empty where there is none to show."""


ANSWERS = {"paid": ("paid", "partly_paid", "patient_share"), "denied": ("denied",)}
"""What a payer's last answer to a claim comes down to, by what stands in an address."""


def last_answer(outcomes: Iterable[str]) -> Q:
    """Of claims: the last posted answer was one of these."""
    decided = [outcome for words in ANSWERS.values() for outcome in words]
    posted = RemittanceClaim.objects.filter(
        claim=OuterRef("pk"), remittance__posted_at__isnull=False, outcome__in=decided
    )
    last = posted.order_by("-remittance__posted_at", "-pk").values("outcome")[:1]
    return Q(pk__in=Claim.objects.alias(last=Subquery(last)).filter(last__in=list(outcomes)).values("pk"))


def denied_for(cause: str) -> Q:
    """Of claims: some part was denied for this cause, whatever became of it."""
    return Q(pk__in=Denial.objects.filter(cause=cause).values("claim"))


def outcomes(payer: Payer) -> list[Outcome]:
    """What the practice's own claims say of a payer: how many it paid, and what it denied them for."""
    claims = Claim.objects.filter(coverage__payer=payer)
    paid, denied = (claims.filter(last_answer(words)).count() for words in ANSWERS.values())
    if not paid + denied:
        return []
    found = [Outcome(f"It paid {paid} of {_claims(paid + denied)}", f"payer={payer.pk}&answer=paid")]
    causes = Denial.objects.filter(claim__coverage__payer=payer).order_by().values("cause")
    for given in causes.annotate(n=Count("claim", distinct=True)).order_by("-n", "cause"):
        cause = Cause(given["cause"])
        words = f"{_claims(given['n'])} denied for {cause.label.lower()}"
        found.append(Outcome(words, f"payer={payer.pk}&cause={cause}"))
    return [*found, *_appealed(payer)]


def _appealed(payer: Payer) -> list[Outcome]:
    """What appeals brought, by cause: won in full or in part, of those that were decided."""
    own = Appeal.objects.filter(claim__coverage__payer=payer, status=AppealStatus.DECIDED)
    decided = own.exclude(outcome=AppealOutcome.WITHDRAWN).order_by().values("denial__cause")
    won = Count("pk", filter=Q(outcome__in=(AppealOutcome.OVERTURNED_FULL, AppealOutcome.OVERTURNED_PARTIAL)))
    told = []
    for row in decided.annotate(n=Count("pk"), won=won, claims=Count("claim", distinct=True)).order_by(
        "-n", "denial__cause"
    ):
        cause = Cause(row["denial__cause"])
        words = f"{row['won']} of {row['n']} appeal{'' if row['n'] == 1 else 's'} for {cause.label.lower()} won"
        told.append(Outcome(words, f"payer={payer.pk}&cause={cause}"))
    return told


def _claims(n: int) -> str:
    return f"{n} claim{'' if n == 1 else 's'}"
