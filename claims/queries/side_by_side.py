"""The plans of a visit beside each other: what each wants, by when, and what it may pay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from claims.models import Claim, Coverage
from claims.queries.codes import codes_of, medical_codes_of
from claims.queries.coverage import permission_of
from claims.queries.eligibility import check_that_counts, verified
from claims.queries.filing import filing_of
from claims.queries.plans import Order, name_of, ordinal, payer_terms_of
from claims.queries.shares import D0371, Outlook, Scenario, method_of, outlook_of
from claims.rules.authorization import stricter
from claims.shares.notice import span
from claims.workflow import AUTHORIZATION, AuthorizationStatus, Closing
from documentation.kernel.dates import short_date
from documentation.models import Encounter
from documentation.queries.versions import of_visit
from documentation.rules.predicates import and_joined

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
    plans: tuple[Coverage, ...]
    cells: tuple[Cell, ...]

    @property
    def told(self) -> tuple[tuple[Coverage, Cell], ...]:
        """Each plan with its answer."""
        return tuple(zip(self.plans, self.cells, strict=True))


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
    open_claims = Claim.objects.filter(encounter__in=of_visit(encounter.visit_key), closing=Closing.OPEN)
    claims = {claim.coverage_id: claim for claim in open_claims.prefetch_related("lines")}
    rows = (
        ("Claim form", lambda p, n: Cell(FORMS[p.payer.line])),
        ("Code", lambda p, n: _code(encounter, p, claims.get(p.pk))),
        ("Pays for it", lambda p, n: _known(p, "covers_d0371", day)),
        ("Prior authorization", lambda p, n: _permission(encounter, p, claims.get(p.pk))),
        ("Documents", lambda p, n: _documents(p, n, day)),
        ("Eligibility", lambda p, n: _eligibility(p, day, today)),
        ("Time to file", lambda p, n: _clock(p, n, day, today)),
        ("Time to appeal", lambda p, n: _known(p, "appeal_days", day)),
        ("Counts another plan", lambda p, n: _method(p, day)),
    )
    return [Row(label, plans, tuple(cell(plan, n) for n, plan in enumerate(plans))) for label, cell in rows]


def _known(plan: Coverage, name: str, day: date) -> Cell:
    """What the playbook says for a day; what has grown stale stands with the reason, and is open."""
    book = plan.payer.book()
    fact = book.newest(name, plan.plan_name)
    if fact is None or not fact.is_known:
        return Cell("not known, ask", is_open=True)
    why = fact.why_stale(day, book.days)
    return Cell(fact.said, why, bool(why))


def _code(encounter: Encounter, plan: Coverage, claim: Claim | None) -> Cell:
    """The code that the plan is or would be billed; for a medical one with the conditions that fired."""
    billed = _billed(claim)
    if plan.payer.line == "dental":
        return Cell(billed or D0371)
    found = {m.code: (m, reasons) for m, reasons in medical_codes_of(encounter, plan)}
    code = billed or next(iter(found), "")
    if not code:
        return Cell("none known, ask", f"{plan.payer.name} takes no code that we know", is_open=True)
    mapping, reasons = found.pop(code, (None, ("chosen by a person",)))
    told = [and_joined(reasons)]
    if mapping and mapping.comparator:
        told.append(f"compared with {mapping.comparator}")
    told += [f"or {other}: {and_joined(why)}" for other, (_, why) in found.items()]
    return Cell(code, "; ".join(told))


def _billed(claim: Claim | None) -> str:
    line = next(iter(claim.lines.all()), None) if claim else None
    return line.code if line else ""


def _permission(encounter: Encounter, plan: Coverage, claim: Claim | None) -> Cell:
    """Needed, not needed and not known are three answers; what the payer gave for the code and the day goes before."""
    day = encounter.service_date
    codes = (_billed(claim),) if _billed(claim) else codes_of(encounter, plan)
    (needed, rule), given = _rule(plan, day), permission_of(plan, codes, day, before=claim)
    if given is None:
        return Cell("Required, none on file", rule.note, is_open=True) if needed == "required" else rule
    told = " · ".join(x for x in (AUTHORIZATION.label(given.status), given.number) if x)
    until = f", valid to {short_date(given.valid_to)}" if given.valid_to else ""
    others = "" if given.is_about(codes[0]) else f"for {and_joined(given.codes)}; "
    is_settled = given.status in (AuthorizationStatus.APPROVED, AuthorizationStatus.NOT_REQUIRED)
    return Cell(f"{told}{until}", f"{others}the payer’s rule: {rule.value[:1].lower()}{rule.value[1:]}", not is_settled)


def _rule(plan: Coverage, day: date) -> tuple[str, Cell]:
    """What the payer's rules and its answer for the patient say, the stricter one first."""
    by_rules = plan.payer.book().reliable("prior_authorization", plan.plan_name, day) or "unknown"
    rule, check = _known(plan, "prior_authorization", day), check_that_counts(plan.eligibility_checks.all(), day)
    if check is None or check.prior_authorization == "unknown":
        return by_rules, rule
    said = check.get_prior_authorization_display()
    needed = stricter(by_rules, check.prior_authorization)
    told = f"so the payer said on {short_date(check.checked_on)}; its rules: {rule.value.lower()}"
    if needed != check.prior_authorization:
        told = f"so its rules; the payer said on {short_date(check.checked_on)}: {said.lower()}"
    return needed, Cell(said if needed == check.prior_authorization else rule.value, told)


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
