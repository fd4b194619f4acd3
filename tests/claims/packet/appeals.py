"""Denials of different kinds on different records, as facts, for letters and their packets. All people are invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from claims.facts import (
    AddresseeFacts,
    AppealFacts,
    AuthorizationFacts,
    ClaimFacts,
    CoverageFacts,
    DenialFacts,
    DeniedCodeFacts,
    EarlierAppealFacts,
    EligibilityFacts,
    LineFacts,
    PayerFacts,
    PeerCallFacts,
    SentFacts,
    SiblingClaimFacts,
)
from documentation.facts import EncounterFacts, SignatureFacts
from tests.claims.packet.records import RECORDS, claim_of

SIGNED = SignatureFacts("Casey Example", "DDS", "DE60123456", datetime(2026, 11, 5, 18, 5, tzinfo=UTC), "ab" * 32)
SENT = SentFacts("K000001", date(2026, 11, 9), "portal", "DUC00000101", "receipt", "R-55120")


def claim(record: str, kind: str = "dental") -> ClaimFacts:
    e: EncounterFacts = replace(RECORDS[record], number="E000001", signature=SIGNED)
    return claim_of(e, kind)


def code(pair: str, cents: int, *rarcs: str, line: int = 1) -> DeniedCodeFacts:
    group, carc = pair.split("-")
    return DeniedCodeFacts(group, carc, cents, line, rarcs)


def denied(cause: str, *codes: DeniedCodeFacts, sent: tuple[SentFacts, ...] = (SENT,)) -> DenialFacts:
    lead = codes[0]
    return DenialFacts(
        group=lead.group,
        carc=lead.carc,
        rarcs=tuple(dict.fromkeys(r for c in codes for r in c.rarcs)),
        codes=codes,
        cause=cause,
        amount_cents=sum(c.cents for c in codes),
        denied_on=date(2026, 12, 2),
        payer_control="PCN-778812",
        due_on=date(2027, 5, 31),
        due_reason="180 days from the notice of December 2, 2026 (provider manual 2026, section 4)",
        due_limit="180 days",
        due_source="provider manual 2026, section 4",
        packet="K000001",
        sent=sent,
    )


def appeal(subject: ClaimFacts, denial: DenialFacts, **more: object) -> AppealFacts:
    return AppealFacts(**{"claim": subject, "denial": denial, "written_on": date(2026, 12, 9), **more})  # type: ignore[arg-type]


def _with_policy(subject: ClaimFacts, **known: object) -> ClaimFacts:
    payer = subject.coverage.payer
    policy = replace(payer.policy, **known)  # type: ignore[arg-type]
    return replace(subject, coverage=replace(subject.coverage, payer=replace(payer, policy=policy)))


_BUNDLED = _with_policy(
    replace(
        claim("sublingual_web"),
        lines=(LineFacts("D0371", 85000), LineFacts("D0140", 9000, description="Limited examination")),
    ),
    bundling_permitted=("D0140",),
)
_APPROVED = replace(
    claim("parotid_stone"),
    authorizations=(
        AuthorizationFacts(
            "prior_authorization", "approved", "PA-5501", ("D0371",), date(2026, 10, 20), date(2027, 1, 20)
        ),
    ),
)
UPHELD = EarlierAppealFacts(1, "upheld", date(2026, 12, 10), date(2027, 1, 20), "DUC00000102")
NOT_NECESSARY = "The documentation does not show why imaging without endoscopy was not sufficient."
_MEDICAL_PLAN = CoverageFacts(PayerFacts("Example Health Plan", "88881", "medical"), member_id="H77", priority=2)

APPEALS: Mapping[str, AppealFacts] = {
    "medical_necessity": appeal(claim("reference"), denied("medical_necessity", code("CO-50", 85000, "N706"))),
    "images": appeal(claim("parotid_stone"), denied("images", code("CO-252", 85000, "N40", "N457"))),
    "documentation": appeal(claim("both_sides"), denied("documentation", code("CO-16", 85000, "N29"))),
    "coding": appeal(claim("reference", "medical"), denied("coding", code("CO-189", 85000))),
    "bundling": appeal(_BUNDLED, denied("bundling", code("CO-97", 85000, "M15"))),
    "authorization": appeal(_APPROVED, denied("authorization", code("CO-197", 85000, "M62"))),
    "timely_filing": appeal(
        claim("normal_study"),
        denied(
            "timely_filing",
            code("CO-29", 85000, line=0),
            sent=(SENT, SentFacts("K000001", date(2026, 11, 20), "fax", "DUC00000101", "none")),
        ),
    ),
    "crossover": appeal(
        replace(
            claim("reference"),
            other_coverages=(_MEDICAL_PLAN,),
            siblings=(SiblingClaimFacts("C000002", "denied", date(2026, 11, 5), ("42699",), "88881"),),
        ),
        denied("crossover", code("OA-109", 85000)),
    ),
    "coverage": appeal(claim("reference"), denied("coverage", code("PI-204", 85000, "N130"))),
    "eligibility": appeal(claim("normal_study"), denied("eligibility", code("CO-27", 85000))),
    "duplicate": appeal(claim("sublingual_web"), denied("duplicate", code("OA-18", 85000, "N522"))),
    "provider": appeal(claim("reference"), denied("provider", code("CO-208", 85000, "N290"))),
    "cob": appeal(claim("parotid_stone"), denied("cob", code("OA-22", 85000, "MA04"))),
    "appeal": appeal(
        claim("reference"),
        replace(denied("appeal", code("CO-193", 85000)), due_on=date(2027, 7, 19)),
        level=2,
        written_on=date(2027, 1, 25),
        earlier=(replace(UPHELD, words="We have reviewed the claim and keep our decision.", cause="appeal"),),
    ),
    "reconsideration": appeal(
        claim("reference"),
        denied("images", code("CO-252", 85000, "N40")),
        name="Reconsideration",
        stage="reconsideration",
        decide_limit="30 days",
        decide_source="provider manual 2026, section 4",
    ),
    "second": appeal(
        claim("reference"),
        replace(denied("documentation", code("CO-16", 85000, "N29")), due_on=date(2027, 7, 19)),
        level=2,
        written_on=date(2027, 1, 25),
        earlier=(replace(UPHELD, words=NOT_NECESSARY, cause="medical_necessity"),),
        peer_calls=(PeerCallFacts(date(2027, 1, 22), "Casey Example, DDS", "J. Smith, MD", "upheld", "P-3310"),),
    ),
    "second_late": appeal(
        claim("normal_study"),
        replace(denied("medical_necessity", code("CO-50", 85000)), due_on=date(2027, 7, 19)),
        level=2,
        written_on=date(2027, 1, 25),
        earlier=(replace(UPHELD, outcome="dismissed_late", words="The appeal was not received in time."),),
    ),
    "second_without_answer": appeal(
        claim("reference"),
        replace(denied("images", code("CO-252", 85000, "N40")), due_limit="", due_source=""),
        level=2,
        written_on=date(2027, 3, 1),
        earlier=(replace(UPHELD, outcome="", decided_on=None),),
    ),
    "second_after_silence": appeal(
        claim("reference"),
        replace(denied("images", code("CO-252", 85000, "N40")), due_limit="", due_source=""),
        level=2,
        written_on=date(2027, 3, 1),
        earlier=(replace(UPHELD, outcome="no_response", decided_on=date(2027, 2, 10)),),
    ),
    "external": appeal(
        claim("reference", "medical"),
        replace(denied("medical_necessity", code("CO-50", 85000)), due_on=date(2027, 7, 15)),
        level=3,
        name="External review",
        stage="external",
        addressee=AddresseeFacts(("Example Review Office", "PO Box 12", "Olympia, WA 98501-0012")),
        written_on=date(2027, 3, 20),
        earlier=(
            replace(UPHELD, words=NOT_NECESSARY),
            EarlierAppealFacts(
                *(2, "upheld", date(2027, 1, 25), date(2027, 3, 15), "DUC00000103"),
                words="The service is considered investigational for this diagnosis.",
                cause="medical_necessity",
            ),
        ),
        is_of_patient=True,
        authorized_on=date(2027, 3, 18),
    ),
    "of_patient": appeal(claim("parotid_stone"), denied("coverage", code("PI-204", 85000, "N137")), is_of_patient=True),
    "several": appeal(
        replace(claim("not_entered"), eligibility=EligibilityFacts(date(2026, 11, 2), active=True)),
        denied("coding", code("CO-16", 50000, "M51"), code("CO-50", 20000), code("CO-150", 15000, line=0)),
    ),
    "other": appeal(claim("incomplete"), denied("other", code("PI-Z9", 85000, "N999"))),
    "empty": AppealFacts(),
}
"""One appeal for each cause, one with several reasons, one of a payer's own code, and one about nothing."""
