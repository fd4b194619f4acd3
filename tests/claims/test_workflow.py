"""The one word for a claim, over every combination of its four states."""

from itertools import product

import pytest

from claims.workflow import WORD_LABELS, Adjudication, ClaimWord, Closing, Preparation, Transport, word_of

W = ClaimWord
EVERY = list(product(Preparation, Transport, Adjudication, Closing, (False, True), (False, True)))


def word(p: str, t: str, a: str, c: str, denial: bool = False, appeal: bool = False) -> ClaimWord:
    return word_of(p, t, a, c, has_open_denial=denial, has_open_appeal=appeal)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("draft", "none", "none", "open"), W.DRAFT),
        (("ready", "none", "none", "open"), W.READY),
        (("held", "none", "none", "open"), W.NEEDS_ATTENTION),
        (("ready", "sent", "none", "open"), W.SUBMITTED),
        (("ready", "accepted", "none", "open"), W.SUBMITTED),
        (("ready", "accepted", "pended", "open"), W.SUBMITTED),
        (("ready", "rejected", "none", "open"), W.NEEDS_ATTENTION),
        (("draft", "rejected", "none", "open"), W.NEEDS_ATTENTION),
        (("ready", "accepted", "paid", "open"), W.PAID),
        (("ready", "accepted", "partly_paid", "open"), W.PAID),
        (("ready", "accepted", "patient_share", "open"), W.PAID),
        (("ready", "accepted", "denied", "open"), W.DENIED),
        (("ready", "accepted", "paid", "closed"), W.PAID),
        (("ready", "accepted", "denied", "written_off"), W.DENIED),
        (("ready", "accepted", "partly_paid", "open", True), W.DENIED),
        (("ready", "accepted", "denied", "open", True, True), W.APPEAL),
        (("ready", "accepted", "partly_paid", "open", True, True), W.APPEAL),
    ],
    ids=lambda v: "-".join(map(str, v)) if isinstance(v, tuple) else v,
)
def test_the_word(states: tuple, expected: ClaimWord) -> None:
    assert word(*states) is expected


def test_what_a_person_must_act_on_comes_first() -> None:
    for p, t, a, c, denial, appeal in EVERY:
        found = word(p, t, a, c, denial, appeal)
        if appeal:
            assert found is W.APPEAL
        elif denial:
            assert found is W.DENIED
        else:
            assert found is not W.APPEAL


def test_a_word_needs_its_ground() -> None:
    """No claim is called paid, denied, submitted or ready that is not."""
    for p, t, a, c, denial, appeal in EVERY:
        match word(p, t, a, c, denial, appeal):
            case W.PAID:
                assert a in ("paid", "partly_paid", "patient_share")
            case W.DENIED:
                assert denial or a == "denied"
            case W.SUBMITTED:
                assert t in ("sent", "accepted")
                assert a in ("none", "pended")
            case W.READY:
                assert p == "ready"
                assert t in ("none", "rejected")
            case W.DRAFT:
                assert p == "draft"
            case W.NEEDS_ATTENTION:
                assert p == "held" or t == "rejected"


def test_every_word_is_used_and_has_its_label_and_tone() -> None:
    assert {word(*states) for states in EVERY} == set(W) == set(WORD_LABELS)
    assert len({label for label, _ in WORD_LABELS.values()}) == len(W)
