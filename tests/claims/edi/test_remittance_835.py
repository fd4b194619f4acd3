"""Remittance files: what they say, what is wrong in them and where, and that nothing in them can break the reader."""

from __future__ import annotations

import csv
import random
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.codes.adjustments import Adjustment
from claims.codes.denial_causes import Outcome
from claims.edi.remittance_835 import MOST_SETS, CheckAdvice, ClaimAdvice, Finding, RemittanceFileAdvice, read
from documentation.kernel.rule import Cause

SAMPLES = Path(__file__).parent / "samples"
CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "edi"

ISA = "ISA*00*          *00*          *ZZ*99991          *ZZ*HARBORORAL     *261130*0600*^*00501*{0:09}*0*{1}*:"
NAMES = ("N1*PR*EXAMPLE DENTAL PLAN", "REF*2U*99991", "N1*PE*HARBOR ORAL SURGERY*XX*1234567893", "REF*TJ*123456789")
DENIED = (
    "CLP*C1*1*850*0**12*P1",
    "NM1*QC*1*DOE*ALEX****MI*W1",
    "SVC*AD:D0371*850*0**1",
    "DTM*472*20261105",
    "CAS*CO*50*850",
    "REF*6R*C1-1",
    "LQ*HE*N706",
)
PAID = ("CLP*C2*1*850*640*160*12*P2", "SVC*AD:D0371*850*640**1", "CAS*CO*45*50", "CAS*PR*2*160", "AMT*B6*800")


def _set(
    *body: str, amount: str = "0", trace: str = "T1", control: str = "0001", names: tuple[str, ...] = NAMES
) -> str:
    head = (
        f"ST*835*{control}",
        f"BPR*I*{amount}*C*ACH************20261130",
        f"TRN*1*{trace}*1999999991",
        *names,
        "LX*1",
    )
    return "~".join((*head, *body, f"SE*{len(head) + len(body) + 1}*{control}")) + "~"


def _file(*sets: str, number: int = 5001, mark: str = "P") -> bytes:
    head = ISA.format(number, mark) + f"~GS*HP*99991*HARBORORAL*20261130*0600*{number}*X*005010X221A1~"
    return (head + "".join(sets) + f"GE*{len(sets)}*{number}~IEA*1*{number:09}~").encode()


def _one(*body: str, amount: str = "0", **options: str) -> CheckAdvice:
    (check,) = read(_file(_set(*body, amount=amount, **options))).checks
    return check


def _claim(*body: str, amount: str = "0") -> ClaimAdvice:
    (claim,) = _one(*body, amount=amount).claims
    return claim


def _sentences(findings: tuple[Finding, ...]) -> str:
    return "\n".join(str(f) for f in findings)


