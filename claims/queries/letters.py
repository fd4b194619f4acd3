"""The facts that an appeal letter rests on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.conf import settings

from claims.clocks.counted import counted_from
from claims.clocks.paths import Stage
from claims.codes.adjustments import PATIENTS_APPEAL
from claims.facts import (
    AddresseeFacts,
    AppealFacts,
    DenialFacts,
    DeniedCodeFacts,
    EarlierAppealFacts,
    PeerCallFacts,
    SentFacts,
)
from claims.models import Appeal, Denial, Packet, Submission
from claims.models.submissions import FILING_PROOFS
from claims.packet.letter import Letter, draft, edited
from claims.packet.letter.levels import kind_words
from claims.packet.printed import changes
from claims.playbook import KnownFact
from claims.queries.appeal_rules import load_rules
from claims.queries.claims import facts_of as claim_facts
from claims.queries.enclosed import documents_of_each, is_same_choice
from claims.queries.packets import channel_changed, leaves_something
from claims.workflow import AppealStatus
from documentation.kernel.dates import long_date
from documentation.kernel.money import to_cents
from documentation.kernel.wire import from_data, to_data
from documentation.prose.phrases import capital


def facts_of(appeal: Appeal, *, today: date) -> AppealFacts:
    """The facts of an appeal as they are now. `today` is the date at the location and becomes that of the letter."""
    limit, source = decide_limit(appeal)
    claim = claim_facts(appeal.claim, today=today)
    return AppealFacts(
        claim=claim,
        denial=denial_facts(appeal.denial, appeal),
        level=appeal.level,
        name=appeal.name,
        stage=appeal.stage,
        written_on=today,
        earlier=_earlier(appeal),
        peer_calls=_peer_calls(appeal),
        decide_limit=limit,
        decide_source=source,
        addressee=addressee_of(appeal).facts,
        is_of_patient=is_of_patient(appeal, today),
        authorized_on=authorized_on(appeal),
    )


@dataclass(frozen=True)
class Addressee:
    """Where an appeal goes, and how far that can be relied on."""

    facts: AddresseeFacts
    fact: KnownFact | None = None
    """What the playbook says of the address; None while nobody wrote one down."""
    is_external: bool = False

    def doubt(self, today: date) -> str:
        """What is to be said before the letter is sealed; empty where somebody saw lately that it is true."""
        if self.fact is None and self.is_external:
            return "Nobody wrote down where requests for external review of this payer's decisions go."
        if self.fact is None:
            return "Nobody wrote down where appeals to this payer go; the letter bears the payer's own address."
        if self.fact.verified_on is None:
            return "Nobody verified the address for appeals."
        if today - self.fact.verified_on > timedelta(days=ADDRESS_DAYS):
            seen = long_date(self.fact.verified_on)
            return f"The address for appeals was last verified on {seen}, more than {ADDRESS_DAYS} days ago."
        return ""


ADDRESS_DAYS = 180
"""After so many days an address is asked for again before anything is sealed for it."""


def addressee_of(appeal: Appeal) -> Addressee:
    """Where this appeal goes by the playbook: of the plan, else of the payer. External reviews have their own place."""
    plan = appeal.claim.coverage
    book = plan.payer.book()
    is_external = appeal.stage == Stage.EXTERNAL
    fact = book.newest("external_address" if is_external else "appeals_address", plan.plan_name)
    found = fact if fact and fact.is_known else None
    lines = tuple(line.strip() for line in str(found.value).splitlines() if line.strip()) if found else ()
    # The fax for appeals is that of the plan's own department, so it does not stand under another address.
    fax = "" if is_external else book.value("appeals_fax", plan.plan_name) or ""
    return Addressee(AddresseeFacts(lines, fax), found, is_external)


def is_of_patient(appeal: Appeal, today: date) -> bool:
    """Whether it is the patient's own appeal: as the payer's playbook knows, else as the answer says."""
    plan = appeal.claim.coverage
    told = plan.payer.book().value("appeals_of", plan.plan_name)
    return told == "patient" if told else bool(PATIENTS_APPEAL & set(appeal.denial.rarcs))


AUTHORIZATION = "representative"
"""The kind of document on the shelf by which a patient lets the practice appeal."""


def authorized_on(appeal: Appeal) -> date | None:
    """The day of the patient's authorization on the shelf, the newest; None where none lies there."""
    found = appeal.claim.evidence.filter(kind=AUTHORIZATION, side="send", removed_at=None)
    return found.order_by("-dated_on").values_list("dated_on", flat=True).first()


def decide_limit(appeal: Appeal) -> tuple[str, str]:
    """The payer's time to decide and where it is written, to be told to the payer: only what somebody verified."""
    counted = counted_from(appeal.clock)
    path = load_rules().path(counted.regime, appeal.level, counted.event_on) if counted else None
    if counted is None or path is None or path.decide is None or not path.is_own:
        return "", ""
    return ("", "") if path.why_open(counted.event_on, settings.PLAYBOOK_DAYS) else (path.decide.said, path.source)


def _peer_calls(appeal: Appeal) -> tuple[PeerCallFacts, ...]:
    calls = appeal.denial.peer_calls.exclude(outcome="not_held").order_by("held_on", "pk")
    return tuple(
        PeerCallFacts(
            c.held_on,
            c.clinician,
            ", ".join(x for x in (c.reviewer, c.credential) if x),
            c.outcome,
            c.reference,
        )
        for c in calls
    )


