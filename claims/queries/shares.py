"""What each plan of a visit is known to pay, with the receipt of every number; and what if another paid first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from claims.models import Coverage, EligibilityCheck, Estimate, Fee
from claims.queries.claims import estimates_of, fee_on
from claims.queries.eligibility import is_too_old
from claims.queries.plans import in_force, name_of, newest_terms, payer_terms_of, plans_of, restriction_of, terms_of
from claims.shares.plans import Method
from claims.shares.spread import Known, Number, Spread, spread
from documentation.kernel.dates import short_date
from documentation.kernel.money import to_cents
from documentation.models import Encounter

D0371 = "D0371"


@dataclass(frozen=True)
class Scenario:
    """One order of the plans, with what it may leave to the patient."""

    title: str
    plans: tuple[Coverage, ...]
    known: tuple[Known, ...]
    spread: Spread
    is_recorded: bool = True
    """Whether this is the order in which the plans are recorded to pay."""


@dataclass(frozen=True)
class Outlook:
    """The fee of a visit and what becomes of it. Without `fee` nothing can be counted."""

    fee: Fee | None
    scenarios: tuple[Scenario, ...]
    is_private: bool = False
    """Whether the patient pays and wants no plan to be told."""

    @property
    def recorded(self) -> Scenario | None:
        return self.scenarios[0] if self.scenarios else None


def outlook_of(encounter: Encounter) -> Outlook:
    """The recorded order first; where a dental and a medical plan are in force, then the other way round."""
    day = encounter.service_date
    fee, is_private = fee_on(D0371, day), restriction_of(encounter) is not None
    if fee is None:
        return Outlook(None, (), is_private)
    plans = [] if is_private else in_force(plans_of(encounter.patient), day)
    scenarios = [_scenario(plans, fee, day, is_recorded=True)]
    if len(plans) > 1:
        scenarios.append(_scenario([plans[1], plans[0], *plans[2:]], fee, day, is_recorded=False))
    return Outlook(fee, tuple(scenarios), is_private)


def _scenario(plans: list[Coverage], fee: Fee, day: date, *, is_recorded: bool) -> Scenario:
    known = tuple(known_of(plan, day) for plan in plans)
    title = f"{name_of(plans[0])} first" if plans else "No plan is asked"
    return Scenario(title, tuple(plans), known, spread(to_cents(fee.amount), known), is_recorded)


def known_of(plan: Coverage, day: date) -> Known:
    """What is known of a plan for a day of service: agreed with the payer, answered by it, or a question."""
    terms, check = payer_terms_of(plan, day), check_for(plan, day)
    fresh = None if check is None or is_too_old(plan, check, day) else check
    covers = _covers(plan.payer.book().policy(plan.plan_name, day).covers_d0371, check, fresh, day)
    pays = None if fresh is None or fresh.coinsurance_percent is None else 100 - fresh.coinsurance_percent
    return Known(
        name=plan.payer.name,
        allowed=_cents(terms.allowed) if terms else None,
        in_network={"in": True, "out": False}.get(terms.network) if terms else None,
        covers=covers,
        limited=check.frequency_limit if check else "",
        deductible=_cents(fresh.deductible_remaining) if fresh else None,
        percent=pays,
        left=_cents(fresh.annual_maximum_remaining) if fresh else None,
        left_is_known=bool(fresh and fresh.annual_maximum_remaining is not None),
        method=method_of(plan, day),
        receipts=tuple(_receipts(plan, check, fresh, day)),
    )


def method_of(plan: Coverage, day: date) -> Method | None:
    """How the plan counts what another one paid: its own way, else its payer's; None while nobody knows."""
    own, payers = terms_of(plan).cob_method, payer_terms_of(plan, day)
    found = own if own != "unknown" else payers.cob_method if payers else "unknown"
    return None if found == "unknown" else Method(found)


def check_for(plan: Coverage, day: date) -> EligibilityCheck | None:
    """The eligibility check that counts for a day: the last on or before it, else the last at all."""
    checks = plan.eligibility_checks.all()
    return checks.filter(checked_on__lte=day).first() or checks.first()


def _covers(policy: str, check: EligibilityCheck | None, fresh: EligibilityCheck | None, day: date) -> str:
    """No, where anybody says no; yes, where somebody says yes and sets no limit on how often; else a question.

    `fresh` is the check while it is not too old for the day.
    """
    if check and (not check.active or (check.waiting_until and check.waiting_until >= day)):
        # What is too old to rely on is asked again, the bad news too.
        return "no" if fresh else "unknown"
    said = {policy, fresh.covers_specialized_diagnostics if fresh else "unknown"}
    if "no" in said:
        return "no"
    return "yes" if "yes" in said and not (check and check.frequency_limit) else "unknown"


def _receipts(
    plan: Coverage, check: EligibilityCheck | None, fresh: EligibilityCheck | None, day: date
) -> Iterable[Number]:
    terms = newest_terms(plan.payer)
    if terms and terms.allowed is not None:
        why = terms.why_stale(day)
        agreed = f"agreed with {plan.payer.name}" + (f", {terms.source}" if terms.source else "")
        agreed += f"; this {why}, ask again" if why else ""
        yield Number("Allowed amount", None if why else _cents(terms.allowed), agreed)
    else:
        yield Number("Allowed amount", None, "not recorded")
    asked = "no eligibility check yet"
    if check:
        how = check.get_method_display().lower()
        asked = f"eligibility check of {short_date(check.checked_on)}, {how}"
        asked += f", {check.reference}" if check.reference else ""
        asked += "" if fresh else "; too old, ask again"
    yield Number("Deductible left", _cents(fresh.deductible_remaining) if fresh else None, asked)
    yield Number("Annual maximum left", _cents(fresh.annual_maximum_remaining) if fresh else None, asked)


def _cents(amount: Decimal | None) -> int | None:
    return None if amount is None else to_cents(amount)


def signed_estimate_of(encounter: Encounter) -> Estimate | None:
    """The newest estimate of a visit that was signed."""
    return estimates_of(encounter).filter(signature__isnull=False).select_related("signature").first()