class TestSamples:
    def test_a_denial_for_missing_images(self) -> None:
        file = read((SAMPLES / "denied_for_images.835").read_bytes())
        (check,) = file.checks
        assert file.all_findings == ()
        assert check.is_sound
        assert check.is_balanced
        assert check.is_postable
        assert check.is_test
        assert check.key == "1999999991|NP2611300001|2026-11-30|0"
        assert (check.trace, check.originator, check.method, check.handling) == (
            "NP2611300001",
            "1999999991",
            "NON",
            "H",
        )
        assert (check.paid_on, check.produced_on) == (date(2026, 11, 30), date(2026, 11, 30))
        assert (check.payer_name, check.payer_identifier) == ("EXAMPLE DENTAL PLAN", "99991")
        assert (check.payee_name, check.payee_npi, check.payee_tax_id) == (
            "HARBOR ORAL SURGERY PLLC",
            "1234567893",
            "123456789",
        )
        (claim,) = check.claims
        assert (claim.segment, claim.patient_control, claim.payer_control) == (15, "C000101", "26334D000777")
        assert (claim.patient_name, claim.member_id, claim.rendering_npi) == ("ALEX DOE", "W123456789", "1987654328")
        assert (claim.service_date, claim.received_on) == (date(2026, 11, 5), date(2026, 11, 7))
        (line,) = claim.lines
        assert (line.segment, line.qualifier, line.code, line.line_control) == (19, "AD", "D0371", "C000101-1")
        assert (line.charge_cents, line.paid_cents, line.allowed_cents, line.units) == (85000, 0, None, Decimal(1))
        assert line.adjustments == (Adjustment("CO", "252", 85000),)
        assert line.remarks == ("N40", "N457")
        answer = claim.classify()
        assert (answer.outcome, answer.cause, answer.denied_cents) == (Outcome.DENIED, Cause.IMAGES, 85000)

    def test_a_payment_after_an_appeal_reverses_the_denial_first(self) -> None:
        (check,) = read((SAMPLES / "paid_after_appeal.835").read_bytes()).checks
        assert check.is_postable
        assert check.amount_cents == 64000
        reversal, corrected = check.claims
        assert reversal.is_reversal
        assert reversal.lines[0].adjustments == (Adjustment("CO", "252", -85000),)
        assert reversal.classify().outcome is Outcome.REVERSAL
        assert (corrected.paid_cents, corrected.patient_share_cents) == (64000, 16000)
        assert corrected.lines[0].allowed_cents == 80000
        assert corrected.classify().outcome is Outcome.PAID
        assert check.balance.difference_cents == 0

    @pytest.mark.parametrize("name", ["denied_for_images.835", "paid_after_appeal.835"])
    def test_a_file_cut_off_anywhere_posts_nothing_that_is_not_whole(self, name: str) -> None:
        data = (SAMPLES / name).read_bytes()
        whole = read(data).checks[0]
        closed = data.index(b"SE*") + len(b"SE*30*0001")
        for length in range(len(data)):
            file = read(data[:length])
            for check in file.checks:
                assert check.is_sound is (length >= closed), length
                if check.is_sound:
                    assert check.claims == whole.claims
            if length < len(data) - 20:
                assert file.all_findings


