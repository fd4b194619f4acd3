"""What a new practice must have before its first claim leaves, and how far it is. No step is ticked: rows say it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from claims.models import Fee, RulesRelease
from claims.queries.parties import parties
from claims.queries.payers import open_questions, with_playbooks
from documentation.kernel.permissions import Permission, Role
from documentation.models import Clinician, Location, Organization, Phrase, User
from documentation.services.practice import missing

CODE = "D0371"
"""The service that the practice sets up for."""


@dataclass(frozen=True)
class Found:
    """What the rows say of a step: whether it is done, in words, and whether something is there to be completed."""

    is_done: bool
    said: str
    is_begun: bool = False


@dataclass(frozen=True)
class Step:
    """One step: why it is asked, where its answer is printed, and where it is given."""

    key: str
    title: str
    why: str
    used: str
    """The box of the form, the loop of the 837, or the page that it is for."""
    url: str
    """The name of the page where it is done."""
    action: str
    found: Callable[[date], Found]
    """What the rows say on a day."""
    look: str = "practice"
    """The name of the page that shows what is there."""
    needs: Permission = Permission.SETTINGS_MANAGE
    who: str = ""
    """Who does it, where an administrator does not."""
    offers: tuple[str, str] = ("", "")
    """What may be done along with it and holds nothing up: the name of a page, and what its link says."""
    can_be_left_out: str = ""
    """What somebody says who does without; empty where nobody can."""


@dataclass(frozen=True)
class Standing:
    """How far a step is."""

    step: Step
    found: Found
    is_left_out: bool

    @property
    def is_open(self) -> bool:
        return not (self.found.is_done or self.is_left_out)

    @property
    def leads_to(self) -> str:
        """The name of the page that comes next: a new entry, or what is there already."""
        return self.step.look if self.found.is_done or self.found.is_begun else self.step.url


def standings(at: datetime) -> list[Standing]:
    """Every step in the order in which it is best taken."""
    practice = Organization.current()
    left_out = set(practice.not_for_us) if practice else set()
    today = at.astimezone(Location.zone_of_practice()).date()
    rows = [(step, step.found(today)) for step in STEPS]
    return [Standing(step, found, _is_out(step, left_out) and not found.is_done) for step, found in rows]


def _is_out(step: Step, left_out: set[str]) -> bool:
    return bool(step.can_be_left_out) and step.key in left_out


def is_open(at: datetime) -> bool:
    """Whether something is left to do; never in the demo practice, which was invented whole."""
    practice = Organization.current()
    return not (practice and practice.is_demo) and any(one.is_open for one in standings(at))


def by_key(key: str) -> Step | None:
    return next((step for step in STEPS if step.key == key), None)


# --- What the rows say --------------------------------------------------------------------------------------------


def _named(today: date) -> Found:
    practice = Organization.current()
    return Found(True, practice.name) if practice and practice.name else Found(False, "It has no name yet.")


def _located(today: date) -> Found:
    return _whole(Location.objects.filter(is_active=True).order_by("name"), "There is no location yet.")


def _treated(today: date) -> Found:
    return _whole(Clinician.objects.filter(is_active=True), "Nobody treats here yet.")


def _whole(rows: Iterable[Location | Clinician], nobody: str) -> Found:
    found = list(rows)
    lacking = [f"{row} lacks {_several(len(gaps), 'entry', 'entries')}." for row in found if (gaps := missing(row))]
    said = " ".join(lacking) or "; ".join(map(str, found)) or nobody
    return Found(bool(found) and not lacking, said, is_begun=bool(found))


def _staffed(today: date) -> Found:
    """Somebody signs, somebody bills, and somebody releases rules; whoever was only invited does none of it yet."""
    can = [user for user in User.objects.filter(is_active=True) if user.has_usable_password()]
    signs = set(Clinician.objects.exclude(user=None).values_list("user_id", flat=True))
    lacking = []
    if not any(user.pk in signs and user.may(Permission.ENCOUNTER_SIGN) for user in can):
        lacking.append("a clinician who signs")
    if not any(user.may(Permission.CLAIM_SUBMIT) for user in can):
        lacking.append("somebody who bills")
    if not any(user.may(Permission.RULES_EDIT) for user in can):
        lacking.append("a manager")
    if lacking:
        return Found(False, f"Still wanted, each with a password: {', '.join(lacking)}.")
    others = sum(user.role != Role.ADMINISTRATOR for user in can)
    return Found(True, f"{_several(others, 'person', 'people')} can work, besides administrators.")


def _priced(today: date) -> Found:
    fee = Fee.objects.filter(code=CODE, effective_on__lte=today).order_by("-effective_on").first()
    if fee:
        return Found(True, f"{CODE} costs ${fee.amount:,.2f} since {_day(fee.effective_on)}.")
    later = Fee.objects.filter(code=CODE).order_by("effective_on").first()
    said = f"The fee of {CODE} is not in force before {_day(later.effective_on)}." if later else ""
    return Found(False, said or f"There is no fee for {CODE}.")


def _known_payers(today: date) -> Found:
    payers = list(with_playbooks())
    if not payers:
        return Found(False, "There is no payer yet.")
    bare = [payer.name for payer in payers if payer.book().is_empty]
    if bare:
        more = f" and {len(bare) - 3} more" if len(bare) > 3 else ""
        return Found(False, f"Nothing is written down of {', '.join(bare[:3])}{more}.")
    asked = sum(open_questions(payer.book(), today) for payer in payers)
    still = f"; {_several(asked, 'question', 'questions')} still to ask" if asked else ""
    return Found(True, f"{_several(len(payers), 'payer', 'payers')}{still}.")


def _released(today: date) -> Found:
    done = RulesRelease.objects.exists()
    return Found(done, "A manager has looked at them." if done else "Nobody has looked at them: every claim is held.")


def _enrolled(today: date) -> Found:
    ours = parties()
    if ours.receiver:
        return Found(True, f"{ours.sender or 'The tax ID'} sends to {ours.receiver_name or ours.receiver}.")
    return Found(False, "No clearinghouse is named.")


def _worded(today: date) -> Found:
    number = Phrase.objects.filter(owner=None).count()
    return Found(
        bool(number), f"{_several(number, 'phrase', 'phrases')} for everybody." if number else "There is none yet."
    )


def _several(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _day(value: date) -> str:
    return f"{value:%b} {value.day}, {value.year}"


BILLS = "A biller or manager"
STEPS = (
    Step(
        "practice",
        "Name the practice",
        "It is who sends your electronic files and who the printed pages are from.",
        "Loop 1000A of the 837; the head of the meeting's pages. Its logo: covers, letters, records, estimates",
        "practice_name",
        "Name the practice",
        _named,
        offers=("letterhead", "Logo for the letterhead"),
    ),
    Step(
        "locations",
        "Add each location",
        "A claim bills in the name and under the NPI and tax ID of the place of the visit. A wrong one is denied, or"
        " paid to somebody else. Its time zone decides which day it is.",
        "Items 48 to 52 and 56 of the ADA form, 25 and 33 of the CMS-1500; loop 2010AA of the 837, which wants ZIP+4;"
        " the head of letters and packets",
        "location_new",
        "Add a location",
        _located,
    ),
    Step(
        "clinicians",
        "Add each clinician",
        "Payers check the license and the NPI of who treated against their files before they read anything else.",
        "Items 53 to 56A of the ADA form, 24J and 31 of the CMS-1500; loop 2310B of the 837; below each signature",
        "clinician_new",
        "Add a clinician",
        _treated,
    ),
    Step(
        "people",
        "Invite your people",
        "Each logs in under the own name and does what the role allows. Whoever treats signs as the clinician above;"
        " somebody bills; a manager looks at rules and figures. An administrator opens no chart.",
        "Signatures, the audit trail, and who finds what on the start page",
        "person_invite",
        "Invite somebody",
        _staffed,
        look="person_list",
        needs=Permission.USER_MANAGE,
    ),
    Step(
        "fee",
        f"Set the fee for {CODE}",
        "The full fee of the day of service, from the day on which it holds. What a payer allows is its own matter.",
        "Item 31 of the ADA form, 24F of the CMS-1500; SV3 or SV1 of the 837",
        "fee_set",
        "Set the fee",
        _priced,
        look="payer_list",
        needs=Permission.PAYER_EDIT,
        who=BILLS,
    ),
    Step(
        "payers",
        "Add payers, and ask what each wants",
        f"Whether a payer covers {CODE}, wants prior authorization, and by when it wants a claim decides most denials."
        " Nothing is assumed: write down who said it and on which day.",
        "Item 3 of the ADA form; loop 2010BB of the 837; the checks before a claim leaves",
        "payer_list",
        "Add a payer",
        _known_payers,
        look="payer_list",
        needs=Permission.PAYER_EDIT,
        who=BILLS,
    ),
    Step(
        "rules",
        "Look at the rules once",
        "Until a manager has read what is checked and released it, every claim is held.",
        "The checks before a claim leaves",
        "rule_list",
        "Look at the rules",
        _released,
        look="rule_list",
        needs=Permission.RULES_EDIT,
        who="A manager",
    ),
    Step(
        "files",
        "Name submitter and receiver",
        "The clearinghouse turns away a file whose IDs it does not know. They stand in its enrollment letter.",
        "ISA06 and ISA08, loops 1000A and 1000B of the 837",
        "practice_files",
        "Write the IDs down",
        _enrolled,
        can_be_left_out="We send no electronic claims",
    ),
    Step(
        "phrases",
        "Keep your own phrases",
        "Wording that comes back at every visit, with gaps for what differs, saves the clinician minutes.",
        "The text fields of the record",
        "phrase_list",
        "Keep a phrase",
        _worded,
        look="phrase_list",
        needs=Permission.ENCOUNTER_EDIT,
        who="A clinician",
        can_be_left_out="We write each time anew",
    ),
)
