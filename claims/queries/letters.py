"""The facts that an appeal letter rests on."""

from __future__ import annotations

from datetime import date

from claims.facts import AppealFacts, DenialFacts, DeniedCodeFacts, EarlierAppealFacts, SentFacts
from claims.models import Appeal, Denial, Submission
from claims.models.submissions import FILING_PROOFS
from claims.queries.claims import facts_of as claim_facts
from claims.workflow import AppealStatus
from documentation.kernel.money import to_cents


def facts_of(appeal: Appeal, *, today: date) -> AppealFacts:
    """The facts of an appeal as they are now. `today` is the date at the location and becomes that of the letter."""
    return AppealFacts(
        claim=claim_facts(appeal.claim, today=today),
        denial=denial_facts(appeal.denial, appeal),
        level=appeal.level,
        written_on=today,
        earlier=_earlier(appeal),
    )


def denial_facts(denial: Denial, appeal: Appeal | None = None) -> DenialFacts:
    """What the payer refused, verbatim, with what it had been sent; with the last day of an appeal."""
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
    rows = denial.claim.submissions.filter(appeal__isnull=True, sent_on__lte=denial.denied_on).select_related("packet")
    return tuple(
        SentFacts(s.packet.number, s.sent_on, s.channel, s.control_number, *_proof(s))
        for s in rows.prefetch_related("proofs").order_by("sent_on", "pk")
    )


def _proof(sending: Submission) -> tuple[str, str]:
    """What proves a sending best: that it was taken in, else what was kept when it left."""
    strength = [kind for kind, _ in FILING_PROOFS]
    found = min(sending.proofs.all(), key=lambda p: strength.index(p.kind), default=None)
    return (found.kind, found.reference) if found else (sending.proof, sending.proof_reference)


def _earlier(appeal: Appeal) -> tuple[EarlierAppealFacts, ...]:
    decided = appeal.denial.appeals.filter(status=AppealStatus.DECIDED, level__lt=appeal.level).order_by("level")
    told = []
    for earlier in decided.prefetch_related("submissions"):
        sent = next(iter(earlier.submissions.all()), None)
        told.append(
            EarlierAppealFacts(
                level=earlier.level,
                outcome=earlier.outcome,
                sent_on=sent.sent_on if sent else None,
                decided_on=earlier.decided_on,
                control_number=sent.control_number if sent else "",
            )
        )
    return tuple(told)
