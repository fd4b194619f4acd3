"""Whether a file names the patient and the day: what scopes write in many ways agrees, another person does not."""

import pytest

from documentation.imaging import Identity
from documentation.imaging.whose import Chart, differences

CHART = Chart("Łucja Maria", "Q", "O'Neil-Doe", ("CH-0042", "P000007"), "1980-02-29", "2026-01-14")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "O'Neil-Doe^Łucja",
        "ONEIL DOE^LUCJA^Q",
        "oneil doe, lucja maria",
        "LUCJA ONEIL DOE",
        "Oneil-Doe^L",
        "Oneil-Doe",
        "Oneil^Doe^Lucja^Q^Dr=欧尼尔",
        "ANONYMOUS",
        "^^^^",
        "=欧尼尔",
    ],
)
def test_the_same_person_in_many_spellings(name):
    assert differences(Identity(name=name), CHART) == ()


@pytest.mark.parametrize("name", ["Roe^Lucja", "Oneil-Doe^Alex", "Doe^Robin", "X^Y", "Oneil-Doe^K"])
def test_another_person(name):
    assert differences(Identity(name=name), CHART) == ("name",)


@pytest.mark.parametrize("number", ["", "CH-0042", "ch0042", "P000007", "p-000007", "0000P000007"])
def test_the_numbers_of_the_practice(number):
    assert differences(Identity(number=number), CHART) == ()


def test_everything_that_contradicts_is_named_in_its_order():
    identity = Identity("Roe^Robin", "CH-0043", "1981-02-28", "2026-01-13")

    assert differences(identity, CHART) == ("name", "number", "birth_date", "study_date")
    assert differences(Identity("Oneil-Doe^Lucja", "CH-0042", "1980-02-29", "2026-01-14"), CHART) == ()


def test_a_date_that_is_none_contradicts_and_a_picture_without_a_header_does_not():
    assert differences(Identity(birth_date="29.2.80"), CHART) == ("birth_date",)
    assert differences(None, CHART) == ()
