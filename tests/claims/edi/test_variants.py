"""Every way in which a claim leaves is sound by the guides' own patterns, and says what was put in."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from claims.edi import claim_837_read
from claims.edi.claim_of_facts import CannotWrite, Sending, electronic_claim
from claims.edi.electronic import ElectronicClaim
from tests.claims.edi.claims_837 import text_of
from tests.claims.edi.structure import faults
from tests.claims.edi.variants import AFTER_TWO, FIRST, SECOND, VARIANTS

ORACLE = Path(__file__).resolve().parents[4] / "shared" / "tools" / "x12_oracle.py"
SENT = Sending("C000101", attachment="DUC00000101", note="Left duct.")


def made(name: str, control: str = "C000101") -> ElectronicClaim:
    facts, sending = VARIANTS[name]
    return electronic_claim(facts, replace(SENT, control=control, **sending)).claim


@pytest.mark.parametrize("name", VARIANTS)
def test_each_variant_is_sound_and_reads_back_as_it_was(name: str) -> None:
    claim = made(name)
    text = text_of([claim], claim.kind)
    assert faults(text) == []
    found = claim_837_read.read(text.encode())
    assert found.findings == ()
    assert [f.claim for f in found.claims] == [claim]


@pytest.mark.parametrize("kind", ["dental", "medical"])
def test_all_of_them_go_into_one_file(kind: str) -> None:
    claims = [made(name, f"C{n:06d}") for n, name in enumerate(VARIANTS)]
    claims = [claim for claim in claims if claim.kind == kind]
    text = text_of(claims, kind)
    assert faults(text) == []
    assert [f.claim for f in claim_837_read.read(text.encode()).claims] == claims


@pytest.mark.parametrize(
    ("name", "segments"),
    [
        ("corrected", ["CLM*C000101*850***11:B:7*Y*A*Y*Y~", "REF*F8*26334D000777~"]),
        ("void", ["CLM*C000101*850***11:B:8*Y*A*Y*Y~", "REF*F8*26334D000777~"]),
        ("predetermination", ["CLM*C000101*850***11:B:1*Y*A*Y*Y**********PB~"]),
        ("prior authorization and predetermination", ["REF*G3*PD20260912~\nREF*G1*AUTH556677~"]),
        ("corrected with every number", ["REF*G3*PD20260912~\nREF*F8*ICN1~\nREF*G1*AUTH556677~"]),
        ("child", ["HL*2*1*22*1~\nSBR*P**GRP5501******CI~", "HL*3*2*23*0~\nPAT*19~"]),
        ("other relation", ["PAT*G8~"]),
        ("papers on request", ["PWK*OZ*AA~"]),
        ("by fax", ["PWK*OZ*FX***AC*DUC00000101~"]),
        ("every paper", [f"PWK*{kind}*EL***AC*DUC00000101~" for kind in ("OZ", "DG", "RB", "RR", "EB", "B4")]),
        ("area, units and modifiers", ["SV3*AD:D0330:22:LT*199**10**2*****1~"]),
        ("by report", ["SV3*AD:D0999:::::ATTEMPT, THE DUCT WAS NOT ENTERED*850****1*****1~"]),
        ("nothing charged", ["CLM*C000101*0*"]),
        ("filing indicator of the payer", ["SBR*P*18*GRP5501******BL~"]),
        ("out of network", ["CLM*C000101*850***11:B:1*Y*C*Y*Y~"]),
        ("no assignment of benefits", ["*Y*A*N*I~"]),
        ("one paper, as the payer takes one", ["DTP*472*D8*20261105~\nPWK*OZ*EL***AC*DUC00000101~\nNTE"]),
        ("names with separators and marks", ["NM1*IL*1*O NEIL*LUKASZ****MI*W123456789~"]),
        ("medical second plan", ["SBR*S*18*", "AMT*D*100~", "SVD*77771*100*HC:", "REF*F8*D-9~"]),
        ("second plan corrected", ["11:B:7*", "REF*F8*ICN2~", "SVD*88881*600*"]),
        ("medicare", ["******MB~"]),
        ("medicaid", ["******MC~"]),
        ("in a surgery center", ["***24:B:1*", "NM1*77*2*EXAMPLE SURGERY CENTER*****XX*1003000126~"]),
        ("second plan, answer by line", [
            "SBR*S*18*GRP5501******CI~", "SBR*P*18*MED7700******CI~\nAMT*D*600~\nAMT*EAF*200~\nOI***Y***Y~",
            "SVD*88881*600*AD:D0371**1~\nCAS*CO*45*50~\nCAS*PR*2*200~\nDTP*573*D8*20261105~",
        ]),
        ("second plan, answer for the claim", ["CAS*CO*45*50~\nCAS*PR*2*200~\nAMT*D*600~"]),
    ],
)  # fmt: skip
def test_each_variant_says_what_makes_it_one(name: str, segments: list[str]) -> None:
    claim = made(name)
    text = text_of([claim], claim.kind)
    assert [s for s in segments if s not in text] == []


def test_every_variant_passes_the_strict_oracle(tmp_path: Path) -> None:
    """An acceptance test of its own, which shares nothing with the program; where pyx12 is there, it asks that, too."""
    if not ORACLE.is_file():
        pytest.skip("The oracle is not beside this clone; the checker of these tests covers the ground.")
    claims = [made(name, f"C{n:06d}") for n, name in enumerate(VARIANTS)]
    together = [[claim for claim in claims if claim.kind == kind] for kind in ("dental", "medical")]
    names = [*VARIANTS, "all dental", "all medical"]
    for n, some in enumerate([*([claim] for claim in claims), *together]):
        (tmp_path / f"{n:02d}.837").write_text(text_of(some, some[0].kind))
    pyx12 = [] if find_spec("pyx12") else ["--no-pyx12"]
    files = sorted(map(str, tmp_path.iterdir()))
    told = subprocess.run([sys.executable, ORACLE, *pyx12, *files], capture_output=True, text=True, check=False)
    found = dict(zip(names, re.split(r"^(?=OK |BAD )", told.stdout, flags=re.M)[1:], strict=True))
    assert {name: said for name, said in found.items() if not said.startswith("OK ")} == {}
    assert told.returncode == 0, told.stderr


def test_a_third_plan_is_told_what_both_others_answered() -> None:
    claim = made("third plan")
    assert claim.plan.responsibility == "T"
    told = [(o.plan.responsibility, o.plan.payer_id, o.paid_cents, o.left_cents) for o in claim.others]
    assert told == [("P", "88881", 60_000, 20_000), ("S", "77771", 12_000, 8_000)]
    (line,) = claim.lines
    assert [(a.payer_id, a.paid_cents, sum(t.cents for t in a.taken)) for a in line.answers] == [
        ("88881", 60_000, 25_000), ("77771", 12_000, 73_000),
    ]  # fmt: skip


def test_a_third_plan_that_lacks_an_answer_goes_on_paper() -> None:
    for facts, said in (
        (replace(AFTER_TWO, earlier=()), "not all of them are posted"),
        (replace(AFTER_TWO, primary=None), "not all of them are posted"),
        (replace(AFTER_TWO, earlier=(replace(FIRST, payer_id=SECOND.payer_id),)), "cannot tell them apart"),
        (replace(AFTER_TWO, earlier=(replace(FIRST, paid_cents=1),)), "does not add up"),
        (replace(AFTER_TWO, other_coverages=AFTER_TWO.other_coverages[:1]), "among the patient's plans any more"),
    ):
        with pytest.raises(CannotWrite, match=said):
            electronic_claim(facts, SENT)


def test_the_patterns_take_nothing_more_and_nothing_out_of_its_place() -> None:
    """So that they can be believed: a segment with elements more, without its last, or before its turn, is seen."""
    passed = []
    for name in ("third plan of a dependent", "medical with every paper", "every paper", "predetermination"):
        claim = made(name)
        rows = text_of([claim], claim.kind).rstrip("\n").split("\n")
        for n in range(3, len(rows) - 3):
            longer = [*rows[:n], rows[n].replace("~", "*X*X*X~"), *rows[n + 1 :]]
            empty = [*rows[:n], re.sub(r"\*[^*~]*~", "*~", rows[n]), *rows[n + 1 :]]
            turned = [*rows[:n], rows[n + 1], rows[n], *rows[n + 2 :]]
            same = rows[n].split("*")[:1] == rows[n + 1].split("*")[:1]
            tries = [longer, empty] if same else [longer, empty, turned]
            passed += [(name, n, rows[n]) for text in tries if not faults("\n".join(text) + "\n")]
    assert passed == []
