"""Asking for eligibility (270) and reading the answer (271): whole, cut off, hostile."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from claims.edi import eligibility_271
from claims.edi.eligibility_270 import CannotAsk, Inquiry, PersonAsked, write
from claims.edi.x12 import Segments

AT = datetime(2026, 11, 2, 15, 4, tzinfo=UTC)
ALEX = PersonAsked("Alex", "Doe", date(1984, 3, 14), "F")
JORDAN = PersonAsked("Jordan", "Doe", date(1979, 8, 2), "M")
ASKED = Inquiry(
    payer_name="Example Dental Plan",
    payer_id="99991",
    practice="Example Oral Surgery",
    npi="1234567893",
    tax_id="911234567",
    member_id="W123456789",
    subscriber=ALEX,
    service_date=date(2026, 11, 5),
    reference="E000001-1",
)


def segments(text: str) -> list[list[str]]:
    read = Segments(text.encode())
    found = [s.elements for s in read]
    assert read.findings == []
    return found


def test_the_question_is_a_whole_interchange() -> None:
    text = write(ASKED, at=AT, control=7)
    assert len(text.splitlines()[0]) == 106
    rows = segments(text)
    names = [row[0] for row in rows]
    assert names == "ISA GS ST BHT HL NM1 HL NM1 HL TRN NM1 DMG DTP EQ EQ SE GE IEA".split()
    by_name = {row[0]: row for row in rows}
    assert int(by_name["SE"][1]) == names.index("SE") - names.index("ST") + 1
    assert by_name["ISA"][13] == by_name["IEA"][2] == "000000007"
    assert by_name["GS"][6] == by_name["GE"][2] == "7"
    assert (by_name["GS"][1], by_name["GS"][8]) == ("HS", "005010X279A1")
    assert rows[10] == ["NM1", "IL", "1", "DOE", "ALEX", "", "", "", "MI", "W123456789"]
    assert by_name["DTP"] == ["DTP", "291", "D8", "20261105"]
    assert [row for row in rows if row[0] == "EQ"] == [["EQ", "35"], ["EQ", "", "AD:D0371"]]


def test_a_patient_who_is_not_the_holder_is_asked_for_below_the_holder() -> None:
    rows = segments(write(replace(ASKED, subscriber=JORDAN, patient=ALEX, relationship="spouse"), at=AT, control=1))
    assert [row[3:] for row in rows if row[0] == "HL"] == [["20", "1"], ["21", "1"], ["22", "1"], ["23", "0"]]
    assert ["NM1", "03", "1", "DOE", "ALEX"] in rows
    assert ["INS", "N", "01"] in rows


def test_a_medical_plan_is_asked_for_the_plan_without_the_dental_code() -> None:
    rows = segments(write(replace(ASKED, is_dental=False), at=AT, control=1))
    assert [row for row in rows if row[0] == "EQ"] == [["EQ", "30"]]


def test_no_separator_and_no_accent_comes_out_of_a_name() -> None:
    odd = replace(ASKED, subscriber=replace(ALEX, last_name="Dœ*~:^Núñez", first_name="Zoë"), payer_name="A*B~C")
    rows = segments(write(odd, at=AT, control=1))
    assert ["NM1", "PR", "2", "A B C", "", "", "", "", "PI", "99991"] in rows
    assert any(row[:4] == ["NM1", "IL", "1", "DOE NUNEZ"] and row[4] == "ZOE" for row in rows)


def test_what_is_missing_is_said_at_once() -> None:
    with pytest.raises(CannotAsk) as refused:
        write(replace(ASKED, npi="", tax_id="1", member_id=" ", payer_id=""), at=AT, control=1)
    assert len(refused.value.reasons) == 4
    assert all(reason.endswith(".") for reason in refused.value.reasons)


# --- The answer ---------------------------------------------------------------------------------------------------

BODY = """ST*271*0001*005010X279A1
BHT*0022*11*E000001-1*20261102*1504
HL*1**20*1
NM1*PR*2*EXAMPLE DENTAL PLAN*****PI*99991
HL*2*1*21*1
NM1*1P*2*EXAMPLE ORAL SURGERY*****XX*1234567893
HL*3*2*22*0
TRN*2*E000001-1*9911234567
NM1*IL*1*DOE*ALEX****MI*W123456789
DMG*D8*19840314*F
DTP*346*D8*20240101
EB*1*IND*35**PPO GOLD
EB*C*IND*35***23*50
EB*C*IND*35***29*0
EB*C*FAM*35***23*150
EB*F*IND*35***23*1500
EB*F*IND*35***29*420.5
EB*A*IND*35*****.5
EB*A*IND*23*****.2****Y
EB*1*IND*********N**AD:D0371
HSD*VS*1***34*12
MSG*VERIFICATION IS NO GUARANTEE OF PAYMENT"""


def file(body: str = BODY, end: str = "\n") -> bytes:
    lines = [line.strip() for line in body.strip().splitlines()]
    head = [
        "ISA*00*          *00*          *ZZ*99991          *ZZ*911234567      *261102*1504*^*00501*000000009*0*T*:",
        "GS*HB*99991*911234567*20261102*1504*9*X*005010X279A1",
    ]
    tail = [f"SE*{len(lines) + 1}*0001", "GE*1*9", "IEA*1*000000009"]
    return "".join(f"{line}~{end}" for line in (*head, *lines, *tail)).encode()


def test_an_answer_says_what_the_check_asks() -> None:
    answer = eligibility_271.read(file())
    assert answer.findings == ()
    assert answer.proposes
    assert (answer.payer_name, answer.last_name, answer.member_id) == ("EXAMPLE DENTAL PLAN", "DOE", "W123456789")
    assert answer.birth_date == date(1984, 3, 14)
    assert (answer.is_active, answer.covers_code, answer.authorization) == (True, "yes", "not_required")
    assert (answer.deductible_cents, answer.deductible_left_cents) == (5000, 0)
    assert (answer.maximum_cents, answer.maximum_left_cents) == (150000, 42050)
    assert answer.share_percent == 20
    assert answer.frequency == "1 in 12 months"
    assert answer.begins_on == date(2024, 1, 1)
    assert answer.reference == "E000001-1"
    assert answer.notes == ("VERIFICATION IS NO GUARANTEE OF PAYMENT",)


@pytest.mark.parametrize(
    "old, new, field, value",
    [
        # Diagnostic care as a whole (23) may be check-ups: it says no for D0371, but not yes.
        ("EB*1*IND*********N**AD:D0371", "EB*1*IND*23", "covers_code", "unknown"),
        ("EB*1*IND*********N**AD:D0371", "EB*I*IND*23", "covers_code", "no"),
        # A limit belongs to the benefit that it stands behind.
        ("EB*1*IND*********N**AD:D0371", "EB*1*IND*********N**AD:D0371\nEB*F*IND*41", "frequency", ""),
        ("EB*1*IND*********N**AD:D0371", "EB*F*IND*23", "frequency", "1 in 12 months"),
        ("20261102*1504", "20260803*1504", "answered_on", date(2026, 8, 3)),
        ("EB*1*IND*35**PPO GOLD", "EB*6*IND*35", "is_active", False),
        ("EB*1*IND*35**PPO GOLD", "MSG*X", "is_active", None),
        ("EB*1*IND*35**PPO GOLD", "EB*1*IND*35\nEB*6*IND*35", "is_active", None),
        ("EB*1*IND*********N**AD:D0371", "EB*I*IND*********N**AD:D0371", "covers_code", "no"),
        ("EB*1*IND*********N**AD:D0371", "EB*1*IND*********Y**AD:D0371", "authorization", "required"),
        ("EB*1*IND*********N**AD:D0371", "EB*1*IND*********U**AD:D0371", "authorization", "unknown"),
        # Of the kind of service, where nothing is said of the code; of the plan as a whole it says nothing of ours.
        ("EB*A*IND*23*****.2****Y", "EB*A*IND*23*****.2***Y*Y", "authorization", "not_required"),
        ("EB*1*IND*********N**AD:D0371", "EB*1*IND*23********Y", "authorization", "required"),
        ("EB*1*IND*********N**AD:D0371", "EB*1*IND*35********Y", "authorization", "unknown"),
        (
            "EB*1*IND*********N**AD:D0371",
            "EB*1*IND*23********Y\nEB*1*IND*********U**AD:D0371",
            "authorization",
            "unknown",
        ),
        ("EB*1*IND*********N**AD:D0371", "EB*1*IND*23********Y\nEB*B*IND*23********N", "authorization", "unknown"),
        # Days of the plan, before the benefits and after the one that says that it is active.
        ("DTP*346*D8*20240101", "DTP*356*D8*20250201\nDTP*346*D8*20240101", "begins_on", date(2024, 1, 1)),
        ("DTP*346*D8*20240101", "DTP*291*D8*20261105", "begins_on", None),
        ("DTP*346*D8*20240101", "DTP*291*RD8*20260101-20261231", "begins_on", date(2026, 1, 1)),
        ("DTP*346*D8*20240101", "DTP*291*RD8*20260101-20261231", "ends_on", date(2026, 12, 31)),
        ("DTP*346*D8*20240101", "DTP*347*D8*20261031", "ends_on", date(2026, 10, 31)),
        ("DTP*346*D8*20240101", "DTP*346*RD8*20240101-99991231", "ends_on", None),
        ("EB*1*IND*35**PPO GOLD", "EB*6*IND*35\nDTP*357*D8*20261031", "ends_on", date(2026, 10, 31)),
        ("EB*C*IND*35***23*50", "EB*R**35\nDTP*347*D8*20250101", "ends_on", None),
        ("EB*A*IND*23*****.2****Y", "EB*A*IND*23*****.2****Y\nDTP*349*D8*20250101", "ends_on", None),
        ("EB*F*IND*35***29*420.5", "MSG*X", "maximum_left_cents", None),
        ("EB*F*IND*35***29*420.5", "EB*F*IND*35***29*420\nEB*F*IND*35***29*500", "maximum_left_cents", None),
    ],
)
def test_what_is_not_said_or_said_twice_stays_unknown(old: str, new: str, field: str, value: object) -> None:
    assert getattr(eligibility_271.read(file(BODY.replace(old, new))), field) == value


def test_another_insurer_that_a_benefit_names_is_not_the_one_that_answered() -> None:
    other = "EB*R**35\nLS*2120\nNM1*IL*1*SMITH*ROBIN****MI*ZZ9\nNM1*PR*2*OTHER PAYER*****PI*55555\nLE*2120"
    answer = eligibility_271.read(file(BODY.replace("EB*C*IND*35***23*50", f"{other}\nEB*C*IND*35***23*50")))
    assert answer.findings == ()
    assert (answer.payer_name, answer.last_name, answer.first_name) == ("EXAMPLE DENTAL PLAN", "DOE", "ALEX")
    assert (answer.member_id, answer.is_active) == ("W123456789", True)


def test_a_refusal_of_the_payer_is_a_sentence_and_proposes_nothing() -> None:
    answer = eligibility_271.read(file(BODY.replace("EB*1*IND*35**PPO GOLD", "AAA*N**72*C")))
    assert answer.refusals == ("The payer did not answer (reason 72): the member ID is missing or not valid.",)
    assert not answer.proposes


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", "no X12 file"),
        (b"Dear practice, the patient is covered.", "no X12 file"),
        (cut(file(), 0.7), "cut off"),
        (file()[:-30], "cut off"),
        (file().replace(b"SE*23*", b"SE*99*"), "it has 23"),
        (file().replace(b"SE*23*0001", b"SE*23*0002"), "not the one at the beginning"),
        (file().replace(b"ST*271*", b"ST*835*"), "no answer on eligibility"),
        (file().replace(b"23*1500", b"23*15,00"), "cannot be read"),
        (file().replace(b"*****.5", b"*****50"), "The share"),
        (file().replace(b"*****.5", b"*****NaN"), "The share"),
    ],
)
def test_a_faulty_file_is_told_with_its_place_and_proposes_nothing(data: bytes, words: str) -> None:
    answer = eligibility_271.read(data)
    assert not answer.proposes
    assert any(words in str(finding) and finding.is_fault for finding in answer.findings), answer.findings


def test_other_separators_and_line_ends_are_read_as_well() -> None:
    whole = eligibility_271.read(file())
    for data in (
        file(end=""),
        file(end="\r\n"),
        file().replace(b":", b">"),
        file().replace(b"*", b"|"),
        b"\xef\xbb\xbf" + file(),
    ):
        read = eligibility_271.read(data)
        assert (read.is_active, read.share_percent, read.authorization) == (
            whole.is_active,
            whole.share_percent,
            whole.authorization,
        )


def test_whatever_comes_it_never_raises_and_never_fills_the_memory() -> None:
    dice = random.Random(5)
    for _ in range(300):
        data = bytearray(file())
        for _ in range(dice.randint(1, 40)):
            data[dice.randrange(len(data))] = dice.choice(b"*~:^\x00\xff1AEB\n")
        answer = eligibility_271.read(bytes(data))
        assert len(answer.benefits) <= eligibility_271.MOST_BENEFITS
    many = eligibility_271.read(file(BODY + "\nEB*1*IND*35\nMSG*X" * 5_000))
    assert len(many.benefits) == eligibility_271.MOST_BENEFITS
    assert len(many.notes) == eligibility_271.MOST_NOTES