class TestWhatAFileSays:
    def test_the_reference_denial_keeps_both_codes(self) -> None:
        answer = _claim(*DENIED).classify()
        assert (answer.group, answer.carc, answer.rarcs) == ("CO", "50", ("N706",))
        assert answer.cause is Cause.MEDICAL_NECESSITY

    def test_adjustments_of_claim_and_line_are_kept_apart_and_both_balance(self) -> None:
        claim = _claim(
            "CLP*C1*1*850*500*300*12*P1", "CAS*CO*45*50", "SVC*AD:D0371*850*550", "CAS*PR*1*200**2*100", amount="500"
        )
        assert claim.adjustments == (Adjustment("CO", "45", 5000),)
        assert claim.lines[0].adjustments == (Adjustment("PR", "1", 20000), Adjustment("PR", "2", 10000))
        assert claim.adjusted_cents == 35000
        assert claim.is_balanced

    def test_six_reasons_in_one_segment(self) -> None:
        reasons = "*".join(f"{carc}*10*1" for carc in (1, 2, 3, 45, 96, 97))
        claim = _claim("CLP*C1*1*60*0*30*12*P1", f"CAS*CO*{reasons}")
        assert [a.carc for a in claim.adjustments] == ["1", "2", "3", "45", "96", "97"]

    def test_a_code_that_the_payer_changed(self) -> None:
        claim = _claim("CLP*C1*1*60*40*0*12*P1", "SVC*AD:D0350*60*40**1*AD:D0371", "CAS*CO*45*20", amount="40")
        line = claim.lines[0]
        assert (line.code, line.original_code) == ("D0350", "D0371")
        assert claim.classify().notes == ("Line 1: decided as D0350 instead of D0371.",)

    def test_modifiers_stand_apart_from_the_description(self) -> None:
        line = _claim("CLP*C1*1*60*60**12*P1", "SVC*HC:42699:22:LT:::SALIVARY DUCT*60*60", amount="60").lines[0]
        assert (line.qualifier, line.code, line.modifiers) == ("HC", "42699", ("22", "LT"))
        assert line.units is None

    def test_remarks_of_the_claim_from_moa_and_mia(self) -> None:
        claim = _claim("CLP*C1*1*10*10**12*P1", "MOA***MA01*N1", "MIA*0****N4***************MA04", amount="10")
        assert claim.remarks == ("MA01", "N1", "N4", "MA04")

    def test_the_service_date_comes_from_the_lines_or_else_from_the_claim(self) -> None:
        lines = ("SVC*AD:D0371*5*5", "DTM*472*20261106", "SVC*AD:D0371*5*5", "DTM*150*20261105", "DTM*151*20261109")
        claim = ("CLP*C1*1*10*10**12*P1", "DTM*232*20261101")
        assert _claim(*claim, *lines, amount="10").service_date == date(2026, 11, 5)
        assert _claim(*claim, amount="10").service_date == date(2026, 11, 1)
        assert _claim(claim[0], amount="10").service_date is None

    def test_the_member_is_the_patient_or_else_the_subscriber(self) -> None:
        names = ("NM1*QC*1*DOE*JO", "NM1*IL*1*DOE*ALEX****MI*W9", "NM1*74*1*DOE*JOE****C*W8")
        assert _claim("CLP*C1*1*10*10**12*P1", *names, amount="10").member_id == "W9"
        assert _claim("CLP*C1*1*10*10**12*P1", "NM1*QC*1*DOE*JO****MI*W7", *names[1:], amount="10").member_id == "W7"

    def test_provider_adjustments_are_taken_from_us_when_positive(self) -> None:
        plb = "PLB*1234567893*20261231*WO:26001 A*100*L6*-1.5*FB:X:Y*0"
        check = _one(*PAID, plb, amount="541.5")
        assert check.is_sound
        assert [(p.reason, p.reference, p.cents) for p in check.provider_adjustments] == [
            ("WO", "26001 A", 10000),
            ("L6", "", -150),
            ("FB", "X Y", 0),
        ]
        assert check.provider_adjustments[0].period_end == date(2026, 12, 31)
        assert check.provider_adjustments[0].as_json() == {"reason": "WO", "reference": "26001 A", "cents": 10000}
        assert (check.balance.claims_paid_cents, check.balance.provider_cents) == (64000, 9850)

    def test_a_check_that_takes_back_more_than_it_pays_is_negative(self) -> None:
        check = _one("PLB*1234567893*20261231*WO:1*25.01", amount="-25.01")
        assert check.is_sound
        assert check.amount_cents == -2501

    def test_sets_of_several_interchanges_are_counted_through(self) -> None:
        data = _file(_set(trace="A"), _set(trace="B", control="0002")) + b"\r\n" + _file(_set(trace="C"), number=5002)
        file = read(data)
        assert [i.control for i in file.interchanges] == ["000005001", "000005002"]
        assert [(c.position, c.trace, c.interchange_control) for c in file.checks] == [
            (1, "A", "000005001"),
            (2, "B", "000005001"),
            (3, "C", "000005002"),
        ]
        assert file.segment_count == 35
        assert file.all_findings == ()
        assert (file.interchanges[0].sender, file.interchanges[0].receiver) == ("99991", "HARBORORAL")
        assert not file.interchanges[0].is_test
        assert read(_file(_set(), mark="T")).checks[0].is_test

    @pytest.mark.parametrize("element, component, terminator", [("|", ">", "\n"), ("*", "|", "~\r\n"), ("+", "<", "'")])
    def test_other_separators_say_the_same(self, element: str, component: str, terminator: str) -> None:
        data = _file(_set(*DENIED)).decode()
        other = data.replace(":", component).replace("*", element).replace("~", terminator)
        (first,), (second,) = read(data.encode()).checks, read(other.encode()).checks
        assert first == second  # the digest, too: it does not depend on how the file was written down


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        "data, sentence",
        [
            (b"", "This is no X12 file"),
            (b"%PDF-1.7 \x00\xff", "This is no X12 file"),
            (_file(), "There is no remittance"),
            (_file("ST*999*0001~AK1*HC*1~SE*3*0001~"), "“999” is no remittance (835)"),
        ],
    )
    def test_what_is_no_remittance_has_no_checks_and_says_so(self, data: bytes, sentence: str) -> None:
        file = read(data)
        assert file.checks == ()
        assert not file.is_remittance
        assert sentence in _sentences(file.findings)
        assert any(f.is_fault for f in file.findings)

    def test_another_kind_of_set_is_skipped_and_the_remittance_stands(self) -> None:
        file = read(_file("ST*277*0001~BHT*0085~HL*1~SE*4*0001~", _set(*DENIED, control="0002")))
        assert [c.control for c in file.checks] == ["0002"]
        assert file.checks[0].is_sound
        assert "“277” is no remittance (835). It was left to the reader of acknowledgements." in _sentences(
            file.findings
        )
        assert len(file.findings) == 1

    @pytest.mark.parametrize(
        "old, new, segment, element, sentence",
        [
            ("SE*16*", "SE*17*", 18, 1, "says that it has “17” segments; it has 16"),
            ("SE*16*0001", "SE*16*0009", 18, 2, "begins with number “0001” and ends with “0009”"),
            ("*850*0**12", "*85O*0**12", 11, 3, "“85O” cannot be read"),
            ("*850*0**12", "*850**12", 11, 4, "The amount is missing"),
            ("SVC*AD:D0371*850*0*", "SVC*AD:D0371*850*1*", 13, 3, "The line does not balance: charge $850.00"),
            ("CAS*CO*50*850", "CAS*CO*50*849.99", 13, 3, "is $0.01, but $0.00 was paid"),
            ("CAS*CO*50*850", "CAS*CO*50*850.001", 15, 3, "cannot be read"),
            ("CAS*CO*50*850", "CAS*CO*50", 15, 3, "The amount is missing"),
            ("CAS*CO*50*850", "CAS*CO*123456*850", 15, 2, "longer than five characters"),
            ("BPR*I*0*", "BPR*I*5*", 4, 2, "The check does not balance"),
            ("BPR*I*0*", "BPR*I*x*", 4, 2, "“x” cannot be read"),
            ("*20261130~TRN", "*20261131~TRN", 4, 16, "“20261131” is no date"),
            ("*20261130~TRN", "~TRN", 4, 16, "The payment date nothing is no date"),
            ("TRN*1*T1*", "TRN*1**", 5, 2, "number of the check or transfer is missing"),
            ("TRN*1*T1*", f"TRN*1*{'9' * 51}*", 5, 2, "51 characters; 50 are allowed"),
            ("TRN*1*T1*1999999991", "NTE*1", 3, 0, "no trace number"),
            ("BPR*I*0*C*ACH", "NTE*I*0*C*ACH", 3, 0, "no payment segment"),
            ("LX*1", "BPR*I*0*C*ACH************20261130", 10, 0, "second payment segment"),
            ("LX*1", "TRN*1*T2*1", 10, 0, "second trace number"),
            ("LX*1", "SVC*AD:D0371*1*1", 10, 0, "before any claim"),
            ("LX*1", "CAS*CO*45*1", 10, 0, "before any claim"),
            ("SE*16*0001~", "", 3, 0, "before this set was closed (SE): it is cut off"),
        ],
    )
    def test_a_faulty_set_is_set_aside_with_its_position(
        self, old: str, new: str, segment: int, element: int, sentence: str
    ) -> None:
        faulty = _set(*DENIED)
        assert old in faulty
        file = read(_file(faulty.replace(old, new, 1), _set(*PAID, amount="640", trace="T2", control="0002")))
        first, second = file.checks
        assert not first.is_sound
        assert not first.is_postable
        assert any(
            (f.segment, f.element) == (segment, element) and sentence in f.message and f.is_fault
            for f in first.findings
        ), _sentences(first.findings)
        assert second.is_sound
        assert second.claims[0].paid_cents == 64000

    @pytest.mark.parametrize(
        "old, new, sentence",
        [
            ("CAS*CO*50*", "CAS*ZZ*50*", "group code “ZZ” is not known"),
            ("CAS*CO*50*", "CAS*CO*Z9*", "no wording for reason code Z9"),
            ("CAS*CO*50*", "CAS*CO**", "no reason code"),
            ("CLP*C1*1*", "CLP*C1*77*", "claim status “77” is not known"),
            ("CLP*C1*1*", "CLP**1*", "number that we gave the claim is missing"),
            ("SVC*AD:D0371*850", "SVC*AD:D0371*85", "The lines add up to $85.00, the claim to $850.00"),
            ("DTM*472*20261105", "DTM*472*20261305", "“20261305” is no date"),
            ("LQ*HE*", "ZZZ*HE*", "“ZZZ” is no segment of a remittance"),
            ("*XX*1234567893", "*XX*1234567890", "NPI “1234567890” is not sound"),
            ("*0*C*ACH", "*0*D*ACH", "a debit"),
            ("*1999999991~", "~", "issuer of the trace number"),
        ],
    )
    def test_what_is_odd_is_told(self, old: str, new: str, sentence: str) -> None:
        text = _set(*DENIED)
        assert old in text
        (check,) = read(_file(text.replace(old, new, 1))).checks
        assert sentence in _sentences(tuple(f for f in check.findings if not f.is_fault))

    def test_unknown_codes_are_kept_as_they_came(self) -> None:
        claim = _claim("CLP*C1*77*850*0**12*P1", "SVC*AD:D0371*850*0", "CAS*QQ*Z9*850", "LQ*HE*N99999")
        answer = claim.classify()
        assert (claim.status_code, answer.group, answer.carc, answer.rarcs) == ("77", "QQ", "Z9", ("N99999",))
        assert answer.cause is Cause.OTHER
        assert answer.plain_words == "QQ-Z9. N99999."

    def test_a_word_longer_than_the_standard_is_cut_and_told(self) -> None:
        check = _one("CLP*" + "C" * 300 + "*1*0*0")
        assert len(check.claims[0].patient_control) == 50
        assert not check.is_sound

    @pytest.mark.parametrize(
        "old, new, sentence",
        [
            ("GE*1*", "GE*2*", "The group says that it has “2” sets; it has 1."),
            ("GE*1*5001", "GE*1*5", "The group begins with number “5001” and ends with “5”."),
            ("IEA*1*", "IEA*3*", "The interchange says that it has “3” groups; it has 1."),
            ("IEA*1*000005001", "IEA*1*1", "The interchange begins with number “000005001” and ends with “1”."),
            ("GE*1*5001~", "", "before this group was closed (GE)"),
            ("IEA*1*000005001~", "", "before this interchange was closed (IEA)"),
            ("GE*1*5001~", "GE*1*5001~GE*1*5001~", "The end of a group (GE) without a beginning"),
            ("GE*1", "SE*9*0001~GE*1", "The end of a transaction set (SE) without a beginning"),
            ("GE*1", "N3*STREET~GE*1", "“N3” stands outside of any transaction set"),
        ],
    )
    def test_a_flaw_of_the_envelope_leaves_the_set_alone(self, old: str, new: str, sentence: str) -> None:
        data = _file(_set(*DENIED)).decode()
        assert old in data
        file = read(data.replace(old, new, 1).encode())
        assert file.checks[0].is_sound
        assert sentence in _sentences(file.findings)

    def test_the_same_check_twice_in_a_file_counts_once(self) -> None:
        first, second = read(_file(_set(*DENIED), _set(*DENIED, control="0002"))).checks
        assert first.is_postable
        assert second.is_sound
        assert second.repeats == 1
        assert not second.is_postable
        assert "It counts once." in _sentences(second.findings)
        assert first.digest == second.digest

    def test_the_same_check_with_other_claims_is_a_fault(self) -> None:
        first, second = read(_file(_set(*DENIED), _set(control="0002"))).checks
        assert first.is_postable
        assert not second.is_sound
        assert "with other claims" in _sentences(second.findings)

    def test_a_cut_set_does_not_take_the_place_of_the_whole_one(self) -> None:
        cut = _set(*DENIED).replace("SE*16*0001~", "")
        first, second = read(_file(cut, _set(*DENIED, control="0002"))).checks
        assert not first.is_sound
        assert second.is_postable

    def test_doubled_control_numbers_are_told(self) -> None:
        file = read(_file(_set(*DENIED), _set(*PAID, amount="640", trace="T2")))
        assert all(c.is_postable for c in file.checks)
        assert "The set number “0001” was used before in this group." in _sentences(file.checks[1].findings)
        again = read(_file(_set(trace="A")) + _file(_set(trace="B")))
        assert "The interchange number “000005001” was used before" in _sentences(again.findings)
        assert all(c.is_postable for c in again.checks)

    def test_sets_without_a_number_are_told_apart_by_their_content(self) -> None:
        bare = _set(*DENIED).replace("TRN*1*T1*1999999991~", "").replace("SE*16", "SE*15")
        other = bare.replace("*C1*", "*C9*")
        keys = {c.key for c in read(_file(bare, other)).checks}
        assert len(keys) == 2

    def test_complaints_are_limited_and_faults_are_never_lost_among_notes(self) -> None:
        notes = ["CLP**1*0*0"] * 300
        check = _one(*notes, "CLP*C*1*x*0")
        assert len(check.findings) == 202
        assert not check.is_sound
        assert "100 more findings of this set are not shown." in _sentences(check.findings)


