"""What claim rules, packets and letters see: frozen facts that contain the facts of the encounter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from claims.among import UNKNOWN, PrimaryFacts, ResentFacts, RestrictionFacts, TermsFacts
from claims.codes.crosswalk import Mapping
from claims.codes.procedures import Listed
from documentation.facts import Address, EncounterFacts, LocationFacts


@dataclass(frozen=True)
class FactSource:
    """Where a fact of the playbook comes from, and the day somebody last saw that it is true."""

    key: str
    source: str = ""
    verified_on: date | None = None


@dataclass(frozen=True)
class StaleFact:
    """A fact of the playbook that is too old to rely on, in words: `Prior authorization`, `Not required`, `why`."""

    key: str
    label: str
    said: str
    why: str
    """Such as 'expired on January 1, 2026'; it ends a sentence."""
    value: str | int | tuple[str, ...] | None = None
    """The answer as it was kept, for what is counted with care."""

    @property
    def sentence(self) -> str:
        return f"{self.label} “{self.said}” {self.why}."


@dataclass(frozen=True)
class PolicyFacts:
    """What the practice may rely on of a payer's rules for D0371. `unknown` is a value, never a 'no'.

    A fact that is stale on the day of service counts as unknown here and stands in `stale`.
    """

    covers_d0371: str = UNKNOWN
    """yes, no, unknown"""
    treats_as: str = UNKNOWN
    """dental, medical, unknown"""
    prior_authorization: str = UNKNOWN
    """required, not_required, unknown"""
    attachments: str = UNKNOWN
    """always, on_request, never, unknown"""
    bundling_permitted: tuple[str, ...] = ()
    """Codes that this payer pays beside D0371 on the same day."""
    bundling_refused: tuple[str, ...] = ()
    """Codes that this payer holds to be part of D0371 on the same day."""
    timely_filing_days: int | None = None
    corrected_claim_days: int | None = None
    """Days within which a claim may be corrected."""
    corrected_claim_from: str = UNKNOWN
    """service, answer, unknown: from which day they are counted."""
    filing_indicator: str = UNKNOWN
    """SBR09 of electronic claims, such as CI, BL or 12."""
    appeal_days: int | None = None
    eligibility_days: int | None = None
    """Days before a visit within which an answer on eligibility still counts for this payer."""
    documents_wanted: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    several_attachments: str = UNKNOWN
    """yes, no, unknown: whether one electronic claim may name several documents (PWK)."""
    source: str = ""
    """The source of what was verified last."""
    verified_on: date | None = None
    """The last day on which somebody verified any of it."""
    sources: tuple[FactSource, ...] = ()
    stale: tuple[StaleFact, ...] = ()

    def source_of(self, key: str) -> str:
        """Where one fact comes from."""
        return next((s.source for s in self.sources if s.key == key), self.source)

    def verified(self, key: str) -> date | None:
        """When one fact was last seen to be true."""
        return next((s.verified_on for s in self.sources if s.key == key), self.verified_on)

    def stale_fact(self, key: str) -> StaleFact | None:
        """What was known of something before it grew too old."""
        return next((f for f in self.stale if f.key == key), None)


@dataclass(frozen=True)
class PayerFacts:
    name: str = ""
    payer_id: str = ""
    line: str = "dental"
    """dental or medical"""
    address: Address = Address()
    policy: PolicyFacts = PolicyFacts()
    terms: TermsFacts = TermsFacts()


@dataclass(frozen=True)
class SubscriberFacts:
    first_name: str = ""
    last_name: str = ""
    birth_date: date | None = None
    sex: str = ""
    address: Address = Address()

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class CoverageFacts:
    """One plan covering the patient. `priority` 1 is primary."""

    payer: PayerFacts = PayerFacts()
    plan_name: str = ""
    group_number: str = ""
    member_id: str = ""
    priority: int = 1
    relationship: str = "self"
    program: str = "commercial"
    """commercial, medicare, medicaid, liability"""
    effective_on: date | None = None
    terminated_on: date | None = None
    signature_on_file: bool | None = None
    assignment_of_benefits: bool | None = None
    subscriber: SubscriberFacts = SubscriberFacts()
    """The person who holds the plan; the patient where the relationship is self."""
    key: int = 0
    """Tells plans of one payer apart; 0 where that is not known, as of what was sealed before."""

    @property
    def kind(self) -> str:
        return self.payer.line

    @property
    def is_assignment_accepted(self) -> bool | None:
        """Whether the practice takes the plan's price as the whole one, as it does where it takes part in the plan.

        None while nobody knows that. It is the practice's word (CMS-1500 box 27, CLM07); that the plan pays the
        practice is the patient's (`assignment_of_benefits`: box 13, ADA item 37, CLM08).
        """
        return {"in": True, "out": False}.get(self.payer.terms.network)


@dataclass(frozen=True)
class EligibilityFacts:
    checked_on: date
    method: str = ""
    """portal, phone, edi"""
    reference: str = ""
    active: bool = False
    covers_specialized_diagnostics: str = UNKNOWN
    """yes, no, unknown"""
    deductible_remaining_cents: int | None = None
    annual_maximum_remaining_cents: int | None = None
    coinsurance_percent: int | None = None
    """The patient's share, 0-100."""
    prior_authorization: str = UNKNOWN
    """required, not_required, unknown: what the payer said for this patient."""
    frequency_limit: str = ""
    """How often the plan pays for it, in the payer's words."""
    waiting_until: date | None = None
    """The last day of a waiting period; None where there is none or nobody asked."""
    next_check_on: date | None = None


