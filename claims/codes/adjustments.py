"""What payers write beside an amount they did not pay: group codes, CARC and RARC, in wording of our own.

The published lists are not kept here. Codes that a payer retired stay, since old remittances carry them; a code
that is not in these tables is shown as it came and never stops anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

SOURCE = "statuses and usage notes: CARC and RARC lists of August 17, 2026; wording ours"
READ_ON = date(2026, 8, 17)
MEMORY = "from memory, to be verified"


class Category(StrEnum):
    """Our sorting of reasons. The last four are no denials, and UNK is what we do not know."""

    DOC = "doc"
    NEC = "nec"
    IMG = "img"
    COD = "cod"
    BUN = "bun"
    AUT = "aut"
    COV = "cov"
    XOV = "xov"
    COB = "cob"
    TIM = "tim"
    ELG = "elg"
    DUP = "dup"
    PRV = "prv"
    APL = "apl"
    UNK = "unk"
    PND = "pnd"
    PAT = "pat"
    CTR = "ctr"
    EST = "est"


CATEGORY_LABELS: dict[str, str] = {
    Category.DOC: "Documentation",
    Category.NEC: "Medical necessity",
    Category.IMG: "Images",
    Category.COD: "Coding",
    Category.BUN: "Bundling",
    Category.AUT: "Authorization",
    Category.COV: "Coverage",
    Category.XOV: "Crossover",
    Category.COB: "Coordination of benefits",
    Category.TIM: "Timely filing",
    Category.ELG: "Eligibility",
    Category.DUP: "Duplicate",
    Category.PRV: "Provider",
    Category.APL: "Appeal",
    Category.UNK: "Other",
    Category.PND: "No denial: pended",
    Category.PAT: "No denial: patient's share",
    Category.CTR: "No denial: contract",
    Category.EST: "No denial: estimate",
}
"""How people read where a code belongs."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An amount that the payer did not pay, with its reason. Negative amounts give back."""

    group: str
    carc: str
    cents: int


@dataclass(frozen=True, slots=True)
class Carc:
    """A claim adjustment reason code. `move` is the first thing to do about it."""

    code: str
    category: Category
    label: str
    move: str = ""
    needs_rarc: bool = False
    """The standard demands a remark code beside it."""
    is_deactivated: bool = False
    source: str = SOURCE
    read_on: date | None = READ_ON


@dataclass(frozen=True, slots=True)
class Rarc:
    """A remittance advice remark code. `category` is where it pushes a reason that does not decide by itself."""

    code: str
    label: str
    category: Category | None = None
    source: str = MEMORY


@dataclass(frozen=True, slots=True)
class Group:
    """Who carries an adjusted amount."""

    code: str
    label: str
    may_bill_patient: bool
    advice: str


GROUPS: dict[str, Group] = {
    g.code: g
    for g in (
        Group("CO", "contract", False, "Do not bill the patient."),
        Group("PR", "patient's share", True, "The patient may be billed up to this amount."),
        Group("OA", "other", False, "Usually nobody is billed; the reason decides."),
        Group("PI", "payer's own reduction", False, "Dispute it first; do not bill a patient in network."),
        Group("CR", "correction", False, "Only in old files and other payers' answers: look at the reason."),
    )
}


_C = Category
_BILL = "Bill the patient or the next plan"
_FIX = "Correct and send a corrected claim"
_APPEAL = "Appeal"
_SEND = "Send the document"
_OTHER_PLAN = "Send the claim to the other plan"
_FIX_COB = "Mend the order of the plans"
_RECHECK = "Check eligibility again"
_ENROL = "Check the provider's enrollment"


def _deactivated(code: str, category: Category, label: str, move: str = "", source: str = SOURCE) -> Carc:
    return Carc(code, category, label, move, is_deactivated=True, source=source)


def _with_remark(code: str, category: Category, label: str, move: str = "") -> Carc:
    return Carc(code, category, label, move, needs_rarc=True)


def _from_memory(code: str, category: Category, label: str, move: str = "") -> Carc:
    return Carc(code, category, label, move, source=MEMORY, read_on=None)


