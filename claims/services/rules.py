"""Verbs on the practice's own rules, on how grave each rule is for a payer, and on letting a new practice begin."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.conditions.condition import Group, read
from claims.conditions.own import own_number
from claims.conditions.sense import contradicts, is_opposed, problems
from claims.conditions.states import OWN_RULE, Looked
from claims.models import OwnRule, OwnRuleTrial, OwnRuleVersion, Payer, RuleSeverity, RulesRelease
from claims.models.rules import NOT_IN_FORCE, WORDS
from claims.queries.backtests import Backtest, backtest
from claims.queries.rulebook import adopted_beside, beside_in_force, may_be_set, versions_in_force
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Severity, Unanswerable
from documentation.models import User
from documentation.services.audit import record
from documentation.services.transitions import perform


def save_rule(
    rule: OwnRule | None, values: dict[str, Any], *, by: User, at: datetime, seen: int | None = None, origin: str = ""
) -> OwnRule:
    """Draft a rule, or change one that was seen at revision `seen`: then it is a draft again, and its version that is
    in force stays so until the next one is adopted.

    A draft may be incomplete; what makes no sense is said when it is tried. Raises NotPossible for a retired rule.
    """
    _require(by)
    if rule is None:
        with transaction.atomic():
            row = OwnRule(origin=origin, created_at=at, created_by=by, **values)
            _clean(row)
            row.save()
            record("rule.draft", by=by, at=at, subject=row)
        return row
    with perform(OWN_RULE, "change", rule, by=by, at=at) as row:
        _as_seen(row, seen, "change it")
        for key, value in values.items():
            setattr(row, key, value)
        _clean(row)
        row.save()
    rule.refresh_from_db()
    return rule


def _as_seen(row: OwnRule, seen: int | None, then: str) -> None:
    if seen is not None and row.revision != seen:
        raise NotPossible(f"Somebody else changed this rule meanwhile. Look at it as it is now, then {then}.")


def _clean(row: OwnRule) -> None:
    row.full_clean(exclude=["condition", "payers"], validate_constraints=False)
    missing = {name: "Please fill this in." for name in ("title", "message", "fix") if not getattr(row, name)}
    if missing:
        raise ValidationError(missing)
    if row.payers and Payer.objects.filter(pk__in=row.payers).count() != len(set(row.payers)):
        raise ValidationError({"payers": "One of these payers is not known. Choose again."})


def complaints(rule: OwnRule, day: date) -> tuple[str, ...]:
    """What speaks against trying and adopting a rule as it stands."""
    try:
        condition = read(rule.condition)
    except Unanswerable:
        condition = Group()
    return tuple(p.sentence for p in problems(condition, adopted_beside(rule, day)))


def try_rule(rule: OwnRule, *, day: date, by: User, at: datetime, seen: int | None = None) -> OwnRuleTrial:
    """Count what a rule that was seen at revision `seen` would have done to the claims that were answered. Raises
    Refused for a senseless condition, NotPossible where it was changed since.

    It is counted before anything is locked: a long history makes nobody else wait.
    """
    rule.refresh_from_db()
    _as_seen(rule, seen, "try it")
    return _keep_trial(rule, _counted(rule, day, by), day=day, by=by, at=at)


def _counted(rule: OwnRule, day: date, by: User) -> Backtest | None:
    """What a rule would have done; None where trying it is refused anyway."""
    _require(by)
    if complaints(rule, day):
        return None
    (counted,) = backtest([read(rule.condition)], rule.payers)
    return counted


def save_and_try(
    rule: OwnRule | None, values: dict[str, Any], *, day: date, by: User, at: datetime, seen: int | None = None
) -> OwnRule:
    """Save a rule and try it at once, both or nothing."""
    counted = _counted(_as_it_will_be(rule, values), day, by)
    with transaction.atomic():
        saved = save_rule(rule, values, by=by, at=at, seen=seen)
        _keep_trial(saved, counted, day=day, by=by, at=at)
    return saved


def _as_it_will_be(rule: OwnRule | None, values: dict[str, Any]) -> OwnRule:
    """A rule with what is about to be saved, to count by."""
    found = OwnRule.objects.get(pk=rule.pk) if rule else OwnRule()
    for key, value in values.items():
        setattr(found, key, value)
    return found


def _keep_trial(rule: OwnRule, counted: Backtest | None, *, day: date, by: User, at: datetime) -> OwnRuleTrial:
    with perform(OWN_RULE, "try", rule, by=by, at=at, facts=lambda row: Looked(complaints(row, day))) as row:
        if counted is None or row.revision != rule.revision:
            raise NotPossible("The rule was changed while it was tried. Look at it as it is now, then try it again.")
        return OwnRuleTrial.objects.create(
            rule=row,
            condition=row.condition,
            payers=row.payers,
            severity=row.severity,
            denied=counted.denied,
            paid=counted.paid,
            unanswerable=counted.unanswerable,
            stopped_denied=counted.stopped_denied,
            stopped_paid=counted.stopped_paid,
            tried_at=at,
            tried_by=by,
        )


def adopt(rule: OwnRule, *, day: date, by: User, at: datetime, seen: int | None = None) -> OwnRuleVersion:
    """Put a tried rule that was seen at revision `seen` into force from a day on, as its next version. Raises Refused
    where it contradicts another, NotPossible where it was changed since.
    """
    with perform(OWN_RULE, "adopt", rule, by=by, at=at, facts=lambda row: Looked(complaints(row, day))) as row:
        _as_seen(row, seen, "adopt it")
        last = row.versions.first()
        return OwnRuleVersion.objects.create(
            rule=row,
            version=last.version + 1 if last else 1,
            adopted_on=day,
            adopted_at=at,
            adopted_by=by,
            **{name: getattr(row, name) for name in WORDS},
        )


def keep_version(rule: OwnRule, *, by: User, at: datetime, seen: int | None = None) -> OwnRule:
    """Drop what was drafted beside the version in force and seen at revision `seen`. Raises Refused where there is no
    version yet, NotPossible where somebody drafted on.
    """

    def missing(row: OwnRule) -> Looked:
        return Looked(() if row.versions.exists() else ("This rule was never adopted. Retire it instead.",))

    with perform(OWN_RULE, "keep", rule, by=by, at=at, facts=missing) as row:
        _as_seen(row, seen, "drop the change")
        version = row.versions.get(version=row.versions.count())
        OwnRule.objects.filter(pk=row.pk).update(**{name: getattr(version, name) for name in WORDS})
    rule.refresh_from_db()
    return rule


def retire(rule: OwnRule, reason: str, *, day: date, by: User, at: datetime) -> OwnRule:
    """Take a rule out of force from a day on, for good: its id is never given again."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is retired, for those who meet its id later."})
    with perform(OWN_RULE, "retire", rule, by=by, at=at) as row:
        row.retired_on, row.retired_reason = day, reason
        row.full_clean(exclude=["title", "message", "fix", "field", "cause", "condition", "payers"])
        row.save(update_fields=["retired_on", "retired_reason"])
    rule.refresh_from_db()
    return rule