def changed_since_sealed(appeal: Appeal) -> tuple[str, ...]:
    """What the sealed packet of an appeal prints or holds that is otherwise now, as names; nothing while it is true.

    The words of the letter are compared as they would be written on the day on which it was sealed.
    """
    packet = appeal.packet
    if packet is None:
        return ()
    sealed = json.loads(packet.facts)
    then = _as_told(from_data(AppealFacts, sealed), sealed)
    if "stage" not in sealed:  # it followed from the name, as the appeal has it now
        then = replace(then, stage=appeal.stage, earlier=_earlier(appeal))
    now = facts_of(appeal, today=then.written_on or then.claim.today or packet.sealed_at.date())
    names = list(changes(sealed, to_data(now), kind="appeal"))
    if [s.text for s in letter_on(appeal, then).sentences] != [s.text for s in letter_on(appeal, now).sentences]:
        names.append("the words of the letter")
    manifest = json.loads(packet.manifest)
    documents = documents_of_each({appeal.claim_id: now.claim}, [appeal.claim])[appeal.claim_id]
    if "chosen" in manifest and not is_same_choice(manifest["chosen"], documents):
        names.append("what goes along of the documents")
    return (*names, *channel_changed(packet))


def _as_told(then: AppealFacts, sealed: Mapping[str, Any]) -> AppealFacts:
    """Facts as their letter told them: before it kept the time it was counted by, it told what the playbook knew."""
    policy = then.claim.policy
    source = policy.source_of("appeal_days")
    if "due_limit" in sealed.get("denial", {}) or not policy.appeal_days or not source:
        return then
    limit = f"{policy.appeal_days} days"
    return replace(then, denial=replace(then.denial, due_limit=limit, due_source=source))


def title_of(appeal: Appeal) -> str:
    """What kind of letter it is: 'Request for reconsideration', 'Second-level appeal'."""
    return capital(kind_words(appeal.level, appeal.name, appeal.stage))


def letter_on(appeal: Appeal, facts: AppealFacts) -> Letter:
    """The letter that these facts and what a person made of it give."""
    return edited(draft(facts), appeal.letter)


def denial_facts(denial: Denial, appeal: Appeal | None = None) -> DenialFacts:
    """What the payer refused, verbatim, with what it had been sent; with the last day of an appeal."""
    clock = counted_from(appeal.clock) if appeal else None
    by_payer = clock if clock and clock.fact and clock.is_firm else None
    return DenialFacts(
        group=denial.group,
        carc=denial.carc,
        rarcs=tuple(denial.rarcs),
        codes=_codes(denial),
        cause=denial.cause,
        amount_cents=to_cents(denial.amount),
        is_full=denial.is_full,
        denied_on=denial.denied_on,
        payer_control=denial.answer.payer_control,
        due_on=appeal.due_on if appeal else None,
        due_reason=appeal.due_reason if appeal else "",
        due_limit=by_payer.said if by_payer else "",
        due_source=by_payer.source if by_payer else "",
        packet=denial.packet.number if denial.packet else "",
        sent=_sent(denial),
    )


def _codes(denial: Denial) -> tuple[DeniedCodeFacts, ...]:
    """Each reason once; a remark that no reason carries stands beside the leading one."""
    told = {r for c in denial.codes for r in c.get("rarcs", ())}
    loose = [r for r in denial.rarcs if r not in told]
    codes = []
    for c in denial.codes:
        is_leading = (c["group"], c["carc"]) == (denial.group, denial.carc)
        rarcs = (*c.get("rarcs", ()), *(loose if is_leading else ()))
        if is_leading:
            loose = []
        codes.append(DeniedCodeFacts(c["group"], c["carc"], c["cents"], c.get("line", 0), tuple(dict.fromkeys(rarcs))))
    return tuple(codes)


def _sent(denial: Denial) -> tuple[SentFacts, ...]:
    """What was sent of the claim until the denial, oldest first; what went out with an appeal is told apart."""
    version = denial.claim.encounter.version
    rows = denial.claim.submissions.filter(appeal__isnull=True, sent_on__lte=denial.denied_on).select_related("packet")
    return tuple(
        SentFacts(s.packet.number, s.sent_on, s.channel, s.control_number, *_proof(s), _is_without(s.packet, version))
        for s in rows.prefetch_related("proofs").order_by("sent_on", "pk")
    )


def _is_without(packet: Packet, version: int) -> bool:
    """Whether a packet left without this version of the record."""
    if packet.kind != "claim" or not leaves_something(json.loads(packet.manifest)):
        return True
    return bool((json.loads(packet.facts).get("encounter") or {}).get("version", 1) != version)


def _proof(sending: Submission) -> tuple[str, str]:
    """What proves a sending best: that it was taken in, else what was kept when it left."""
    strength = [kind for kind, _ in FILING_PROOFS]
    found = min(sending.proofs.all(), key=lambda p: strength.index(p.kind), default=None)
    return (found.kind, found.reference) if found else (sending.proof, sending.proof_reference)


def _earlier(appeal: Appeal) -> tuple[EarlierAppealFacts, ...]:
    """The appeals of lower levels that left us, decided or not."""
    left = appeal.denial.appeals.filter(
        status__in=(AppealStatus.DECIDED, AppealStatus.SENT), level__lt=appeal.level
    ).order_by("level")
    told = []
    for earlier in left.prefetch_related("submissions"):
        sent = next(iter(earlier.submissions.all()), None)
        told.append(
            EarlierAppealFacts(
                level=earlier.level,
                outcome=earlier.outcome,
                sent_on=sent.sent_on if sent else None,
                decided_on=earlier.decided_on,
                control_number=sent.control_number if sent else "",
                name=earlier.name,
                stage=earlier.stage,
                words=earlier.decision_words,
                cause=earlier.decision_cause,
            )
        )
    return tuple(told)