_CARC_ROWS: tuple[Carc, ...] = (
    Carc("1", _C.PAT, "deductible", _BILL),
    Carc("2", _C.PAT, "coinsurance", _BILL),
    Carc("3", _C.PAT, "copay", _BILL),
    Carc("4", _C.COD, "modifier does not fit or is missing", _FIX),
    Carc("5", _C.COD, "code does not fit the place of service", _FIX),
    Carc("6", _C.COD, "code does not fit the patient's age", _FIX),
    Carc("7", _C.COD, "code does not fit the patient's sex", _FIX),
    Carc("8", _C.COD, "code does not fit the provider's taxonomy", "Correct the taxonomy"),
    Carc("9", _C.COD, "diagnosis does not fit the patient's age", _FIX),
    Carc("10", _C.COD, "diagnosis does not fit the patient's sex", _FIX),
    Carc("11", _C.COD, "diagnosis does not support the procedure", "Correct the diagnosis pointer, or appeal"),
    Carc("12", _C.COD, "diagnosis does not fit the type of provider", _FIX),
    Carc("13", _C.ELG, "date of death lies before the service", "Correct the data"),
    Carc("14", _C.ELG, "date of birth lies after the service", "Correct the data"),
    _deactivated("15", _C.AUT, "authorization number missing or invalid", "Send the authorization, or ask for it late"),
    _with_remark("16", _C.COD, "information is missing or the claim has an error", "Mend it and send again"),
    Carc("18", _C.DUP, "exact duplicate of another claim", "Find the first claim; do not send again"),
    Carc("19", _C.COB, "work injury: another carrier pays", "Bill the other carrier"),
    Carc("20", _C.COB, "injury covered by a liability carrier", "Bill the other carrier"),
    Carc("21", _C.COB, "injury covered by a no-fault carrier", "Bill the other carrier"),
    Carc("22", _C.COB, "another payer may come first", _FIX_COB),
    Carc("23", _C.COB, "effect of what an earlier payer decided"),
    Carc("24", _C.CTR, "covered by a capitation agreement", "Write off under the contract"),
    Carc("26", _C.ELG, "service before coverage began", _RECHECK),
    Carc("27", _C.ELG, "service after coverage ended", _RECHECK),
    Carc("29", _C.TIM, "filing limit has passed", "Send proof of timely filing"),
    Carc("31", _C.ELG, "patient not identified as a member", "Correct the member ID"),
    Carc("32", _C.ELG, "dependent is not eligible", _RECHECK),
    Carc("33", _C.ELG, "plan does not cover dependents", _RECHECK),
    Carc("35", _C.COV, "lifetime maximum reached", _BILL),
    Carc("39", _C.AUT, "denied when authorization was asked for", "Appeal the authorization"),
    Carc("40", _C.NEC, "not an emergency or urgent", _APPEAL),
    Carc("44", _C.CTR, "prompt-payment discount"),
    Carc("45", _C.CTR, "above the fee schedule or contract rate", "Write off what the contract says"),
    Carc("49", _C.COV, "routine or screening service excluded", "Appeal: the patient had symptoms"),
    Carc("50", _C.NEC, "not medically necessary, the payer says", _APPEAL),
    Carc("51", _C.COV, "condition existed before coverage", _RECHECK),
    Carc("55", _C.NEC, "experimental or investigational, the payer says", "Appeal with literature"),
    Carc("56", _C.NEC, "not proven effective, the payer says", "Appeal with literature"),
    Carc("58", _C.COD, "wrong or invalid place of service", _FIX),
    Carc("59", _C.BUN, "reduced by rules for several services at once", "Check the reduction"),
    Carc("89", _C.BUN, "professional part taken off", "Check the reduction"),
    Carc("95", _C.AUT, "the plan's procedures were not followed", _APPEAL),
    _with_remark("96", _C.COV, "not a covered charge", "Look for a medical claim, or appeal"),
    Carc("97", _C.BUN, "included in another service that was paid", "Appeal with the separate note"),
    Carc("100", _C.CTR, "paid to the patient", "Collect from the patient"),
    Carc("101", _C.EST, "predetermination: what would be paid", "File the estimate"),
    Carc("107", _C.COD, "the service it belongs to is not on the claim", "Add the service"),
    Carc("109", _C.XOV, "not this payer's claim", "Send it to the right payer"),
    Carc("112", _C.DOC, "not furnished to this patient, or not documented", "Send the note"),
    Carc("119", _C.COV, "benefit maximum reached", _BILL),
    _with_remark("129", _C.COB, "information on the earlier payer is wrong", "Correct the other payer's amounts"),
    Carc("133", _C.PND, "line is pended", "Wait for the decision"),
    Carc("134", _C.BUN, "technical part taken off", "Check the reduction"),
    Carc("136", _C.COB, "rules of the earlier payer were not followed", _FIX_COB),
    _deactivated("138", _C.APL, "appeal steps not followed, or too late", "Check the deadline"),
    Carc("140", _C.ELG, "member ID and name do not match", "Correct the ID or name"),
    Carc("146", _C.COD, "diagnosis was not valid on the date", "Correct the diagnosis or date"),
    Carc("147", _C.CTR, "contract rate expired or not on file", "Ask the contract desk"),
    _with_remark("148", _C.DOC, "information from another provider is missing", _SEND),
    Carc("149", _C.COV, "lifetime maximum of this benefit reached", _BILL),
    Carc("150", _C.NEC, "information does not support this level of service", _APPEAL),
    Carc("151", _C.NEC, "information does not support this many services", _APPEAL),
    Carc("152", _C.NEC, "information does not support this length of service", _APPEAL),
    Carc("163", _C.IMG, "attachment named on the claim was not received", "Send it again with its control number"),
    Carc("164", _C.IMG, "attachment named on the claim came too late", "Send it again with its control number"),
    Carc("166", _C.ELG, "payer was no longer responsible", _RECHECK),
    Carc("167", _C.COV, "diagnosis is not covered", "Recode only if that is true; else appeal"),
    _deactivated("168", _C.XOV, "considered under the medical plan, nothing under dental", _OTHER_PLAN),
    Carc("169", _C.BUN, "paid as another, cheaper service", "Bill the difference as the contract says"),
    Carc("170", _C.PRV, "not paid to this type of provider", _ENROL),
    Carc("171", _C.PRV, "not paid to this type of provider in this place", _ENROL),
    Carc("172", _C.PRV, "not paid to this specialty", _ENROL),
    Carc("177", _C.ELG, "patient did not meet the eligibility rules", _RECHECK),
    Carc("179", _C.COV, "waiting period not over", _RECHECK),
    Carc("181", _C.COD, "procedure code was not valid on the date", "Check the code's year"),
    Carc("182", _C.COD, "modifier was not valid on the date", "Check the modifier's year"),
    Carc("185", _C.PRV, "rendering provider may not perform this service", _ENROL),
    Carc("189", _C.COD, "unlisted code used although a specific one exists", "Recode"),
    Carc("193", _C.APL, "decision kept after review", "Go to the next level"),
    Carc("197", _C.AUT, "authorization or notice is missing", "Ask for a late authorization, or appeal"),
    Carc("198", _C.AUT, "authorization exceeded", "Ask for more, or appeal"),
    Carc("200", _C.ELG, "service during a lapse in coverage", _RECHECK),
    Carc("203", _C.CTR, "discontinued or reduced service"),
    Carc("204", _C.COV, "not covered by the patient's plan", "Look for a medical claim"),
    Carc("206", _C.PRV, "NPI is missing", "Correct the NPI"),
    Carc("207", _C.PRV, "NPI has the wrong form", "Correct the NPI"),
    Carc("208", _C.PRV, "NPI does not match", "Correct the NPI"),
    Carc("209", _C.COB, "patient may not be billed; the next payer may", "Bill the next payer"),
    Carc("210", _C.AUT, "authorization or notice came too late", _APPEAL),
    Carc("216", _C.NEC, "finding of a review organization", "Ask for a talk between clinicians"),
    Carc("222", _C.COV, "more units than the contract allows", "Check the units"),
    _with_remark("226", _C.DOC, "information asked from us was missing, late or incomplete", "Send it"),
    _with_remark(
        "227", _C.ELG, "information asked from the patient was missing, late or incomplete", "Call the patient"
    ),
    Carc("231", _C.BUN, "cannot be done on the same day as another service", _APPEAL),
    _with_remark("234", _C.BUN, "not paid separately", "Appeal with the separate note"),
    Carc("236", _C.BUN, "pair of codes that do not go together", "Check the pair; correct or appeal"),
    Carc("242", _C.PRV, "provider is out of network", "Check the network status"),
    Carc("243", _C.PRV, "not authorized by the network or primary provider", "Check the network status"),
    _with_remark("250", _C.DOC, "the document received is not the one needed", "Send the right document"),
    _with_remark("251", _C.DOC, "the document received is incomplete", "Send the whole document"),
    _with_remark("252", _C.DOC, "a document is needed to decide", _SEND),
    Carc("254", _C.XOV, "no dental benefit; send to the medical plan", "Make the medical claim"),
    Carc("256", _C.CTR, "not payable under the managed-care contract", "Check the contract"),
    Carc("257", _C.PND, "undecided during a premium grace period", "Wait for the decision"),
    Carc("261", _C.COD, "does not fit the patient's history", "Check the history; correct or appeal"),
    _with_remark("267", _C.COD, "one line spans several months", "Split the line"),
    Carc("268", _C.COD, "one claim spans two years", "Split the claim"),
    Carc("269", _C.COV, "anesthesia is not covered for this service", _APPEAL),
    Carc("270", _C.XOV, "no medical benefit; send to the dental plan", "Make the dental claim"),
    Carc("272", _C.NEC, "coverage guidelines not met", _APPEAL),
    Carc("273", _C.COV, "coverage guidelines exceeded", _APPEAL),
    Carc("275", _C.COB, "the earlier payer's patient share is not covered", _BILL),
    Carc("276", _C.COB, "what the earlier payer denied is not covered", "Appeal to the earlier payer"),
    Carc("277", _C.PND, "undecided during a grace period of the exchange", "Wait for the decision"),
    Carc("279", _C.PRV, "not given by a preferred provider of the network", "Check the network status"),
    Carc("284", _C.AUT, "authorization is not for these services", "Ask to change it, or appeal"),
    Carc("285", _C.APL, "appeal steps were not followed", "Follow the payer's steps"),
    Carc("286", _C.APL, "appeal time limit not met", "Check the deadline"),
    Carc("287", _C.AUT, "referral exceeded", "Ask for a referral"),
    Carc("288", _C.AUT, "referral is missing", "Ask for a referral"),
    Carc(
        "289", _C.XOV, "considered under dental and medical, no benefit in either", "Patient, or appeal to both plans"
    ),
    Carc("290", _C.XOV, "dental plan passed it on to the medical plan", "Wait for the other plan"),
    Carc("291", _C.XOV, "medical plan passed it on to the dental plan", "Wait for the other plan"),
    Carc("296", _C.AUT, "authorization is not for this provider", "Ask to change it, or appeal"),
    Carc("299", _C.PRV, "billing provider may not be paid for this service", _ENROL),
    Carc("302", _C.AUT, "authorization had expired", "Ask to extend it, or appeal"),
    _with_remark("A1", _C.UNK, "denied; the remark code says why", "Read the remark code"),
    Carc("B4", _C.TIM, "penalty for late filing", "Send proof of timely filing"),
    Carc("B7", _C.PRV, "provider was not certified for this service on the date", _ENROL),
    Carc("B10", _C.BUN, "reduced: a part of it was already paid", "Check the reduction"),
    Carc("B11", _C.XOV, "passed on to the right payer", "Wait for the other plan"),
    Carc("B12", _C.DOC, "not documented in the record", "Send the note"),
    Carc("B13", _C.DUP, "paid before", "Find the first payment"),
    Carc("B14", _C.COV, "only one visit per day is covered", _APPEAL),
    Carc("B15", _C.BUN, "needs another service that qualifies it", "Add the qualifying service"),
    Carc("B20", _C.DUP, "done by another provider", "Check who did it"),
    Carc("B22", _C.COD, "adjusted because of the diagnosis", "Check the diagnosis"),
    # Beyond the list of denials: reductions that are none, and two retired codes that old files carry.
    _deactivated("42", _C.CTR, "above the fee schedule", source=MEMORY),
    _from_memory("104", _C.CTR, "withheld under managed care"),
    _from_memory("131", _C.CTR, "negotiated discount"),
    _from_memory("253", _C.CTR, "federal sequestration"),
    _deactivated("A2", _C.CTR, "contractual adjustment", source=MEMORY),
)

