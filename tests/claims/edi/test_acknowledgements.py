"""TA1, 999 and 277CA as they come: whole, cut off, hostile."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

from claims.edi.acknowledgements import Outcome, read
from tests.claims.edi.claims_837 import Invented, text_of

SAMPLES = Path(__file__).parent / "samples"
ISA = "ISA*00*          *00*          *ZZ*99991          *ZZ*HARBORORAL     *261107*0700*^*00501*000006001*0*T*:~"
GS = "GS*FA*99991*HARBORORAL*20261107*0700*6001*X*005010X231A1~"


def syntax(*body: str) -> bytes:
    """A 999 with these segments between AK1 and the end."""
    rows = ("ST*999*0001*005010X231A1~", "AK1*HC*101*005010X224A2~", *(f"{b}~" for b in body))
    return "".join((ISA, GS, *rows, f"SE*{len(rows) + 1}*0001~GE*1*6001~IEA*1*000006001~")).encode()


def test_the_worked_277ca_accepts_its_claim() -> None:
    said = read((SAMPLES / "worked.277CA").read_bytes())
    assert (said.kind, said.findings) == ("277CA", ())
    claim = said.answers[-1]
    assert (claim.claim, claim.outcome, claim.payer_control) == ("C000101", Outcome.ACCEPTED, "26334D000777")
    assert claim.answered_on == date(2026, 11, 7)
    assert claim.codes == ("A2:20:PR",)


@pytest.mark.parametrize(
    ("category", "outcome"),
    [
        ("A0", Outcome.RECEIVED), ("A1", Outcome.RECEIVED), ("A2", Outcome.ACCEPTED), ("A5", Outcome.ACCEPTED),
        ("A3", Outcome.REJECTED), ("A4", Outcome.REJECTED), ("A6", Outcome.REJECTED), ("A7", Outcome.REJECTED),
        ("A8", Outcome.REJECTED), ("Q9", Outcome.RECEIVED),
    ],
)  # fmt: skip
def test_each_category_means_one_thing(category: str, outcome: Outcome) -> None:
    text = (SAMPLES / "worked.277CA").read_text().replace("STC*A2:20:PR", f"STC*{category}:562:85")
    said = read(text.encode())
    assert said.answers[-1].outcome is outcome
    assert f"({category}:562:85)" in said.answers[-1].reasons[0]
    assert bool(said.findings) == (category == "Q9")


def test_a_rejection_beside_an_acceptance_is_a_rejection() -> None:
    text = (SAMPLES / "worked.277CA").read_text()
    both = text.replace("REF*1K", "STC*A7:164:IL*20261107*U*850~REF*1K").replace("SE*26", "SE*27")
    answer = read(both.encode()).answers[-1]
    assert answer.outcome is Outcome.REJECTED
    assert answer.reasons[1] == "Rejected, something is wrong: the member ID of the subscriber (A7:164:IL)."


def test_a_999_speaks_of_each_set() -> None:
    said = read(
        syntax(
            "AK2*837*0001", "IK5*A", "AK2*837*0002", "IK3*CLM*22**8", "IK4*2*782*1", "IK5*R*5", "AK2*837*0003",
            "IK3*NM1*9**3", "IK5*E", "AK9*P*3*3*2",
        )
    )  # fmt: skip
    assert [(a.set_control, a.outcome) for a in said.answers] == [
        ("0001", Outcome.ACCEPTED), ("0002", Outcome.REJECTED), ("0003", Outcome.ACCEPTED_WITH_ERRORS),
    ]  # fmt: skip
    assert said.answers[1].reasons == ("Segment CLM at 22, element 2: it is missing (1).",)
    assert {(a.group, a.answered_on) for a in said.answers} == {("101", date(2026, 11, 7))}


def test_a_999_without_sets_speaks_of_the_whole_group() -> None:
    (answer,) = read(syntax("AK9*R*1*1*0")).answers
    assert (answer.group, answer.set_control, answer.outcome) == ("101", "", Outcome.REJECTED)


def test_a_rejected_group_takes_its_sets_with_it_named_or_not() -> None:
    said = read(syntax("AK2*837*0001", "IK5*A", "AK2*837*0002", "IK3*CLM*22**8", "AK9*R*3*3*0"))
    assert [(a.set_control, a.outcome) for a in said.answers] == [("0001", Outcome.REJECTED), ("", Outcome.REJECTED)]


def test_a_status_of_a_loaded_list_is_told_in_its_words_and_ours_stay() -> None:
    text = (SAMPLES / "worked.277CA").read_text()
    loaded = {"999": "of the list", "562": "no"}
    statuses = ("999", "562", "998")
    said = {s: read(text.replace("STC*A2:20:PR", f"STC*A7:{s}:85").encode(), loaded) for s in statuses}
    reasons = {status: " ".join(r for a in s.answers for r in a.reasons) for status, s in said.items()}
    assert "of the list of the billing provider (A7:999:85)" in reasons["999"]
    assert "the NPI of the billing provider (A7:562:85)" in reasons["562"]
    assert "(A7:998:85)" in reasons["998"]


def test_a_277ca_that_rejects_a_provider_says_whose_and_of_which_batch() -> None:
    text = (SAMPLES / "worked.277CA").read_text()
    text = text[: text.index("HL*4")].replace("STC*A1:19:PR**WQ", "STC*A3:24:85**U") + "SE*20*0001~GE*1*6001~IEA*1*1~"
    answer = read(text.encode()).answers[-1]
    assert (answer.outcome, answer.batch, answer.provider) == (Outcome.REJECTED, "BATCH000101", "1234567893")
    assert answer.reasons[0].startswith("Sent back")


def test_a_999_on_other_things_than_claims_is_passed_over() -> None:
    of_another = read(syntax("AK2*837*0001", "IK5*R", "AK9*R*1*1*0").replace(b"AK1*HC", b"AK1*HS"))
    assert of_another.answers == ()
    assert "not claims" in of_another.findings[0].message
    said = read(syntax("AK2*270*0001", "IK3*NM1*9**3", "IK5*R", "AK2*837*0002", "IK5*A", "AK9*P*2*2*1"))
    assert [(a.set_control, a.outcome) for a in said.answers] == [("0002", Outcome.ACCEPTED)]


def test_a_ta1_speaks_of_the_whole_file() -> None:
    data = f"{ISA}TA1*000000101*261106*0930*R*025~IEA*0*000006001~".encode()
    (answer,) = read(data).answers
    assert (answer.interchange, answer.outcome) == ("000000101", Outcome.REJECTED)
    assert answer.reasons == ("The whole file: its control number was used before (025).",)
    accepted = read(data.replace(b"*R*025", b"*A*000"))
    assert (accepted.kind, accepted.answers[0].outcome, accepted.answers[0].reasons) == ("TA1", Outcome.ACCEPTED, ())


def test_a_set_whose_verdict_was_cut_off_is_neither_accepted_nor_rejected() -> None:
    whole = syntax("AK2*837*0001", "IK3*CLM*22**8", "IK5*R*5", "AK9*R*1*1*0")
    said = read(whole[: whole.index(b"IK5")])
    assert said.answers == ()
    assert any("no answer follows" in f.message and f.segment for f in said.findings)


@pytest.mark.parametrize("text", ["", "PK", "hello", "ISA*", text_of([Invented(1).claim(1, "dental")], "dental")])
def test_what_is_no_acknowledgement_answers_nothing(text: str) -> None:
    said = read(text.encode())
    assert (said.kind, said.answers) == ("", ())
    assert said.findings


WHOLES = {
    "277CA": (SAMPLES / "worked.277CA").read_bytes(),
    "999": syntax("AK2*837*0001", "IK3*CLM*22**8", "IK5*R*5", "AK9*R*1*1*0"),
    "TA1": f"{ISA}TA1*000000101*261106*0930*R*025~IEA*0*000006001~".encode(),
    "835": (SAMPLES / "denied_for_images.835").read_bytes(),
    "837D": (SAMPLES / "worked.837D").read_bytes(),
}


@pytest.mark.parametrize("kind", WHOLES)
def test_cut_scrambled_and_doubled_files_are_read_without_a_crash_and_say_where(kind: str) -> None:
    chance, whole = random.Random(20), WHOLES[kind]
    for end in range(len(whole)):
        said = read(whole[:end])
        assert said.answers or said.findings
    for _ in range(300):
        bad = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            bad[chance.randrange(len(bad))] = chance.choice(b"*~:^\x00\xffA9 ")
        read(bytes(bad))
    segments = whole.split(b"~")
    for n in range(len(segments)):
        read(b"~".join([*segments[: n + 1], *segments[n:]]))
        read(b"~".join([*segments[:n], segments[n] + b"*" + b"X" * 100_000, *segments[n + 1 :]]))
    all_of_it = read(whole + whole)
    once = read(whole)
    assert all_of_it.kind == once.kind
    assert len(all_of_it.answers) == 2 * len(once.answers)


def test_a_hostile_file_fills_nothing() -> None:
    flood = syntax("AK2*837*0001", *["IK3*CLM*22**1"] * 5_000, "IK5*R*5", *["AK2*837*0009"] * 5_000, "AK9*R*1*1*0")
    said = read(flood)
    assert len(said.answers[0].reasons) == 50
    assert len(said.findings) <= 200


def test_whatever_a_file_holds_what_is_kept_is_clean_and_short() -> None:
    bad = "\x00\u202e" + "X" * 5_000
    text = (SAMPLES / "worked.277CA").read_text()
    text = text.replace("A2:20:PR", f"A7:{bad}:{bad}").replace("26334D000777", bad).replace("C000101", bad)
    files = [
        text.encode(),
        syntax(f"AK2*837*{bad}", f"IK3*{bad}*{bad}**{bad}", f"IK4*{bad}:{bad}**{bad}", f"IK5*R*{bad}"),
        f"{ISA}TA1*{bad}*{bad}*0930*R*{bad}~IEA*0*000006001~".encode(),
    ]
    for data in files:
        answers = read(data).answers
        assert answers
        for a in answers:
            assert max(map(len, (a.interchange, a.group, a.set_control, a.batch, a.claim, a.payer_control))) <= 60
            assert all(len(c) <= 120 for c in a.codes)
            assert all(len(r) <= 300 for r in a.reasons)
            assert "\x00" not in repr(a).replace("\\x00", "\x00")


def test_a_flood_of_ta1_stops_at_the_most_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claims.edi.acknowledgements.MOST_ANSWERS", 100)
    said = read(f"{ISA}{'TA1*000000101*261106*0930*R*025~' * 500}IEA*0*000006001~".encode())
    assert len(said.answers) == 100