@dataclass(frozen=True)
class AuthorizationFacts:
    kind: str
    """prior_authorization or predetermination"""
    status: str
    """requested, approved, denied, not_required, cancelled"""
    number: str = ""
    codes: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    units: int | None = None
    """How many times it may be used; None where the payer set no number."""
    units_used: int = 0
    """Of these, taken by the practice's earlier claims."""

    @property
    def units_left(self) -> int | None:
        return None if self.units is None else max(0, self.units - self.units_used)

    def is_about(self, code: str) -> bool:
        """Whether the answer, whatever it is, is for this code; no codes given means any."""
        return not self.codes or code in self.codes

    def names(self, code: str) -> bool:
        """Approved, for this code."""
        return self.status == "approved" and self.is_about(code)

    def holds_on(self, day: date | None) -> bool:
        """Whether a day lies in its time."""
        if day is None:
            return False
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def covers(self, code: str, day: date | None) -> bool:
        """Approved, for this code, valid on this day, and not used up."""
        return self.names(code) and self.holds_on(day) and self.units_left != 0


@dataclass(frozen=True)
class EstimateFacts:
    low_cents: int
    high_cents: int
    given_on: date | None = None
    acknowledged_on: date | None = None


@dataclass(frozen=True)
class LineFacts:
    """One procedure on a claim. `diagnosis_pointers` are positions in the claim's diagnoses, from 1."""

    code: str
    fee_cents: int
    quantity: int = 1
    description: str = ""
    diagnosis_pointers: tuple[int, ...] = (1,)
    documented: bool = True
    """Whether the record shows this service by itself."""
    modifiers: tuple[str, ...] = ()
    area: str = ""
    comparator: str = ""
    """The listed code that an unlisted one is priced against."""
    second_gland_reason: str = ""
    """Why the same code is billed for a second gland of the day."""


@dataclass(frozen=True)
class NewerVersionFacts:
    """A later version of the record that a claim was made from: signed, or still being written."""

    number: str
    version: int
    is_signed: bool


@dataclass(frozen=True)
class SiblingClaimFacts:
    """Another claim of the same patient that could be taken for the same service."""

    number: str
    status: str
    service_date: date | None
    codes: tuple[str, ...]
    payer_id: str
    glands: tuple[str, ...] = ()
    """Side and gland, such as `L submandibular`."""
    same_visit: bool = True
    """Whether it rests on the same visit; the patient's other plan is asked there, too."""


@dataclass(frozen=True)
class OtherVisitFacts:
    """Another signed visit of the same patient and day that was documented before this one."""

    number: str
    glands: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReplacedFacts:
    """The claim that a corrected one takes the place of."""

    number: str
    answered_on: date | None = None
    """The day of the payer's first decision on it; None where none is known."""