def _index() -> list[dict[str, str]]:
    if not CORPUS.is_dir():
        return []
    with (CORPUS / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if row["file"].startswith("835/")]


class TestCorpus:
    """Real files of others, where the shared corpus lies beside the project."""

    @pytest.fixture(autouse=True)
    def _needs_the_corpus(self) -> None:
        if not CORPUS.is_dir():
            pytest.skip("The shared corpus of real files is not beside this clone; our own samples cover the ground.")

    @pytest.mark.parametrize("row", _index(), ids=lambda row: Path(row["file"]).stem)
    def test_the_counts_are_those_of_the_index(self, row: dict[str, str]) -> None:
        file = read((CORPUS / row["file"]).read_bytes())
        checks, claims = file.checks, list(file.claims)
        assert {
            "isa": len(file.interchanges),
            "sets": len(checks),
            "claims": len(claims),
            "lines": sum(len(c.lines) for c in claims),
            "clp_paid": sum(c.paid_cents for c in claims),
            "bpr": sum(c.amount_cents for c in checks),
            "plb": sum(p.cents for c in checks for p in c.provider_adjustments),
            "denied_status4": sum(c.status_code == "4" for c in claims),
            "reversals": sum(c.is_reversal for c in claims),
            "predeterminations": sum(c.is_predetermination for c in claims),
        } == {
            name: int(row[name])
            for name in ("isa sets claims lines clp_paid bpr plb denied_status4 reversals predeterminations".split())
        }
        # The index looks at the third equation alone: what the claims paid against the check.
        assert all(c.balance.is_check_balanced for c in checks) is (row["balanced"] == "yes")
        assert all(claim.classify() for claim in claims)

    def test_what_is_unsound_in_them_is_named(self) -> None:
        found = {
            Path(row["file"]).name[:3]: [
                (f.segment, f.element) for f in read((CORPUS / row["file"]).read_bytes()).all_findings if f.is_fault
            ]
            for row in _index()
        }
        assert {name: where for name, where in found.items() if where} == {
            "g03": [(4, 16)],  # an impossible payment date
            "g07": [(18, 4)],  # the first claim is a cent off
            "g09": [(98, 3), (98, 4)],  # a claim without amounts
            "g12": [(4, 16), (19, 4)],
        }

    def test_files_that_are_no_remittance_are_read_without_checks(self) -> None:
        others = [p for p in CORPUS.glob("*/*") if p.parent.name != "835"]
        assert len(others) >= 15
        for path in others:
            file = read(path.read_bytes())
            assert file.checks == ()
            assert "There is no remittance" in _sentences(file.findings)