CARC: dict[str, Carc] = {row.code: row for row in _CARC_ROWS}


_RARC_ROWS: tuple[Rarc, ...] = (
    Rarc("N40", "image is missing", _C.IMG),
    Rarc("N242", "image is incomplete", _C.IMG),
    Rarc("N785", "no current image", _C.IMG),
    Rarc("N457", "diagnostic report is missing", _C.IMG),
    Rarc("N458", "diagnostic report is incomplete", _C.IMG),
    Rarc("N753", "attachment control number is missing or wrong", _C.IMG),
    Rarc("N29", "documentation is missing", _C.DOC),
    Rarc("N225", "documentation is incomplete", _C.DOC),
    Rarc("N206", "documentation does not match the claim", _C.DOC),
    Rarc("N237", "patient's record is incomplete", _C.DOC),
    Rarc("M127", "patient's record is missing", _C.DOC),
    Rarc("M29", "operative note is missing", _C.DOC),
    Rarc("N233", "operative note is incomplete", _C.DOC),
    Rarc("N393", "progress notes are missing", _C.DOC),
    Rarc("N394", "progress notes are incomplete", _C.DOC),
    Rarc("N791", "history and physical is missing", _C.DOC),
    Rarc("N102", "denied unseen: records asked for did not come", _C.DOC),
    Rarc("N706", "a document they need is missing", _C.DOC),
    Rarc("N661", "records do not show that it was necessary", _C.NEC),
    Rarc("N115", "decided by a local coverage rule", _C.NEC),
    Rarc("N569", "not covered for this diagnosis", _C.NEC),
    Rarc("N623", "unproven or excessive, the payer says", _C.NEC),
    Rarc("N10", "decided on a reviewer's finding", _C.NEC),
    Rarc("N109", "denied after a review of the records", _C.NEC),
    Rarc("M76", "diagnosis is missing or wrong", _C.COD),
    Rarc("MA63", "principal diagnosis is missing or wrong", _C.COD),
    Rarc("M64", "other diagnosis is missing or wrong", _C.COD),
    Rarc("M20", "procedure code is missing or wrong", _C.COD),
    Rarc("M51", "procedure code is missing or wrong", _C.COD),
    Rarc("N56", "procedure code is not right for the service or date", _C.COD),
    Rarc("N657", "another code fits the service", _C.COD),
    Rarc("N822", "modifier is missing", _C.COD),
    Rarc("N823", "modifier is incomplete or wrong", _C.COD),
    Rarc("N519", "modifiers do not go together", _C.COD),
    Rarc("N350", "description of the unlisted service is missing", _C.COD),
    Rarc("N346", "area of the oral cavity is missing or wrong", _C.COD),
    Rarc("N37", "tooth number is missing or wrong", _C.COD),
    Rarc("N39", "procedure does not fit the tooth", _C.COD),
    Rarc("N75", "tooth surface is missing or wrong", _C.COD),
    Rarc("N34", "wrong claim form or format", _C.COD),
    Rarc("N769", "diagnosis needs the side", _C.COD),
    Rarc("M15", "part of another service", _C.BUN),
    Rarc("N19", "incidental to the main procedure", _C.BUN),
    Rarc("N20", "not paid with another service of the same day", _C.BUN),
    Rarc("N390", "cannot be billed separately", _C.BUN),
    Rarc("M62", "authorization number is missing or wrong", _C.AUT),
    Rarc("N54", "claim does not match the authorization", _C.AUT),
    Rarc("N758", "decided by the authorization", _C.AUT),
    Rarc("N45", "paid what was authorized", _C.AUT),
    Rarc("MA04", "who pays first, or what they paid, is missing", _C.COB),
    Rarc("N4", "explanation of benefits of the first payer is missing", _C.COB),
    Rarc("N479", "explanation of benefits of another payer is missing", _C.COB),
    Rarc("N480", "explanation of benefits of another payer is incomplete", _C.COB),
    Rarc("MA92", "information on the other plan is missing", _C.COB),
    Rarc("MA83", "claim does not say whether this payer comes first", _C.COB),
    Rarc("N245", "information on the other plan is incomplete", _C.COB),
    Rarc("N130", "see the plan's benefit documents", _C.COV),
    Rarc("N30", "patient is not eligible for this service", _C.COV),
    Rarc("N362", "more units than allowed", _C.COV),
    Rarc("N435", "more often than allowed without documents", _C.COV),
    Rarc("N640", "more often than allowed in the period", _C.COV),
    Rarc("N290", "rendering provider's identifier is missing or wrong", _C.PRV),
    Rarc("N288", "rendering provider's taxonomy is missing or wrong", _C.PRV),
    Rarc("N255", "billing provider's taxonomy is missing or wrong", _C.PRV),
    Rarc("N94", "a more specific taxonomy is needed", _C.PRV),
    Rarc("N286", "referring provider's identifier is missing or wrong", _C.PRV),
    Rarc("N761", "provider data not accepted", _C.PRV),
    Rarc("N808", "provider data not accepted", _C.PRV),
    Rarc("N522", "duplicate of a claim passed on by another payer", _C.DUP),
    Rarc("N111", "service was on a claim decided before", _C.DUP),
    Rarc("MA27", "member number or name is missing or wrong", _C.ELG),
    Rarc("MA61", "member number is missing or wrong", _C.ELG),
    Rarc("N382", "patient identifier is missing or wrong", _C.ELG),
    Rarc("MA91", "this is the result of an appeal"),
    Rarc("N690", "reversed after the provider's appeal"),
    Rarc("N691", "reversed after the patient's appeal"),
    Rarc("N770", "adjusted because somebody asked for it"),
    Rarc("MA130", "claim could not be processed: no appeal, send a new claim"),
    Rarc("N211", "this decision cannot be appealed"),
    Rarc("N83", "no appeal rights for this decision"),
    Rarc("MA44", "no appeal rights: decided by law"),
    Rarc("N210", "this decision may be appealed"),
    Rarc("MA01", "this decision may be appealed"),
    Rarc("N1", "this decision may be appealed"),
    Rarc("N137", "the practice may appeal in the patient's name"),
    Rarc("N358", "may be reviewed with more documents"),
    Rarc("N138", "the dental advisor's opinion can be disputed"),
    Rarc("N353", "predetermination: an estimate of benefits"),
    Rarc("N360", "predetermination: estimated together with the other plan"),
    Rarc("N183", "predetermination: more documents with the claim itself"),
    Rarc("N830", "handled under the No Surprises Act"),
    Rarc("N779", "the first claim is not final yet"),
    Rarc("N798", "void the claim and send it again"),
    Rarc("N517", "send a new claim"),
    Rarc("N152", "information on the replacement claim is wrong"),
)

