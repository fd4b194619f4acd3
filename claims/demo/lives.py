"""Three months of the demo practice: who was seen, and what became of each claim."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import product
from typing import Any

from claims.cases import CaseFolder
from claims.demo import steps as s
from claims.demo import stories
from claims.demo.payer_side import Reply, denied, estimated, on_the_deductible, paid, paid_in_part, pended, taken_back
from claims.demo.people import CASEY, DREW, FIRST_NAMES, LAST_NAMES, Data, eligibility, payers
from claims.demo.practice import Make, cut, done, planned, reference, reference_payer, visit, whole

CLAIMS = 72
"""Claims of the practice where nobody asks for another number."""
DAYS = 90
"""How far back the work goes."""


@dataclass(frozen=True)
class Life:
    """One visit. `make` gives its case, `taken_in_on` is the day on which it is entered; `steps` follow."""

    id: str
    make: Callable[[], CaseFolder]
    taken_in_on: date
    payer_id: str = ""
    claims: int = 0
    steps: tuple[s.Step, ...] = ()


def lives(today: date, *, seed: int = 0, claims: int | None = None) -> Iterator[Life]:
    """The lives of the practice as of a day, the same for the same seed, until they make so many claims."""
    wanted, made = CLAIMS if claims is None else claims, 0
    for life in _all(today, seed):
        if life.claims and made + life.claims > wanted:
            if made >= wanted:
                return
            continue
        made += life.claims
        yield life


def _all(today: date, seed: int) -> Iterator[Life]:
    yield from _front_desk(today)
    yield from _billing_desk(today)
    yield from _answered(today)
    yield from _routine(today, seed)


class _Book:
    """Hands out chart numbers, and makes lives of cases."""

    def __init__(self, today: date, first_chart: int) -> None:
        self.today, self.chart = today, first_chart
        known = payers(today)
        self.example = reference_payer(today)
        self._reference_day = reference(today)[1]
        self.plain, self.strict, self.medical = known["plain"], known["strict"], known["medical"]

    def ago(self, days: int) -> date:
        return s.weekday(self.today - timedelta(days=days))

    def ahead(self, days: int) -> date:
        day = self.today + timedelta(days=days)
        return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)

    def life(self, name: str, make: Make, day: date, plan: Data, *, claims: int = 0, steps: Any = ()) -> Life:
        self.chart += 1
        return Life(name, partial(whole, name, make, self.chart), day, plan["payer_id"], claims, tuple(steps))

    def claim(
        self,
        name: str,
        who: str,
        plan: Data,
        story: stories.Story,
        where: str,
        days_ago: int,
        *steps: s.Step,
        clinician: Data = CASEY,
        **more: Any,
    ) -> Life:
        """A finished visit with its claim. `who` is 'Alex Sample 1980-01-01 F', `where` is 'parotid L 09:00'."""
        first, last, birth, sex = who.split()
        gland, side, start = where.split()
        day = self.ago(days_ago)
        if plan is self.strict:
            more.setdefault("authorization", "approved")
        if plan is self.example and day < self._reference_day:
            # What the reference case knows of its payer was found out only shortly before.
            plan = plan | {"policy": plan["policy"] | {"verified_on": f"{self.today - timedelta(days=110)}"}}
        person = (first, last, birth, sex)
        make = done(person, [plan], story, gland, side, day, start=start, clinician=clinician, **more)
        return self.life(f"demo-{name}", make, day, plan, claims=1, steps=steps)


def _front_desk(today: date) -> Iterator[Life]:
    """Visits to come, records begun, and one that is signed and not billed yet: they make no claims."""
    book = _Book(today, 2000)
    ago, plain, strict = book.ago, book.plain, book.strict

    def to_come(name: str, who: str, plan: Data, encounter: Data, **more: Any) -> Life:
        first, last, birth, sex = who.split()
        asked_on = ago(1)
        make = visit((first, last, birth, sex), [plan], encounter, asked_on=asked_on, **more)
        return book.life(name, make, asked_on, plan)

    yield to_come("demo-today", "Robin Sample 1974-06-02 F", plain, planned(today, "09:30"))
    yield to_come(
        "demo-today-unasked",
        "Avery Mockup 1990-01-20 M",
        strict,
        planned(today, "14:00"),
        authorization="requested",
    )
    yield to_come("demo-ahead", "Sam Specimen 1966-09-14 U", plain, planned(book.ahead(2), "10:15", DREW))
    never_asked = planned(book.ahead(4), "11:30")
    yield to_come("demo-unverified", "Kim Placeholder 1985-02-17 F", strict, never_asked, eligibility_checks=[])
    long_ago = eligibility(plain, book.ago(52), 2099)
    later = planned(book.ahead(9), "08:45", DREW)
    yield to_come("demo-verified-long-ago", "Noel Mockup 1971-07-08 M", plain, later, eligibility_checks=[long_ago])
    begun = done(("Jamie", "Template", "1988-12-01", "F"), [plain], stories.stone, "submandibular", "R", ago(1))
    without = "findings interventions images interpretation diagnoses plan"
    yield book.life("demo-draft-begun", cut(begun, without), ago(1), plain)
    unread = done(("Rowan", "Pattern", "1959-04-23", "M"), [plain], stories.plug, "parotid", "L", ago(2), start="11:00")
    yield book.life("demo-draft-unread", cut(unread, "interpretation plan"), ago(2), plain)
    signed = done(
        ("Riley", "Fixture", "1979-10-30", "F"),
        [plain],
        stories.normal,
        "parotid",
        "R",
        ago(3),
        clinician=DREW,
        claims=False,
    )
    yield book.life("demo-signed", signed, ago(3), plain)


def _billing_desk(today: date) -> Iterator[Life]:
    """Claims that were not sent yet, and what stands in their way."""
    book = _Book(today, 2100)
    claim, plain, strict = book.claim, book.plain, book.strict
    name, day, make = reference(today)
    yield Life(name, make, day, book.example["payer_id"], claims=1)
    yield claim("ready", "Skyler Madeup 1983-02-11 M", plain, stories.stone, "submandibular R 09:00", 4)
    yield claim(
        "sealed", "Quinn Testcase 1971-08-19 F", plain, stories.stenosis, "parotid L 09:00", 5, s.Sealed(after=1)
    )
    yield claim(
        "unauthorized",
        "Emery Dummy 1995-05-05 F",
        strict,
        stories.plug,
        "submandibular L 09:00",
        6,
        authorization="",
    )
    yield claim(
        "held",
        "Jordan Fiction 1968-03-17 M",
        plain,
        stories.plug,
        "parotid R 10:30",
        7,
        s.Held(after=1, reason="The patient brings a new member card on Friday."),
    )
    yield claim(
        "incomplete",
        "Reese Placeholder 1986-07-08 F",
        plain,
        stories.incomplete,
        "parotid R 09:00",
        8,
        clinician=DREW,
    )
    both = done(
        ("Harper", "Fiction", "1962-11-27", "M"),
        [book.medical, plain],
        stories.stenosis,
        "submandibular",
        "R",
        book.ago(9),
        plan_order={},
    )
    yield book.life("demo-two-plans", both, book.ago(9), book.medical, claims=2)


NECESSITY = denied("50", "N706")
NO_IMAGES = denied("252", "N40", "N457")
NO_NOTE = denied("252", "M29")
BUNDLED = denied("97", "M15")
WRONG_DIAGNOSIS = denied("16", "M76")


def _answered(today: date) -> Iterator[Life]:
    """Claims that were sent: one for each way that such a claim can go."""
    book = _Book(today, 2200)
    claim, example, plain, strict, medical = book.claim, book.example, book.plain, book.strict, book.medical
    stone, stenosis, plug, normal = stories.stone, stories.stenosis, stories.plug, stories.normal
    yield claim(
        "appeal-won", "Casey Mockup 1977-05-21 F", example, stenosis, "submandibular L 09:00", 86,
        s.Sent(2), s.Accepted(1), s.Answered(15, NECESSITY), s.Assigned(1), s.Appealed(4), s.AppealSealed(2),
        s.AppealSent(1), s.Answered(26, taken_back(NECESSITY, paid("MA91"))),
    )  # fmt: skip
    yield claim(
        "denied-images", "Morgan Sample 1985-09-02 F", plain, stone, "submandibular R 10:15", 41,
        s.Sent(2), s.Accepted(1), s.Answered(18, NO_IMAGES), s.Assigned(2),
    )  # fmt: skip
    yield claim(
        "appeal-due", "Rowan Example 1969-12-12 M", strict, plug, "parotid L 11:00", 66,
        s.Sent(1), s.Answered(15, denied("197")),
    )  # fmt: skip
    yield claim(
        "appeal-upheld", "Robin Dummy 1991-03-08 F", plain, normal, "parotid R 09:45", 88,
        s.Sent(1), s.Answered(16, BUNDLED), s.Appealed(6), s.AppealSealed(1), s.AppealSent(1),
        s.Decided(27, "upheld"),
        s.WriteOffAsked(2, reason="The review kept the bundling; the contract lets nobody bill the patient."),
        clinician=DREW,
    )  # fmt: skip
    yield claim(
        "appeal-draft", "Avery Template 1973-01-30 M", strict, stenosis, "submandibular L 13:00", 63,
        s.Sent(2), s.Answered(15, denied("50", "N661")), s.Assigned(3), s.Appealed(30),
    )  # fmt: skip
    yield claim(
        "paid", "Sam Pattern 1958-08-25 M", example, stone, "submandibular R 08:30", 81,
        s.Sent(2), s.Accepted(1), s.Answered(16, paid()),
    )  # fmt: skip
    yield claim(
        "deductible", "Jamie Specimen 1994-04-14 F", plain, plug, "parotid R 14:15", 50,
        s.Sent(1), s.Accepted(1), s.Answered(17, on_the_deductible),
    )  # fmt: skip
    yield claim(
        "no-answer", "Alex Fixture 1964-10-03 M", plain, stone, "submandibular L 15:00", 74,
        s.Sent(3, channel="mail"),
    )  # fmt: skip
    yield claim(
        "appeal-waiting", "Riley Madeup 1982-06-19 F", example, plug, "parotid L 10:00", 62,
        s.Sent(2), s.Answered(16, NO_NOTE), s.Appealed(8), s.AppealSealed(2), s.AppealSent(1, channel="fax"),
    )  # fmt: skip
    yield claim(
        "corrected", "Skyler Placeholder 1976-02-27 M", example, normal, "parotid R 11:30", 70,
        s.Sent(1), s.Answered(15, WRONG_DIAGNOSIS), s.Answered(24, taken_back(WRONG_DIAGNOSIS, paid("N770"))),
        clinician=DREW,
    )  # fmt: skip
    yield claim(
        "pended", "Quinn Sample 1989-11-11 F", medical, stenosis, "submandibular R 09:15", 33,
        s.Sent(2, channel="clearinghouse"), s.Answered(19, pended),
    )  # fmt: skip
    yield claim(
        "partly-paid", "Emery Example 1961-07-07 F", example, plug, "submandibular L 13:45", 46,
        s.Sent(1), s.Accepted(1), s.Answered(17, paid_in_part("119", "N640"), with_stranger=True),
        s.Assigned(2),
    )  # fmt: skip
    yield claim(
        "rejected", "Harper Testcase 1970-05-16 M", plain, stone, "parotid L 10:45", 10,
        s.Sent(1, channel="clearinghouse"),
        s.Rejected(2, reason="The subscriber's birth date is not the one that the payer has on file."),
    )  # fmt: skip
    yield claim(
        "rejected-then-paid", "Reese Dummy 1987-01-05 F", example, stenosis, "submandibular R 16:00", 58,
        s.Sent(1, channel="clearinghouse"), s.Rejected(2, reason="The payer's system was closed; send it again."),
        s.Sent(3, channel="clearinghouse"), s.Accepted(1), s.Answered(14, paid()),
    )  # fmt: skip
    yield claim(
        "misprinted", "Rowan Template 1978-06-06 M", plain, stone, "submandibular L 14:30", 31,
        s.Sent(2), s.Accepted(1), s.Answered(17, paid(), slip=2500),
    )  # fmt: skip
    yield claim(
        "estimated", "Jordan Pattern 1998-09-29 F", plain, normal, "parotid L 09:30", 24,
        s.Sent(2), s.Answered(12, estimated),
        clinician=DREW,
    )  # fmt: skip
    yield claim(
        "appeal-sealed", "Casey Fiction 1955-03-22 M", medical, stone, "submandibular L 11:15", 44,
        s.Sent(2), s.Answered(20, denied("252", "N706")), s.Assigned(1), s.Appealed(10), s.AppealSealed(2),
    )  # fmt: skip
    yield claim(
        "typed", "Morgan Fixture 1980-12-20 M", plain, plug, "parotid R 08:45", 38,
        s.Sent(2, channel="mail"), s.Accepted(4), s.Typed(18, paid()),
    )  # fmt: skip
    yield claim(
        "typed-denied", "Robin Madeup 1993-08-08 F", example, stenosis, "submandibular R 14:45", 53,
        s.Sent(2, channel="mail"), s.Typed(20, denied("27")),
        s.Resolved(6, how="The coverage had ended; the patient pays by the agreement that was signed."),
    )  # fmt: skip
    yield claim(
        "appeal-won-images", "Avery Sample 1967-04-04 F", plain, stone, "submandibular L 10:30", 89,
        s.Sent(1), s.Accepted(1), s.Answered(16, NO_IMAGES), s.Appealed(4), s.AppealSealed(1), s.AppealSent(1),
        s.Answered(30, taken_back(NO_IMAGES, paid("MA91"))),
    )  # fmt: skip
    yield claim(
        "crossover", "Sam Example 1984-10-10 U", plain, normal, "parotid R 15:30", 36,
        s.Sent(1), s.Answered(16, denied("254")),
        s.CauseCorrected(1, cause="crossover", reason="The plan says by phone that medical pays first."),
        clinician=DREW,
    )  # fmt: skip


_WON, _UPHELD = (s.Appealed(5), s.AppealSealed(2), s.AppealSent(1)), s.Decided(28, "upheld")
_DECK: tuple[tuple[str, int], ...] = (
    ("paid", 32), ("deductible", 3), ("partly", 1), ("images", 1), ("note", 1), ("necessity", 1), ("diagnosis", 1),
)  # fmt: skip
"""How the routine claims are answered: what forty of them meet."""
_PLAIN_CLAIMS = 52
"""So many routine claims go well: the lives before them brought the denials of these weeks."""


def _routine(today: date, seed: int) -> Iterator[Life]:
    """Everyday work without end, by the dice."""
    dice = random.Random(seed)  # noqa: S311 - invented people, no secrets
    book = _Book(today, 10_000)
    plans = (book.example, book.example, book.plain, book.plain, book.strict, book.medical)
    names = [f"{first} {last}" for first, last in product(FIRST_NAMES, LAST_NAMES)]
    dice.shuffle(names)
    deck: list[str] = []
    n = 0
    while True:
        if not deck:
            deck = [fate for fate, count in _DECK for _ in range(count)]
            dice.shuffle(deck)
        fate = deck.pop() if n >= _PLAIN_CLAIMS else "deductible" if n % 17 == 8 else "paid"
        birth = date(1945, 1, 1) + timedelta(days=dice.randrange(365 * 60))
        start = f"{dice.randint(8, 16):02d}:{dice.choice((0, 15, 30)):02d}"
        yield book.claim(
            f"{seed}-{n + 1:05d}",
            f"{names[n % len(names)]} {birth} {dice.choice('FMU')}",
            dice.choice(plans),
            dice.choice(stories.STORIES),
            f"{dice.choice(list(stories.ANATOMY))} {dice.choice('LR')} {start}",
            dice.randint(2, DAYS - 2),
            s.Sent(dice.randint(1, 3), channel=dice.choice(("portal", "portal", "clearinghouse"))),
            s.Accepted(1),
            *_answers(fate, dice.randint(13, 20), dice.random()),
            clinician=dice.choice((CASEY, CASEY, DREW)),
        )
        n += 1


def _answers(fate: str, days: int, luck: float) -> Iterator[s.Step]:
    """The answer, and for a denial what follows: half of them are appealed, and half of those are won."""
    replies: dict[str, Reply] = {
        "paid": paid(),
        "deductible": on_the_deductible,
        "partly": paid_in_part("119", "N640"),
        "images": NO_IMAGES,
        "note": NO_NOTE,
        "necessity": NECESSITY,
        "diagnosis": WRONG_DIAGNOSIS,
    }
    reply = replies[fate]
    yield s.Answered(days, reply)
    if fate in {"paid", "deductible", "partly"} or luck > 0.6:
        return
    yield from _WON
    yield s.Answered(28, taken_back(reply, paid("MA91"))) if luck < 0.3 else _UPHELD