@dataclass(frozen=True)
class ClaimFacts:
    """A claim with everything that a payer would look at. `today` is the date at the location."""

    number: str = ""
    kind: str = "dental"
    """dental or medical"""
    sequence: int = 1
    """1 primary, 2 secondary"""
    today: date | None = None
    encounter: EncounterFacts = EncounterFacts()
    billing: LocationFacts = LocationFacts()
    coverage: CoverageFacts = CoverageFacts()
    other_coverages: tuple[CoverageFacts, ...] = ()
    eligibility: EligibilityFacts | None = None
    """The check that counts for the service date: the last on or before it, else the last at all."""
    authorizations: tuple[AuthorizationFacts, ...] = ()
    estimate: EstimateFacts | None = None
    lines: tuple[LineFacts, ...] = ()
    diagnoses: tuple[str, ...] = ()
    siblings: tuple[SiblingClaimFacts, ...] = ()
    other_visits: tuple[OtherVisitFacts, ...] = ()
    numbers_elsewhere: tuple[str, ...] = ()
    """Authorization numbers that the patient's plans at other payers gave."""
    confirmed_code: str = ""
    """The medical code that a person chose for the sialoendoscopy; empty while it is only proposed."""
    listed: tuple[Listed, ...] = ()
    """What the practice's licensed lists say of the codes on the lines."""
    mappings: tuple[Mapping, ...] = ()
    """What the practice itself knows of codes for medical plans, beside the crosswalk."""
    primary_is_decided: bool = False
    """Whether the primary plan has answered; only asked for a secondary claim."""
    primary: PrimaryFacts | None = None
    """The first plan's answer; only asked for a secondary claim. For a third plan that of the second one."""
    earlier: tuple[PrimaryFacts, ...] = ()
    """What the plans before that one answered, the first plan's first; only asked for a third plan and later ones."""
    resent: ResentFacts | None = None
    """What the payer holds already and this claim corrects or takes back; None for an original."""
    order_is_confirmed: bool = True
    """Whether a person confirmed the order of the patient's plans from what is known now."""
    restriction: RestrictionFacts | None = None
    corrects: ReplacedFacts | None = None
    newer: NewerVersionFacts | None = None
    """The version that replaced the record of this claim or is being written; None while the record counts alone."""
    rules_are_released: bool = True
    """Whether a person of the practice has looked at its rules; a new practice holds everything until then."""
    logo: str = ""
    """SHA-256 of the picture on the letterhead; known only of what is sealed, empty where there is none."""

    @property
    def policy(self) -> PolicyFacts:
        return self.coverage.payer.policy

    @property
    def total_cents(self) -> int:
        return sum(line.fee_cents * line.quantity for line in self.lines)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(line.code for line in self.lines)

    @property
    def service_date(self) -> date | None:
        return self.encounter.service_date

    @property
    def procedure_code(self) -> str:
        """The code of the sialoendoscopy on this claim: D0371 for dental plans, the CPT code for medical ones."""
        return self.lines[0].code if self.lines else ""

    def authorization_for(self, code: str) -> AuthorizationFacts | None:
        """The prior authorization that fits code and date, if there is one. A predetermination never counts."""
        return self._fitting("prior_authorization", code)

    def used_up_for(self, code: str) -> bool:
        """Whether a prior authorization would fit code and date, were it not used up."""
        prior = (a for a in self.authorizations if a.kind == "prior_authorization" and a.units_left == 0)
        return any(a.names(code) and a.holds_on(self.service_date) for a in prior)

    def predetermination_for(self, code: str) -> AuthorizationFacts | None:
        """The predetermination of benefits that fits code and date, if there is one."""
        return self._fitting("predetermination", code)

    def _fitting(self, kind: str, code: str) -> AuthorizationFacts | None:
        """One that has its number goes before one that has none."""
        fits = [a for a in self.authorizations if a.kind == kind and a.covers(code, self.service_date)]
        return min(fits, key=lambda a: not a.number, default=None)

    @property
    def references(self) -> tuple[tuple[str, str], ...]:
        """The payer's numbers that go on the claim by themselves, each under its X12 qualifier.

        G1 is the prior authorization, G3 the predetermination; neither ever stands under the other.
        """
        code = self.procedure_code
        found = (("G1", self.authorization_for(code)), ("G3", self.predetermination_for(code)))
        return tuple((qualifier, a.number) for qualifier, a in found if a and a.number)