RARC: dict[str, Rarc] = {row.code: row for row in _RARC_ROWS}

NO_APPEAL = frozenset({"MA130", "N211", "N83", "MA44"})
PATIENTS_APPEAL = frozenset({"N137"})
"""Remarks by which the appeal is the patient's own; a practice files it with the patient's authorization."""
NEW_CLAIM = frozenset({"MA130"})
PREDETERMINATION_REMARKS = frozenset({"N183", "N353", "N360"})


def category_of(carc: str) -> Category:
    """Where a reason belongs by itself; UNK where it is none of ours."""
    row = CARC.get(carc)
    return row.category if row else Category.UNK


def carc_label(carc: str) -> str:
    """Our wording, or an empty text where the code is none of ours."""
    return CARC[carc].label if carc in CARC else ""


def rarc_label(rarc: str) -> str:
    """Our wording, or an empty text where the code is none of ours."""
    return RARC[rarc].label if rarc in RARC else ""


def plain_words(group: str, carc: str, rarcs: Iterable[str] = ()) -> str:
    """The codes in plain words, such as `CO-50: not medically necessary, the payer says. N40: image is missing.`

    A code that we do not know stands there as it came.
    """
    pairs = [("-".join(c for c in (group, carc) if c), carc_label(carc))]
    pairs += [(rarc, rarc_label(rarc)) for rarc in rarcs]
    return " ".join(f"{code}: {label}." if label else f"{code}." for code, label in pairs if code)