def adopt_proposal(values: dict[str, Any], origin: str, *, day: date, by: User, at: datetime) -> OwnRule:
    """Draft, try and adopt in one: a rule that a denial proposed, whose trial the person has seen."""
    counted = _counted(_as_it_will_be(None, values), day, by)
    with transaction.atomic():
        rule = save_rule(None, values, by=by, at=at, origin=origin)
        _keep_trial(rule, counted, day=day, by=by, at=at)
        adopt(rule, day=day, by=by, at=at)
    return rule


def set_severity(
    rule: str, severity: Severity | str, *, payer: Payer | None, effective_on: date, reason: str, day: date,
    by: User, at: datetime,
) -> RuleSeverity:  # fmt: skip
    """From a day on a rule is this grave for a payer, or for all. `day` is today at the practice.

    Raises ValidationError for a day that is past: what was in force then must stay what it was; and for a rule of the
    practice that would be in force again beside one that it contradicts.
    """
    _require(by)
    if not may_be_set(rule):
        raise Refused("The severity of this rule cannot be set.")
    if effective_on < day:
        raise ValidationError({"effective_on": "Choose today or a later day: the past stays as it was."})
    row = RuleSeverity(
        rule=rule,
        payer=payer,
        severity=str(severity),
        effective_on=effective_on,
        reason=reason.strip(),
        recorded_at=at,
        recorded_by=by,
    )
    if not row.reason:
        raise ValidationError({"reason": "Say why: it is kept, and shown beside the rule."})
    if clash := _contradicted(rule, row.severity, payer, effective_on):
        raise ValidationError({"severity": clash})
    with transaction.atomic():
        row.full_clean()
        row.save()
        whom = f"payer {payer.payer_id}" if payer else "all"
        record("rule.severity", by=by, at=at, subject=rule, severity=row.severity, payer=whom)
    return row


def _contradicted(rule: str, severity: str, payer: Payer | None, day: date) -> list[str]:
    """What a rule of the practice would contradict in force, since others were adopted while it was not."""
    version = versions_in_force(day).filter(rule=own_number(rule)).first() if severity != NOT_IN_FORCE else None
    if version is None:
        return []
    beside = beside_in_force(version.as_rule, payer.pk if payer else None, day)
    return [contradicts(other) for other in beside if is_opposed(read(version.condition), other.condition)]


def release(*, by: User, at: datetime) -> RulesRelease:
    """Let the claims of a new practice go: a person has looked at its rules. A second time changes nothing."""
    _require(by)
    with transaction.atomic():
        known = RulesRelease.objects.order_by("pk").first()
        if known:
            return known
        row = RulesRelease.objects.create(released_at=at, released_by=by)
        record("rule.release", by=by, at=at, subject="rules")
    return row


def _require(by: User) -> None:
    if not by.may(Permission.RULES_EDIT):
        raise NotPermitted("Your role does not allow you to change rules.")
