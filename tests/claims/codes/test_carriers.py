"""Which payer is meant by a name and a number: word for word, the one that fits best, and otherwise a person."""

from __future__ import annotations

import pytest

from claims.codes.carriers import Carrier, Meant, likeness, meant

NAMES = [
    # one name                      another name                         rank
    ("SPECIMEN HEALTH",             "Specimen Health",                   3),
    ("SPECIMEN HEALTH, INC.",       "Specimen Health",                   3),
    ("The Specimen Insurance Co",   "SPECIMEN",                          3),
    ("SPECIMEN",                    "Specimen Dental PPO",               3),
    ("SPECIMEN HEALTH OF OHIO",     "Specimen Health",                   2),
    ("BLUE HARBOR",                 "Blue Harbor Blue Anchor of Maine",  2),
    ("SUMMIT",                      "Summit Life of Ohio",               1),
    ("SUMMIT NORTHERN",             "Summit",                            1),
    ("SUMMIT DENTAL",               "Summit Health",                     0),
    ("SUMMIT NORTHERN",             "Summit Southern",                   0),
    ("SUM",                         "Summit",                            0),
    ("MIT HEALTH",                  "Summit Health",                     0),
    ("DENTAL",                      "Summit Dental",                     0),
    ("DENTAL PLAN INC",             "Summit Dental Plan",                0),
    ("THE PLAN",                    "The Plan",                          3),
    ("",                            "Summit",                            0),
    ("SUMMIT",                      "",                                  0),
    ("O'HARBOR HEALTH",             "OHarbor Health",                    3),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "rank"), NAMES)
def test_names_are_alike_by_whole_words(one: str, other: str, rank: int) -> None:
    assert likeness(one, other)[0] == likeness(other, one)[0] == rank


DENTAL = Carrier(1, "Summit Dental PPO", "10001")
HEALTH = Carrier(2, "Summit Health", "10002")
LIFE = Carrier(3, "Summit Life of Ohio", "10003")
NORTH = Carrier(4, "Summit Life North", "10004")
HARBOR = Carrier(5, "Harbor Mutual", "10005")
TWIN = Carrier(6, "Harbor Dental", "10005")
ANCHOR = Carrier(8, "Harbor Anchor Harbor Shield of Maine", "84980")
EVERY = (DENTAL, HEALTH, LIFE, NORTH, HARBOR, TWIN)

MEANT = {
    "its number": ("", "10002", [DENTAL, HEALTH], Meant((2,), True)),
    "its number, under any name": ("HARBOR", "10002", [DENTAL, HEALTH], Meant((2,), True)),
    "its name, of the right line": ("SUMMIT HEALTH", "", [DENTAL, HEALTH], Meant((2,), True)),
    "its name, under a number that nobody knows": ("SUMMIT HEALTH", "999", [DENTAL, HEALTH], Meant((2,), True)),
    "a part of its name, and no number": ("HARBOR ANCHOR", "", [ANCHOR], Meant((8,), True)),
    "a part of its name, under a number that is not its own": ("HARBOR ANCHOR", "00590", [ANCHOR], Meant((8,))),
    "more than its name, under a number that is not its own": ("SUMMIT HEALTH OF MAINE", "999", [HEALTH], Meant((2,))),
    "a short name that fits two plans": ("SUMMIT", "", [DENTAL, HEALTH], Meant((1, 2))),
    "a short name that is one's, and in another's": ("SUMMIT", "", [HEALTH, LIFE], Meant((2, 3))),
    "a short name that is exactly one's": ("HARBOR", "", [TWIN, Carrier(7, "Harbor", "7")], Meant((7,), True)),
    "a short name that fits one plan of the patient": ("SUMMIT", "", [DENTAL], Meant((1,), True)),
    "the longer name fits better": ("SUMMIT LIFE NORTH", "", [LIFE, NORTH], Meant((4,), True)),
    "part of a name that another payer has, too": ("SUMMIT LIFE", "", [LIFE], Meant((3,))),
    "a single word of a longer name": ("OHIO", "", [LIFE], Meant((3,))),
    "a name that is another payer's": ("HARBOR MUTUAL", "", [DENTAL, HEALTH], Meant()),
    "the number of another payer": ("", "10005", [DENTAL, HEALTH], Meant()),
    "the number of another payer, under a name of ours": ("SUMMIT HEALTH", "10004", [HEALTH], Meant((2,))),
    "a number that two payers have": ("", "10005", [HARBOR, TWIN], Meant((5, 6))),
    "a number that two payers have, and the name": ("HARBOR MUTUAL", "10005", [HARBOR, TWIN], Meant((5,), True)),
    "two plans of the same payer": ("SUMMIT HEALTH", "10002", [HEALTH, HEALTH], Meant((2,), True)),
    "nothing": ("", "", [DENTAL], Meant()),
    "no plan": ("SUMMIT HEALTH", "10002", [], Meant()),
}


@pytest.mark.parametrize("case", MEANT)
def test_the_payer_that_is_meant(case: str) -> None:
    name, number, plans, found = MEANT[case]
    assert meant(name, number, plans, EVERY) == found
