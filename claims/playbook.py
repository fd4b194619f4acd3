"""The payer playbook: what is worth knowing of a payer, and when what is known may still be relied on.

`QUESTIONS` is the one table of it: a question more is a row more. A fact stands by itself, with its source, its scope
(the payer, or one plan of it) and the day on which somebody saw that it is true; a newer one never overwrites it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import chain, takewhile
from typing import Any

from claims.among import UNKNOWN
from claims.clocks.paths import REGIMES, Regime, weighed
from claims.facts import FactSource, PolicyFacts, StaleFact
from documentation.kernel.dates import short_date
from documentation.kernel.identifiers import payer_id_problem, phone, phone_problem

STALE_AFTER_DAYS = 365
"""Where the practice sets no number of its own."""
MOST_DAYS = 3650
MOST_TEXT = 400

YES_NO = (("yes", "Yes"), ("no", "No"))


class Kind(StrEnum):
    """What an answer is made of, as it lies in the row."""

    CHOICE = "choice"
    """One token of the choices."""
    CHOICES = "choices"
    """A list of tokens."""
    CODES = "codes"
    """A list of procedure codes."""
    DAYS = "days"
    """A whole number of days."""
    TEXT = "text"
    """One line."""
    LINES = "lines"
    """A few lines, such as an address."""
    PHONE = "phone"
    """Ten digits."""


@dataclass(frozen=True)
class Question:
    """One thing to know of a payer: how to ask it, what may be answered, and what the answer is used for."""

    key: str
    label: str
    ask: str
    """As it is put to the payer."""
    kind: Kind
    group: str
    used: str
    """Where the answer is used, or that it is only shown."""
    choices: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    """What follows a number: `days from service`."""
    longest: int = MOST_TEXT


PAYS, TIME, SENDING, NUMBERS = "What it pays", "How long", "Where and how to send", "Electronic numbers"

CHANNELS = (("portal", "Payer portal"), ("clearinghouse", "Clearinghouse"), ("fax", "Fax"), ("mail", "Mail"))
DOCUMENTS = (
    ("images", "Endoscopic images"),
    ("interpretation", "Written interpretation"),
    ("narrative", "Narrative"),
    ("note", "Whole encounter note"),
    ("prior_imaging", "Reports of prior imaging"),
    ("primary_eob", "Primary plan's EOB"),
    ("referral", "Referral letter"),
)

FILING_INDICATORS = (
    ("CI", "CI, commercial"),
    ("12", "12, preferred provider organization"),
    ("13", "13, point of service"),
    ("14", "14, exclusive provider organization"),
    ("15", "15, indemnity"),
    ("17", "17, dental maintenance organization"),
    ("HM", "HM, health maintenance organization"),
    ("BL", "BL, Blue Cross or Blue Shield"),
    ("11", "11, other program that is not federal"),
    ("16", "16, Medicare through a health maintenance organization"),
    ("MA", "MA, Medicare Part A"),
    ("MB", "MB, Medicare Part B"),
    ("MC", "MC, Medicaid"),
    ("CH", "CH, TRICARE"),
    ("FI", "FI, federal employees"),
    ("OF", "OF, other federal program"),
    ("TV", "TV, Title V"),
    ("VA", "VA, Veterans Affairs"),
    ("WC", "WC, workers' compensation"),
    ("AM", "AM, automobile"),
    ("LM", "LM, liability"),
    ("DS", "DS, disability"),
    ("ZZ", "ZZ, as agreed"),
)
"""SBR09 of the 837 guides, in our own words."""

QUESTIONS: tuple[Question, ...] = (
    Question(
        *("covers_d0371", "Covers D0371", "Does the plan cover D0371?", Kind.CHOICE, PAYS),
        "A claim stops at no and warns while it is not known (COV-103, COV-104).",
        YES_NO,
    ),
    Question(
        *("treats_as", "Treats it as", "As dental or as medical?", Kind.CHOICE, PAYS),
        "A claim of the other line stops (COV-105).",
        (("dental", "Dental"), ("medical", "Medical")),
    ),
    Question(
        *("prior_authorization", "Prior authorization", "Must it be authorized before?", Kind.CHOICE, PAYS),
        "Needed: no claim without one (AUT-101). Not known: a warning (AUT-105).",
        (("required", "Required"), ("not_required", "Not required")),
    ),
    Question(
        *("attachments", "Wants attachments", "Are images and reading wanted with the claim?", Kind.CHOICE, PAYS),
        "Advice on the claim (ATT-110).",
        (("always", "Always"), ("on_request", "On request"), ("never", "Never")),
    ),
    Question(
        *("bundling_permitted", "Codes paid beside D0371", "Which codes are paid on the same day?", Kind.CODES, PAYS),
        "These codes may stand on the same claim; others warn.",
    ),
    Question(
        *("bundling_refused", "Codes held part of D0371", "Which codes are never paid beside it?", Kind.CODES, PAYS),
        "These codes of the same day want a reason (COD-118).",
    ),
    Question(
        *("documents_wanted", "Documents wanted", "What is to go with a claim?", Kind.CHOICES, PAYS),
        "Other documents are not put into its packet.",
        DOCUMENTS,
    ),
    Question(
        *("timely_filing_days", "Timely filing", "Within how many days of the service?", Kind.DAYS, TIME),
        "The last day to file (FIL-101). Not known: 90 days are counted.",
        unit="days from service",
    ),
    Question(
        *(
            "corrected_claim_days",
            "Time for a corrected claim",
            "Within how many days may a claim be corrected?",
            Kind.DAYS,
            TIME,
        ),
        "The last day of a corrected claim (FIL-101). Not known: the days to file are counted, and nothing stops.",
        unit="days",
    ),
    Question(
        *(
            "corrected_claim_from",
            "Corrected claim counts from",
            "From when do these days count?",
            Kind.CHOICE,
            TIME,
        ),
        "The clock of a corrected claim. Not known: the earlier day, that of the service.",
        (("service", "The service"), ("answer", "The payer's first answer")),
    ),
    Question(
        *("appeal_days", "Time to appeal", "Within how many days of the denial?", Kind.DAYS, TIME),
        "The last day of an appeal. Not known: 180 days are counted.",
        unit="days from the denial",
    ),
    Question(
        *("appeal_rules", "Appeals go by", "By which rules do appeals go?", Kind.CHOICE, TIME),
        "The levels of an appeal and the time of each. Not known: what the filing indicator says, else the usual time.",
        tuple((r.value, words) for r, words in REGIMES.items() if r is not Regime.UNKNOWN),
    ),
    Question(
        *("appeals_of", "Appeals are", "Whose right is an appeal of the practice?", Kind.CHOICE, TIME),
        "The patient's: no appeal is sealed without a signed authorization. Not known: as the answer says (N137).",
        (("practice", "The practice's own right"), ("patient", "The patient's right, with an authorization")),
    ),
    Question(
        *("answer_days", "Time to answer", "Within how many days does it answer a claim?", Kind.DAYS, TIME),
        "When a claim without an answer comes up for a status call. Not known: 30 days are counted.",
        unit="days from sending",
    ),
    Question(
        *(
            "eligibility_days",
            "Eligibility answer holds",
            "How long before the visit may it be asked?",
            Kind.DAYS,
            TIME,
        ),
        "When a visit is to be verified again. Not known: 30 days.",
        unit="days before the visit",
    ),
    Question(
        *("claims_address", "Address for claims", "Where do claims on paper go?", Kind.LINES, SENDING),
        "Shown where a packet is sent.",
    ),
    Question(
        *(
            "appeals_address",
            "Address for appeals",
            "Where do appeals go, and to whose attention?",
            Kind.LINES,
            SENDING,
        ),
        "Printed as the addressee of an appeal. Not known: the payer's own address.",
    ),
    Question(
        *("external_address", "Address for external review", "Where do requests for external review go?", Kind.LINES),
        *(SENDING, "Printed as the addressee of such a request, name first. Not known: no such request is sealed."),
    ),
    Question(
        *("claims_fax", "Fax for claims", "Which fax number takes the documents of claims?", Kind.PHONE, SENDING),
        "Printed on the fax cover of a packet. Not known: a line to write it on.",
    ),
    Question(
        *("appeals_fax", "Fax for appeals", "Which fax number takes appeals?", Kind.PHONE, SENDING),
        "Printed below the addressee of an appeal.",
    ),
    Question(
        *("channels", "Takes attachments by", "By which ways do attachments come in?", Kind.CHOICES, SENDING),
        "Shown where a packet is sent.",
        CHANNELS,
    ),
    Question(
        *(
            "several_attachments",
            "Several PWK on one claim",
            "May a claim name several documents?",
            Kind.CHOICE,
            NUMBERS,
        ),
        "Kept for electronic claims: how they name attachments.",
        YES_NO,
    ),
    Question(
        *("filing_indicator", "Filing indicator", "As which kind of payer do claims name it (SBR09)?", Kind.CHOICE),
        *(NUMBERS, "SBR09 of electronic claims. Not known: what the plan's program says, else CI, commercial."),
        FILING_INDICATORS,
    ),
    *(
        Question(f"payer_id_{key}", label, f"Which payer ID is for {what}?", Kind.TEXT, NUMBERS, used, longest=80)
        for key, label, what, used in (
            ("claims", "ID for claims", "claims (837)", "Kept for electronic claims. Not known: the payer's own ID."),
            ("eligibility", "ID for eligibility", "eligibility (270)", "The 270. Not known: the payer's own ID."),
            ("remittance", "ID in remittances", "remittances (835)", "Kept for electronic remittances."),
            ("attachments", "ID for attachments", "attachments", "Kept for electronic attachments."),
        )
    ),
)
BY_KEY = {q.key: q for q in QUESTIONS}
GROUPS = tuple(dict.fromkeys(q.group for q in QUESTIONS))

POLICY_KEYS = (
    *("covers_d0371", "treats_as", "prior_authorization", "attachments"),
    *("bundling_permitted", "bundling_refused", "timely_filing_days", "appeal_days"),
)
"""What a first call settles, and what a case file may tell of a payer."""
_TOLD_STALE = (*POLICY_KEYS, "corrected_claim_days", "corrected_claim_from")
"""What is told of where it has grown too old."""


def is_known(value: Any) -> bool:
    return value not in (None, "", UNKNOWN) and value != []


def problem(key: str, value: Any) -> str:
    """Why a value cannot be the answer to a question; empty when it can. None, `unknown` and empty lists can."""
    asked = BY_KEY[key]
    if not is_known(value):
        return ""
    if asked.kind is Kind.CHOICE:
        return "" if value in dict(asked.choices) else f"“{value}” is not one of the answers."
    if asked.kind is Kind.DAYS:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return "" if is_number and 1 <= value <= MOST_DAYS else f"Give a number of days from 1 to {MOST_DAYS:,}."
    if asked.kind in (Kind.CODES, Kind.CHOICES):
        return _list_problem(asked, value)
    if not isinstance(value, str) or len(value) > asked.longest:
        return f"At most {asked.longest} characters are kept. Please shorten it."
    if asked.kind is Kind.PHONE:
        return phone_problem(value)
    return payer_id_problem(value) if asked.key.startswith("payer_id") else ""


def _list_problem(asked: Question, value: Any) -> str:
    if not isinstance(value, list | tuple) or len(value) > 50 or len(set(value)) != len(value):
        return "Give a list without repetitions, up to 50 entries."
    if asked.kind is Kind.CHOICES:
        return "" if set(value) <= set(dict(asked.choices)) else "One of these is not among the answers."
    wrong = [v for v in value if not re.fullmatch(r"D[0-9]{4}|[0-9]{4}[0-9A-Z]", v)]
    return f"{wrong[0]} is no procedure code. Codes look like D0330 or 42699." if wrong else ""


def said(key: str, value: Any) -> str:
    """An answer in words; empty when it is not known."""
    asked = BY_KEY[key]
    if not is_known(value):
        return ""
    words = dict(asked.choices)
    if isinstance(value, list | tuple):
        return ", ".join(str(words.get(v, v)) for v in value)
    if asked.kind is Kind.PHONE:
        return phone(value)
    return f"{value} {asked.unit}" if asked.unit else words.get(value) or str(value)


@dataclass(frozen=True)
class KnownFact:
    """One row of the playbook. An empty `plan_name` is the payer as a whole."""

    key: str
    value: Any
    plan_name: str = ""
    source: str = ""
    verified_on: date | None = None
    expires_on: date | None = None
    pk: int = 0

    @property
    def is_known(self) -> bool:
        return is_known(self.value)

    @property
    def said(self) -> str:
        return said(self.key, self.value)

    def why_stale(self, day: date, days: int = STALE_AFTER_DAYS) -> str:
        """Why it cannot be relied on for what happens on a day; empty while it can. An unknown one is not stale."""
        if not self.is_known:
            return ""
        if self.expires_on and self.expires_on < day:
            return f"expired on {short_date(self.expires_on)}"
        if self.verified_on is None:
            return "was never verified"
        if day - self.verified_on > timedelta(days=days):
            return f"was last verified on {short_date(self.verified_on)}, more than {days} days before"
        return ""


@dataclass(frozen=True)
class Book:
    """All facts of one payer, the newest first."""

    facts: tuple[KnownFact, ...] = ()
    days: int = STALE_AFTER_DAYS
    """The practice's days after which a fact is asked again."""

    @property
    def is_empty(self) -> bool:
        return not self.facts

    def newest(self, key: str, plan_name: str = "") -> KnownFact | None:
        """The fact that counts: the plan's own one while it says something, else the payer's."""
        found = next(iter(self._of(key, plan_name)), None)
        if plan_name and not (found and found.is_known):
            return self.newest(key)
        return found

    def value(self, key: str, plan_name: str = "") -> Any:
        """What was written down last, stale or not; None while nobody knows."""
        found = self.newest(key, plan_name)
        return found.value if found and found.is_known else None

    def said(self, key: str, plan_name: str = "") -> str:
        """The same in words; empty while nobody knows."""
        return said(key, self.value(key, plan_name))

    def reliable(self, key: str, plan_name: str, day: date) -> Any:
        """What may be relied on for a day; None where it is unknown or stale."""
        found = self.newest(key, plan_name)
        return found.value if found and found.is_known and not found.why_stale(day, self.days) else None

    def weighed(self, key: str, plan_name: str, day: date) -> list[KnownFact]:
        """The fact that counts; where it cannot be relied on for a day, those to hold against it. See `paths.weighed`.

        A plan's own facts come first, the payer's after them. Empty while nobody knows.
        """
        names = (plan_name, "") if plan_name else ("",)
        known = [takewhile(lambda f: f.is_known, self._of(key, name)) for name in names]
        return weighed(chain(*known), lambda f: not f.why_stale(day, self.days))

    def _of(self, key: str, plan_name: str) -> Iterable[KnownFact]:
        return (f for f in self.facts if f.key == key and f.plan_name == plan_name)

    @property
    def plans(self) -> tuple[str, ...]:
        """Plans that have facts of their own."""
        return tuple(sorted({f.plan_name for f in self.facts if f.plan_name}))

    def policy(self, plan_name: str = "", day: date | None = None) -> PolicyFacts:
        """What rules may see of a plan on a day: stale facts count as unknown. Without a day, all as it was written."""
        counting = [f for f in (self.newest(q.key, plan_name) for q in QUESTIONS) if f and f.is_known]
        why = {f.key: f.why_stale(day, self.days) if day else "" for f in counting}
        fresh = [f for f in counting if not why[f.key]]
        last = max(fresh or counting, key=lambda f: (f.verified_on or date.min, f.pk), default=None)
        fields = PolicyFacts.__dataclass_fields__
        values: dict[str, Any] = {f.key: _frozen(f.value) for f in fresh if f.key in fields}
        return PolicyFacts(
            **values,
            source=last.source if last else "",
            verified_on=last.verified_on if last else None,
            sources=tuple(FactSource(f.key, f.source, f.verified_on) for f in fresh),
            stale=tuple(
                StaleFact(f.key, BY_KEY[f.key].label, f.said, why[f.key], _frozen(f.value))
                for f in counting
                if why[f.key] and f.key in _TOLD_STALE
            ),
        )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def book_of(facts: Iterable[KnownFact], days: int = STALE_AFTER_DAYS) -> Book:
    """A book from rows, the newest first."""
    return Book(tuple(facts), days)