@dataclass(frozen=True)
class DeniedCodeFacts:
    """One reason of a payer, verbatim. `line` counts from 1; 0 is the whole claim."""

    group: str
    carc: str
    cents: int
    line: int = 0
    rarcs: tuple[str, ...] = ()

    @property
    def pair(self) -> str:
        """`CO-50`, as the payer gave it."""
        return "-".join(c for c in (self.group, self.carc) if c)

    @property
    def verbatim(self) -> str:
        """`CO-252 with N40 and N457`"""
        return " with ".join(c for c in (self.pair, " and ".join(self.rarcs)) if c)


@dataclass(frozen=True)
class SentFacts:
    """One sending: what went out, how, and what proves it. `proof` is a token of the submission; 'none' is a value."""

    packet: str
    sent_on: date
    channel: str = ""
    control_number: str = ""
    proof: str = ""
    proof_reference: str = ""
    without_record: bool = False
    """Whether the record as it is now did not go along: no documents left, or those of another version."""


@dataclass(frozen=True)
class EarlierAppealFacts:
    """An appeal of a lower level that was decided, or waits. `outcome` as in AppealOutcome; empty: it waits."""

    level: int
    outcome: str = ""
    sent_on: date | None = None
    decided_on: date | None = None
    control_number: str = ""
    name: str = ""
    """What the rules of the plan call this level, such as 'Reconsideration'."""
    stage: str = "appeal"
    words: str = ""
    """Why the payer decided so, in its own words."""
    cause: str = ""
    """A value of Cause: what those words are about; empty where it is what the denial was about."""


@dataclass(frozen=True)
class PeerCallFacts:
    """A call of one of our clinicians with a reviewer of the payer. `outcome`: agreed, upheld, documents."""

    held_on: date
    clinician: str = ""
    reviewer: str = ""
    outcome: str = ""
    reference: str = ""


@dataclass(frozen=True)
class AddresseeFacts:
    """Where appeals to this payer go, as the playbook says."""

    lines: tuple[str, ...] = ()
    """Below the payer's name; empty while nobody wrote it down: then the payer's own address stands there."""
    fax: str = ""
    """Ten digits."""


@dataclass(frozen=True)
class DenialFacts:
    """What a payer refused, with its codes as they came, and what we had sent before."""

    group: str = ""
    carc: str = ""
    rarcs: tuple[str, ...] = ()
    """Every remark code of the answer, as it came."""
    codes: tuple[DeniedCodeFacts, ...] = ()
    cause: str = "other"
    """A value of Cause, for the leading reason; a person may have chosen it."""
    amount_cents: int = 0
    is_full: bool = True
    denied_on: date | None = None
    payer_control: str = ""
    """The payer's own number of the claim."""
    due_on: date | None = None
    """Last day for the appeal."""
    due_reason: str = ""
    due_limit: str = ""
    """The payer's own time that the last day was counted by, such as `180 days`; empty where it was another rule."""
    due_source: str = ""
    """Where that time is written down; empty with it."""
    packet: str = ""
    """Number of the packet that the denial answers."""
    sent: tuple[SentFacts, ...] = ()
    """What was sent of this claim before the denial, oldest first."""

    @property
    def reasons(self) -> tuple[DeniedCodeFacts, ...]:
        """The reasons to answer, in the order of the answer; at least the leading one."""
        return self.codes or (DeniedCodeFacts(self.group, self.carc, self.amount_cents, rarcs=self.rarcs),)


@dataclass(frozen=True)
class AppealFacts:
    """Everything that an appeal letter rests on. `written_on` is the date at the location."""

    claim: ClaimFacts = ClaimFacts()
    denial: DenialFacts = DenialFacts()
    level: int = 1
    name: str = ""
    """What the rules of the plan call this level; empty: appeal."""
    stage: str = "appeal"
    """What kind of level it is, as `claims.clocks.paths.Stage`."""
    written_on: date | None = None
    earlier: tuple[EarlierAppealFacts, ...] = ()
    peer_calls: tuple[PeerCallFacts, ...] = ()
    decide_limit: str = ""
    """Within which time the payer decides, such as `60 days`; empty where no rule of it was verified."""
    decide_source: str = ""
    addressee: AddresseeFacts = AddresseeFacts()
    is_of_patient: bool = False
    """Whether it is the patient's own appeal, which we file with the patient's authorization."""
    authorized_on: date | None = None
    """The day of the patient's signed authorization on the shelf."""
    enclosures: tuple[str, ...] = ()
    """Titles of documents that a person added to the parts of the record."""