def _all_of(file: RemittanceFileAdvice) -> None:
    """Whatever came out must be whole: properties, classification, sentences."""
    for check in file.checks:
        assert check.key.count("|") >= 3
        assert len(check.key) <= 160
        for claim in check.claims:
            answer = claim.classify()
            assert answer.denied_cents >= 0
            assert (answer.cause is None) == (answer.denied_cents == 0)
    assert "\n" not in "".join(str(f) for f in file.all_findings)


GOOD = _file(
    _set(*DENIED, *PAID, "PLB*1234567893*20261231*WO:26001*100", amount="540"),
    _set(
        "CLP*C3*22*-850*-640*-160*12*P3",
        "SVC*AD:D0371*-850*-640",
        "CAS*CO*45*-50",
        "CAS*PR*2*-160",
        amount="-640",
        trace="T2",
        control="0002",
    ),
)


class TestNothingBreaksIt:
    def test_the_file_that_is_broken_below_is_sound(self) -> None:
        assert all(c.is_postable for c in read(GOOD).checks)

    @pytest.mark.parametrize("step", [7])
    def test_cut_at_every_seventh_byte_or_with_a_piece_missing_or_doubled(self, step: int) -> None:
        for i in range(0, len(GOOD), step):
            _all_of(read(GOOD[:i]))
            _all_of(read(GOOD[i:]))
            _all_of(read(GOOD[:i] + GOOD[i + step :]))
            _all_of(read(GOOD[:i] + GOOD[i : i + 40] * 2 + GOOD[i + 40 :]))

    def test_a_flood_of_sets_is_stopped(self) -> None:
        file = read(_file(*["ST*835*1~"] * (MOST_SETS + 500)))
        assert len(file.checks) == MOST_SETS
        assert len(file.findings) < 10
        assert "The file has more than 10,000 sets." in _sentences(file.findings)
        assert not any(c.is_sound for c in file.checks)

    def test_a_flood_of_headers_is_told_briefly(self) -> None:
        file = read((ISA.format(1, "P") + "~").encode() * 2000)
        assert len(file.interchanges) == 2000
        assert len(file.findings) < 210
        assert "more findings are not shown" in _sentences(file.findings)

    def test_doubled_as_a_whole_posts_once(self) -> None:
        checks = read(GOOD + GOOD).checks
        assert [c.is_postable for c in checks] == [True, True, False, False]

    @given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=12))
    def test_any_bytes_changed(self, changes: list[tuple[int, int]]) -> None:
        data = bytearray(GOOD)
        for place, value in changes:
            data[place] = value
        _all_of(read(bytes(data)))

    @given(st.integers(0, 2**32))
    def test_segments_shuffled_dropped_and_repeated(self, seed: int) -> None:
        chance = random.Random(seed)
        head, *segments = GOOD.decode().split("~")
        picked = [chance.choice(segments) for _ in range(chance.randrange(60))]
        _all_of(read("~".join([head, *picked, ""]).encode()))

    @given(
        st.lists(st.text(max_size=30), max_size=8),
        st.sampled_from(["CLP", "SVC", "CAS", "BPR", "TRN", "PLB", "N1", "NM1", "DTM", "MOA", "LQ", "SE", "GE", "IEA"]),
    )
    def test_any_elements(self, elements: list[str], name: str) -> None:
        segment = "*".join([name, *elements])
        data = _file(_set("CLP*C1*1*0*0", "SVC*AD:D0371*0*0", segment)).decode()
        _all_of(read(data.encode("utf-8", "replace")))

    def test_an_amount_is_changed_by_no_single_digit_unnoticed(self) -> None:
        """Every other digit in any amount of the file upsets one of the equations, or the key of the check."""
        text, keys = GOOD.decode(), {c.key for c in read(GOOD).checks}
        for amount in ("*850*640*", "CAS*CO*50*850", "CAS*PR*2*160", "WO:26001*100", "BPR*I*540", "CAS*CO*45*-50"):
            place = text.index(amount) + len(amount.rstrip("*")) - 1
            assert text[place] == "0"
            file = read((text[:place] + "1" + text[place + 1 :]).encode())
            assert not all(c.is_sound and c.key in keys for c in file.checks), amount
