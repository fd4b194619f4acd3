"""The plans of a visit beside each other: what each wants, by when, and what it may pay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from claims.codes.crosswalk import medical_code_for
from claims.models import Coverage
from claims.queries.eligibility import check_that_counts, verified
from claims.queries.filing import filing_of
from claims.queries.plans import Order, name_of, ordinal, payer_terms_of
from claims.queries.shares import D0371, Outlook, Scenario, method_of, outlook_of
from claims.shares.notice import span
from documentation.kernel.dates import short_date
from documentation.models import Encounter

FORMS = {"dental": "ADA Dental Claim Form or 837D", "medical": "CMS-1500 or 837P"}


@dataclass(frozen=True)
class Cell:
    """One fact of one plan. `note` is the small line below it; `is_open` marks what nobody knows yet."""

    value: str
    note: str = ""
    is_open: bool = False


@dataclass(frozen=True)
class Row:
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class What:
    """One order of the plans: what each may pay and what may be left to the patient."""

    title: str
    is_recorded: bool
    pays: tuple[tuple[str, str], ...]
    share: str
    questions: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class SideBySide:
    heads: tuple[tuple[Coverage, str], ...]
    """Each plan with the word for its place."""
    rows: tuple[Row, ...]
    orders: tuple[What, ...]
    has_fee: bool
    is_private: bool


def side_by_side(encounter: Encounter, order: Order, *, today: date) -> SideBySide:
    """The plans in their recorded order, and what if the second one paid first."""
    outlook = outlook_of(encounter)
    heads = tuple((p, f"pays {ordinal(n)}") for n, p in enumerate(order.plans, start=1))
    return SideBySide(
        heads,
        tuple(_rows(encounter, order.plans, today)),
        _orders(outlook),
        outlook.fee is not None,
        outlook.is_private,
    )


def _rows(encounter: Encounter, plans: tuple[Coverage, ...], today: date) -> list[Row]:
    day = encounter.service_date
    rows = (
        ("Claim form", lambda p, n: Cell(FORMS[p.payer.line])),
        ("Code", lambda p, n: Cell(D0371 if p.payer.line == "dental" else medical_code_for(D0371))),
        ("Pays for it", lambda p, n: _known(p, "covers_d0371", day)),
        ("Prior authorization", lambda p, n: _permission(p, day)),
        ("Documents", lambda p, n: _documents(p, n, day)),
        ("Eligibility", lambda p, n: _eligibility(p, day, today)),
        ("Time to file", lambda p, n: _clock(p, n, day, today)),
        ("Time to appeal", lambda p, n: _known(p, "appeal_days", day)),
        ("Counts another plan", lambda p, n: _method(p, day)),
    )
    return [Row(label, tuple(cell(plan, n) for n, plan in enumerate(plans))) for label, cell in rows]


def _known(plan: Coverage, name: str, day: date) -> Cell:
    """What the playbook says for a day; what has grown stale stands with the reason, and is open."""
    book = plan.payer.book()
    fact = book.newest(name, plan.plan_name)
    if fact is None or not fact.is_known:
        return Cell("not known, ask", is_open=True)
    why = fact.why_stale(day, book.days)
    return Cell(fact.said, why, bool(why))


def _permission(plan: Coverage, day: date) -> Cell:
    asked = plan.authorizations.filter(kind="prior_authorization").first()
    rule = _known(plan, "prior_authorization", day)
    check = check_that_counts(plan.eligibility_checks.all(), day)
    if check and check.prior_authorization != "unknown":
        told = f"so the payer said on {short_date(check.checked_on)}; its rules: {rule.value.lower()}"
        rule = Cell(check.get_prior_authorization_display(), told)
    if asked is None:
        return rule
    until = f", valid to {short_date(asked.valid_to)}" if asked.valid_to else ""
    is_short = bool(asked.valid_to and asked.valid_to < day)
    return Cell(
        f"{asked.get_status_display()}{f' · {asked.number}' if asked.number else ''}{until}", rule.value, is_short
    )


def _documents(plan: Coverage, place: int, day: date) -> Cell:
    wants = _known(plan, "attachments", day)
    told = Cell(f"Packet: {wants.value.lower()}", wants.note, wants.is_open)
    if place == 0:
        return told
    terms = payer_terms_of(plan, day)
    how = {"data": "first plan's amounts as data", "attachment": "first plan's EOB attached"}
    return Cell(told.value, how.get(terms.cob_as if terms else "", "first plan's EOB: how, not known"), told.is_open)


def _eligibility(plan: Coverage, day: date, today: date) -> Cell:
    found = verified(plan, day, today)
    if found.check is None:
        return Cell("nobody asked yet", is_open=True)
    asked = f"{short_date(found.check.checked_on)}, {found.check.get_method_display().lower()}"
    return Cell(found.words, asked, not found.is_settled)


def _clock(plan: Coverage, place: int, day: date, today: date) -> Cell:
    clock, terms = filing_of(plan, day, today), payer_terms_of(plan, day)
    basis = f"{clock.days} days from service"
    if clock.why_stale:
        basis = f"{basis} counted: the payer's limit {clock.why_stale}, ask"
    elif not clock.is_known:
        basis = f"{basis} counted, ask the payer"
    if place and terms and terms.secondary_clock == "primary":
        return Cell(
            f"{clock.days} days from the first plan's answer", basis.replace(" from service", ""), not clock.is_known
        )
    left = clock.left
    when = f"{left} day{'' if left == 1 else 's'} left" if left >= 0 else f"ended {-left} days ago"
    return Cell(f"By {short_date(clock.due)} · {when}", basis, not clock.is_known or left < 0)


def _method(plan: Coverage, day: date) -> Cell:
    method = method_of(plan, day)
    return Cell(method.label) if method else Cell("not known, ask", is_open=True)


def _orders(outlook: Outlook) -> tuple[What, ...]:
    return tuple(_what(s) for s in outlook.scenarios)


def _what(scenario: Scenario) -> What:
    pays = tuple(
        (name_of(plan), span(low, high))
        for plan, (low, high) in zip(scenario.plans, scenario.spread.plans, strict=False)
    )
    found = scenario.spread
    questions = tuple(f"{q.what[0].upper()}{q.what[1:]}. {q.settle}" for q in found.questions)
    return What(scenario.title, scenario.is_recorded, pays, found.words, questions, found.notes)
