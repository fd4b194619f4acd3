"""The things that an appeal can enclose, where each is found, and when it is not needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from claims.facts import AppealFacts
from documentation.kernel.vocabulary import NONE

Answer = Callable[[AppealFacts], str]


def _never(facts: AppealFacts) -> str:
    return ""


@dataclass(frozen=True)
class Item:
    """One thing that an appeal can enclose.

    `part` is the part of the packet that shows it, `kinds` are the kinds of evidence on the shelf that do. `section` is
    the part of the record where it is mended; empty for what comes from outside. `told` gives a sentence where the
    packet tells it without a document, `lacks` one where the record is not fit to show it, `spared` one where it is not
    needed.
    """

    key: str
    title: str
    kinds: tuple[str, ...] = ()
    part: str = ""
    section: str = ""
    told: Answer = _never
    lacks: Answer = _never
    spared: Answer = _never

    @property
    def can_lack(self) -> bool:
        """Whether it comes from outside, so that a person may say that it cannot be had."""
        return bool(self.kinds)


def _unread(facts: AppealFacts) -> str:
    e = facts.claim.encounter
    if not e.interpretation.text.strip():
        return "The record holds no interpretation yet."
    return "" if e.is_signed else "The interpretation is not signed."


def _unpictured(facts: AppealFacts) -> str:
    return "" if facts.claim.encounter.images else "The record holds no images."


def _unsigned(facts: AppealFacts) -> str:
    return "" if facts.claim.encounter.is_signed else "The record is not signed."


def _not_seen_before(facts: AppealFacts) -> str:
    seen = [i for i in facts.claim.encounter.justification.prior_imaging if i.modality != NONE]
    return "" if seen else "The record tells of no earlier imaging."


def _not_treated_before(facts: AppealFacts) -> str:
    tried = [c for c in facts.claim.encounter.justification.prior_care if c.type != NONE]
    return "" if tried else "The record tells of no earlier care."


def _no_other_plan(facts: AppealFacts) -> str:
    c = facts.claim
    return "" if c.sequence > 1 or c.other_coverages else "No other plan of the patient is on file."


def _own_right(facts: AppealFacts) -> str:
    return "" if facts.is_of_patient else "The appeal is the practice's own."


def _not_required(facts: AppealFacts) -> str:
    """What the payer said of this patient counts; a permission that was given is shown all the same."""
    c = facts.claim
    if c.authorization_for(c.procedure_code):
        return ""
    said = bool(c.eligibility and c.eligibility.prior_authorization == "not_required")
    said = said or any(a.status == "not_required" and a.is_about(c.procedure_code) for a in c.authorizations)
    return "The payer said that none is required; the letter tells it." if said else ""


def _consented(facts: AppealFacts) -> str:
    return "The note tells the day and who consented (§3)." if facts.claim.encounter.procedure.consent_on else ""


def _checked(facts: AppealFacts) -> str:
    check = facts.claim.eligibility
    if check and check.active and check.reference:
        return f"The check of eligibility is on file, reference {check.reference}; the letter can quote it."
    return ""


def _proven(facts: AppealFacts) -> str:
    proven = [s for s in facts.denial.sent if s.proof not in ("", "none")]
    return "“What you wrote” lists each sending with its proof." if proven else ""


ITEMS: tuple[Item, ...] = (
    Item("decision", "The payer's decision, word for word", part="denial"),
    Item("interpretation", "Signed interpretation", part="interpretation", section="interpretation", lacks=_unread),
    Item("images", "Labeled images", part="figures", section="images", lacks=_unpictured),
    Item("note", "Encounter note with the procedure", part="note", section="procedure", lacks=_unsigned),
    Item("claim", "The claim as it was sent", part="claim"),
    Item("prior_imaging", "Reports of earlier imaging", kinds=("prior_imaging",), spared=_not_seen_before),
    Item("prior_care", "Notes of earlier, conservative care", kinds=("prior_care",), spared=_not_treated_before),
    Item("referral", "Referral", kinds=("referral",)),
    Item("consent", "Consent", kinds=("consent",), told=_consented),
    Item("authorization", "Letter of the authorization", kinds=("authorization",), spared=_not_required),
    Item("eligibility", "Eligibility on the day of service", kinds=("eligibility",), told=_checked),
    Item("filing_proof", "Proof of timely filing", kinds=("filing_proof",), told=_proven),
    Item("other_eob", "EOB of the other plan", kinds=("primary_eob",), spared=_no_other_plan),
    Item("policy", "Extract of the payer's policy", kinds=("policy",)),
    Item("literature", "Literature", kinds=("literature",)),
    Item("patient_statement", "Statement of the patient", kinds=("patient_statement",)),
    Item("credentials", "License, W-9 or enrollment", kinds=("credentials",)),
    Item("representative", "Patient's authorization to appeal", kinds=("representative",), spared=_own_right),
)
"""In the order of a checklist."""
BY_KEY: Mapping[str, Item] = {item.key: item for item in ITEMS}
