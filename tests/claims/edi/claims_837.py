"""Claims for tests of 837 files: random valid ones, and the envelope around them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from random import Random

from claims.edi import claim_837
from claims.edi.electronic import (
    Billing,
    Document,
    ElectronicClaim,
    Line,
    LineAnswer,
    OtherPlan,
    Person,
    Plan,
    Provider,
    Purpose,
    Taken,
)
from documentation.facts import Address

AT = datetime(2026, 11, 6, 9, 30, tzinfo=UTC)
SENDER = claim_837.Sender("Harbor Oral Surgery PLLC", "HARBORORAL", "2065550100")
RECEIVER = claim_837.Receiver("Example Clearinghouse", "CLEARHOUSE1")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !\"&'()+,-./;?="


def text_of(claims: Iterable[ElectronicClaim], kind: str, *, control: int = 101, first_set: int = 1) -> str:
    """A file of these claims."""
    numbers = claim_837.Numbers(control, first_set)
    return "".join(
        claim_837.write(claims, kind=kind, sender=SENDER, receiver=RECEIVER, at=AT, numbers=numbers, is_test=True)
    )


class Invented:
    """Random claims, each one valid: what a seed gives once it gives again."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def claim(self, number: int, kind: str, billing: Billing | None = None) -> ElectronicClaim:
        r, is_dental = self.random, kind == "dental"
        purpose = r.choice([p for p in Purpose if is_dental or p is not Purpose.PREDETERMINATION])
        is_asked = purpose is Purpose.PREDETERMINATION
        control, is_dependent = f"C{number:06d}", r.random() < 0.4
        diagnoses = tuple(
            f"K{n:02d}{r.randrange(10)}" for n in r.sample(range(100), r.randint(1, 4 if is_dental else 12))
        )
        others = tuple(self._other(place) for place in "STA"[: r.choice([0, 0, 1, 1, 3])])
        lines = tuple(
            self._line(f"{control}-{n}", kind, len(diagnoses), others) for n in range(1, r.choice([1, 1, 2, 5]) + 1)
        )
        return ElectronicClaim(
            kind=kind,
            control=control,
            purpose=purpose,
            place=r.choice(["11", "22", "24"]),
            billing=billing or self.billing(),
            plan=self._plan("P", is_dependent=is_dependent),
            lines=lines,
            patient=self._person(is_whole=True) if is_dependent else None,
            accepts=r.choice("AC"),
            benefits=r.choice("YN"),
            release=r.choice("YI"),
            service_date=None if is_asked else self._day(),
            onset_on=None if is_dental or r.random() < 0.5 else date(2026, 3, 1),
            documents=self._documents(is_dental=is_dental),
            authorization=r.choice(["", "AUTH556677"]),
            predetermination=r.choice(["", "PD20260912"]) if is_dental and not is_asked else "",
            payer_control="26334D000777" if purpose in (Purpose.CORRECTED, Purpose.VOID) else "",
            notes=tuple(self._text(80) for _ in range(r.randint(0, 5 if is_dental else 1))),
            diagnoses=diagnoses,
            rendering=r.choice([None, Provider(self._text(30), "1987654328", self._text(12), "1223S0112X")]),
            facility=r.choice([None, Provider(self._text(40), "1003000126", address=self._address(9))]),
            others=others,
        )

    def billing(self) -> Billing:
        taxonomy = self.random.choice(["", "1223S0112X"])
        return Billing(self._text(60), "1234567893", "123456789", self._address(9), taxonomy)

    def _plan(self, place: str, *, is_dependent: bool) -> Plan:
        r = self.random
        group = r.choice(["", "GRP5501"])
        return Plan(
            payer_name=self._text(60),
            payer_id=r.choice(["99991", "88881", "P77"]),
            member_id=f"W{r.randrange(10**9)}",
            subscriber=self._person(is_whole=not is_dependent),
            relationship=r.choice(["01", "19", "20", "21", "39", "40", "53", "G8"]) if is_dependent else "18",
            responsibility=place,
            group_number=group,
            group_name="" if group else self._text(60),
            payer_address=r.choice([Address(), self._address(5)]),
            filing=r.choice(["CI", "BL", "12", "HM", "MC"]),
        )

    def _other(self, place: str) -> OtherPlan:
        r = self.random
        known = {"benefits": r.choice("YN"), "release": r.choice("YI")}
        plan = self._plan(place, is_dependent=True)
        if r.random() < 0.5:
            return OtherPlan(plan, **known)
        return OtherPlan(
            plan,
            **known,
            paid_cents=r.randrange(10**6),
            left_cents=r.choice([None, 16000]),
            taken=self._taken(r.randint(0, 20_000)),
            paid_on=self._day(),
            control=r.choice(["", "26334D000777"]),
        )

    def _line(self, control: str, kind: str, diagnoses: int, others: tuple[OtherPlan, ...]) -> Line:
        r = self.random
        cents, quantity, is_dental = r.randrange(10**7), r.choice([1, 1, 2, 12]), kind == "dental"
        pointers = tuple(r.sample(range(1, diagnoses + 1), min(diagnoses, r.randint(1, 4))))
        code = r.choice(["D0371", "D0330", "D0999"]) if is_dental else r.choice(["42699", "42660", "0123T"])
        paid = r.randint(0, cents)
        answers = tuple(
            LineAnswer(o.plan.payer_id, code, paid, quantity, self._taken(cents - paid), self._day())
            for o in others
            if r.random() < 0.5
        )
        modifiers = tuple(r.sample(["22", "51", "LT", "RT", "59"], r.choice([0, 0, 1, 4])))
        area = r.choice(["", "", "10", "L"]) if is_dental else ""
        told = r.choice(["", self._text(80)])
        return Line(code, cents, control, quantity, modifiers, told, area, pointers, answers)

    def _taken(self, cents: int) -> tuple[Taken, ...]:
        """Reasons that add up to these cents, of up to three groups, each together."""
        r, rest, found = self.random, cents, []
        for group in r.sample(["CO", "OA", "PI", "PR"], r.randint(1, 2)):
            for code in r.sample(["1", "2", "23", "45", "97", "252", "B7", "A1"], r.choice([1, 1, 2, 7])):
                some = r.randint(0, rest)
                rest -= some
                found.append(Taken(group, code, some))
        last = found[-1]
        found[-1] = Taken(last.group, last.carc, last.cents + rest)
        return tuple(found)

    def _documents(self, *, is_dental: bool) -> tuple[Document, ...]:
        r = self.random
        known = ["OZ", "DG", "EB", "RB", "RR", "B4", "DA", *(["P6"] if is_dental else ["OB", "CT", "M1"])]
        kinds = r.sample(known, r.choice([0, 1, 2, len(known)]))
        return tuple(
            Document(kind, how, "" if how == "AA" else f"DUC{n:08d}")
            for n, kind in enumerate(kinds)
            for how in [r.choice(["EL", "FX", "BM", "AA", "EM", "FT"])]
        )

    def _person(self, *, is_whole: bool) -> Person:
        r = self.random
        name = (self._text(60), r.choice(["", self._text(35)]), r.choice(["", self._text(25)]))
        if not is_whole:
            return Person(*name)
        return Person(*name, date(1930, 1, 1) + timedelta(days=r.randrange(30_000)), r.choice("FMU"), self._address(5))

    def _address(self, digits: int) -> Address:
        r = self.random
        street = f"{r.randrange(1, 9999)} {self._text(40)}"
        state = r.choice(["WA", "NE", "NY"])
        return Address(street, r.choice(["", self._text(55)]), f"LA {self._text(25)}", state, "981010001"[:digits])

    def _day(self) -> date:
        return date(2026, 1, 1) + timedelta(days=self.random.randrange(300))

    def _text(self, longest: int) -> str:
        r = self.random
        found = "".join(r.choices(LETTERS, k=r.randint(2, longest)))
        return " ".join(found.split()) or "X"
