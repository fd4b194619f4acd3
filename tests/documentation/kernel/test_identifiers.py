"""Shapes of identifiers: sound ones pass, the usual slips do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documentation.kernel import identifiers as i


@pytest.mark.parametrize("npi", ["1234567893", "1245319599", "1987654328", "1000000004"])
def test_sound_npis(npi: str) -> None:
    assert i.npi_problem(npi) == ""


@pytest.mark.parametrize(
    ("npi", "sentence"),
    [
        ("1234567890", "check digit"),
        ("2345678901", "check digit"),
        ("3234567893", "begins with 1 or 2"),
        ("123456789", "ten digits"),
        ("12345678931", "ten digits"),
        ("123456789３", "ten digits"),
        ("1234567893\n", "ten digits"),
        (" 234567893", "ten digits"),
        ("", "ten digits"),
    ],
)
def test_faulty_npis(npi: str, sentence: str) -> None:
    assert sentence in i.npi_problem(npi)


@given(st.integers(0, 10**8 - 1), st.integers(0, 9))
def test_one_check_digit_of_ten_fits_and_one_wrong_digit_is_found(stem: int, place: int) -> None:
    body = f"1{stem:08d}"
    (sound,) = [body + d for d in "0123456789" if not i.npi_problem(body + d)]
    others = [sound[:place] + d + sound[place + 1 :] for d in "0123456789" if d != sound[place]]
    assert all(i.npi_problem(other) for other in others)


@pytest.mark.parametrize(
    ("check", "sound", "faulty"),
    [
        (i.tax_id_problem, ["123456789", "010000000"], ["12-3456789", "000000000", "12345678", "", "1234567890"]),
        (i.zip_problem, ["98101", "981010001"], ["9810", "98101-0001", "981010", "ABCDE", "98101\n"]),
        (i.phone_problem, ["2065550142"], ["1065550142", "2061550142", "206-555-0142", "20655501", "+12065550142"]),
        (i.taxonomy_problem, ["1223S0112X"], ["1223S0112", "1223s0112X", "1223S01122", "X223S0112X"]),
        (i.state_problem, ["WA", "PR", "AE"], ["wa", "Washington", "XX", ""]),
        (
            i.icd10_problem,
            ["K11.8", "K11", "M35.00", "S01.5XXA", "C4A.0"],
            ["K118", "k11.8", "K11.", "U07.1", "K11.12345", ""],
        ),
        (i.cdt_problem, ["D0371", "D9999"], ["0371", "d0371", "D371", "D03711", "D037A"]),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_shapes(check, sound: list[str], faulty: list[str]) -> None:
    assert [v for v in sound if check(v)] == []
    assert [v for v in faulty if not check(v)] == []


def test_a_problem_is_a_sentence() -> None:
    checks = (i.npi_problem, i.tax_id_problem, i.zip_problem, i.phone_problem, i.taxonomy_problem, i.state_problem)
    for check in (*checks, i.icd10_problem, i.cdt_problem):
        sentence = check("?")
        assert sentence[0].isupper()
        assert sentence.endswith(".")
