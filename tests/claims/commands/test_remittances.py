"""import_remittance and rebuild_summaries as other programs call them."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from claims.models import (
    Claim,
    ClaimFigures,
    Coverage,
    Denial,
    FiguresCheck,
    FiguresSum,
    Remittance,
    RemittanceFile,
    RuleOffer,
)
from documentation.management.base import Refused
from documentation.models import Organization
from tests import factories as f
from tests.claims import answered, checks
from tests.claims.checks import answer, check, file

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parents[1] / "edi" / "samples"
CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "edi"
AT = "2026-12-24"
Data = dict[str, Any]


@pytest.fixture(autouse=True)
def _practice(db: None) -> None:
    f.organization()
    f.user(role="biller")
    f.location()


def run(name: str, *args: Any, **options: Any) -> list[Data]:
    out = io.StringIO()
    known = {"at": AT} if name == "import_remittance" else {}
    call_command(name, *map(str, args), json=True, stdout=out, **known, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def refused(*args: Any, name: str = "import_remittance", **options: Any) -> tuple[list[Data], str]:
    """What is printed all the same, and the sentence."""
    out = io.StringIO()
    known = {"at": AT} if name == "import_remittance" else {}
    with pytest.raises(Refused) as caught:
        call_command(name, *map(str, args), json=True, stdout=out, **known, **options)
    assert caught.value.returncode == 1
    return [json.loads(line) for line in out.getvalue().splitlines()], str(caught.value)


def sent(**known: Any) -> Claim:
    row = answered.claim(f.SERVICE_DATE, transport="sent", **known)
    answered.sent(row, f.TODAY)
    if known.get("pk") == 101:  # the claim that the worked files answer
        Coverage.objects.filter(pk=row.coverage_id).update(member_id="W123456789")
    return row


def kept(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


class TestImport:
    def test_it_prints_the_file_its_checks_and_its_findings(self) -> None:
        sent(pk=101)
        (line,) = run("import_remittance", SAMPLES / "denied_for_images.835")
        assert line == {
            "file": "denied_for_images.835",
            "checks": [
                {
                    "trace": "NP2611300001",
                    "payer": "EXAMPLE DENTAL PLAN",
                    "amount": "0.00",
                    "claims": 1,
                    "matched": 1,
                    "unmatched": 0,
                    "balanced": True,
                    "posted": False,
                    "already": False,
                }
            ],
            "findings": [],
        }
        assert Claim.objects.get().adjudication == "none"

    def test_post_posts_once_and_the_same_file_again_posts_nothing(self) -> None:
        sent(pk=101)
        (first,) = run("import_remittance", SAMPLES / "denied_for_images.835", post=True)
        assert [(c["posted"], c["already"]) for c in first["checks"]] == [(True, False)]
        assert Claim.objects.get().word == "denied"
        (again,) = run("import_remittance", SAMPLES / "denied_for_images.835", post=True)
        assert [(c["posted"], c["already"]) for c in again["checks"]] == [(False, True)]
        assert Denial.objects.count() == 1

    def test_what_was_only_taken_in_can_be_posted_by_the_next_run(self) -> None:
        sent(pk=101)
        run("import_remittance", SAMPLES / "denied_for_images.835")
        (line,) = run("import_remittance", SAMPLES / "denied_for_images.835", post=True)
        assert [(c["posted"], c["already"]) for c in line["checks"]] == [(True, True)]

    def test_several_files_are_a_line_each(self) -> None:
        sent(pk=101)
        lines = run("import_remittance", *sorted(SAMPLES.glob("*.835")), post=True)
        assert [line["file"] for line in lines] == ["denied_for_images.835", "paid_after_appeal.835"]
        assert [c["amount"] for line in lines for c in line["checks"]] == ["0.00", "640.00"]
        claim = Claim.objects.get()
        assert (claim.word, claim.figures.paid) == ("paid", 640)

    def test_the_faulty_set_is_told_with_its_place_and_the_sound_one_is_posted(self, tmp_path: Path) -> None:
        bad, good = sent(), sent()
        data = file(check(answer(bad), trace="A", amount="1"), check(answer(good), trace="B", control="0002"))
        (line,) = run("import_remittance", kept(tmp_path, "two.835", data), post=True)
        assert [(c["trace"], c["balanced"], c["posted"]) for c in line["checks"]] == [
            ("A", False, False),
            ("B", True, True),
        ]
        (finding,) = line["findings"]
        assert list(finding) == ["segment", "element", "message"]
        assert (finding["segment"], finding["element"]) == (4, 2)
        assert "balance" in finding["message"]
        assert [Claim.objects.get(pk=c.pk).adjudication for c in (bad, good)] == ["none", "paid"]

    def test_a_foreign_check_is_shown_and_not_posted(self, tmp_path: Path) -> None:
        claim = sent()
        data = file(check(answer(claim), npi="1457312068"))
        (line,) = run("import_remittance", kept(tmp_path, "foreign.835", data), post=True)
        assert [(c["matched"], c["posted"]) for c in line["checks"]] == [(1, False)]
        assert Remittance.objects.get().is_foreign

    def test_unmatched_answers_are_counted(self, tmp_path: Path) -> None:
        data = file(check(answer(sent()), answer(number="4471"), answer(number="4472")))
        (line,) = run("import_remittance", kept(tmp_path, "some.835", data))
        assert [(c["claims"], c["matched"], c["unmatched"]) for c in line["checks"]] == [(3, 1, 2)]

    @pytest.mark.parametrize(
        "data", [b"", b"no x12", b"\x00\xff" * 400, b"ISA*00*", "Zahlung für Müller".encode("utf-16")]
    )
    def test_what_is_no_835_is_refused_and_posts_nothing(self, tmp_path: Path, data: bytes) -> None:
        lines, sentence = refused(kept(tmp_path, "x.835", data), post=True)
        assert lines == []
        assert sentence.startswith("x.835: This file holds no remittance")
        assert not RemittanceFile.objects.exists()

    def test_one_bad_file_does_not_stop_the_others(self, tmp_path: Path) -> None:
        sent(pk=101)
        lines, sentence = refused(
            tmp_path / "missing.835", SAMPLES / "denied_for_images.835", tmp_path, kept(tmp_path, "x", b"x"), post=True
        )
        assert [line["file"] for line in lines] == ["denied_for_images.835"]
        assert lines[0]["checks"][0]["posted"]
        assert [told.split(":")[0] for told in sentence.splitlines()] == ["missing.835", tmp_path.name, "x"]

    def test_in_a_real_practice_somebody_is_named(self) -> None:
        Organization.objects.update(is_demo=False)
        with pytest.raises(Refused, match="name the person"):
            call_command("import_remittance", str(SAMPLES / "denied_for_images.835"))
        clinician = f.user(role="clinician")
        with pytest.raises(Refused, match=r"remittance\.post"):
            call_command("import_remittance", str(SAMPLES / "denied_for_images.835"), users=[clinician.username])


def index() -> list[dict[str, str]]:
    if not CORPUS.is_dir():
        return []
    with (CORPUS / "INDEX.tsv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, delimiter="\t"))


class TestCorpus:
    """Real files of others, where the shared corpus lies beside the project."""

    @pytest.fixture(autouse=True)
    def _needs_the_corpus(self) -> None:
        if not CORPUS.is_dir():
            pytest.skip("The shared corpus of real files is not beside this clone; our own samples cover the ground.")

    @pytest.mark.parametrize("row", [r for r in index() if r["file"].startswith("835/")], ids=lambda r: r["file"][4:7])
    def test_the_counts_are_those_of_the_index_and_a_second_time_nothing_is_posted(self, row: dict[str, str]) -> None:
        (line,) = run("import_remittance", CORPUS / row["file"], post=True)
        given = line["checks"]
        assert len(given) == int(row["sets"])
        assert sum(c["claims"] for c in given) == int(row["claims"])
        assert sum(Decimal(c["amount"]) for c in given) * 100 == int(row["bpr"])
        assert all(c["claims"] == c["unmatched"] and not c["matched"] for c in given)
        if row["balanced"] == "no":
            assert not all(c["balanced"] for c in given)
            assert line["findings"]
        assert not Claim.objects.exists()
        (again,) = run("import_remittance", CORPUS / row["file"], post=True)
        assert all(c["already"] and not c["posted"] for c in again["checks"])
        assert [{**c, "already": 0, "posted": 0} for c in again["checks"]] == [
            {**c, "already": 0, "posted": 0} for c in given
        ]

    def test_files_that_are_no_remittance_are_refused(self) -> None:
        others = [CORPUS / r["file"] for r in index() if not r["file"].startswith("835/")]
        assert len(others) >= 15
        lines, sentences = refused(*others, post=True)
        assert lines == []
        assert len(sentences.splitlines()) == len(others)
        assert not Remittance.objects.exists()


class TestRebuildSummaries:
    @pytest.fixture
    def claims(self) -> list[Claim]:
        rows = [sent(), sent()]
        user = f.user(role="biller")
        for n, row in enumerate(rows):
            at = answered.moment(date(2026, 12, 1))
            checks.post(answer(row, checks.DENIED), by=user, at=at, trace=f"T{n}")
        return rows

    def test_all_is_true(self, claims: list[Claim]) -> None:
        assert run("rebuild_summaries", check=True) == [{"rows": 2, "differences": 0}]
        kept = FiguresCheck.objects.latest("pk")
        assert (kept.claims, kept.differences) == (2, 0)
        assert run("rebuild_summaries") == [{"rows": 2, "differences": 0}]

    def test_a_difference_is_told_kept_by_check_and_mended_without(self, claims: list[Claim]) -> None:
        ClaimFigures.objects.filter(claim=claims[0]).update(at_risk=Decimal(1), first_cause="coding")
        out = io.StringIO()
        with pytest.raises(Refused, match="The figures of 1 claim are not"):
            call_command("rebuild_summaries", check=True, json=True, stdout=out)
        assert json.loads(out.getvalue()) == {"rows": 2, "differences": 1}
        assert ClaimFigures.objects.get(claim=claims[0]).at_risk == 1
        assert run("rebuild_summaries") == [{"rows": 2, "differences": 1}]
        assert ClaimFigures.objects.get(claim=claims[0]).at_risk == 850
        assert run("rebuild_summaries", check=True) == [{"rows": 2, "differences": 0}]

    def test_months_whose_sums_are_wrong_are_called_months(self, claims: list[Claim]) -> None:
        FiguresSum.objects.filter(pk=FiguresSum.objects.latest("pk").pk).update(sent=7)
        with pytest.raises(Refused, match=r"The sums of 1 month are not what a recount gives\."):
            call_command("rebuild_summaries", check=True, json=True, stdout=io.StringIO())
        kept = FiguresCheck.objects.latest("pk")
        assert (kept.differences, kept.months, kept.is_true) == (0, 1, False)

    def test_each_night_the_figures_are_checked_and_a_rule_is_looked_for(self, claims: list[Claim]) -> None:
        # The files of these claims were never written, which two other steps say.
        (night,), _ = refused(name="nightly")
        said = {step["name"]: (step["outcome"], step["said"]) for step in night["steps"]}
        assert said["figures"] == ("done", "2 claims counted, no difference.")
        assert said["rule"] == ("done", "No rule is proposed.")
        assert (FiguresCheck.objects.count(), RuleOffer.objects.count()) == (1, 1)
        ClaimFigures.objects.filter(claim=claims[0]).update(at_risk=Decimal(1))
        assert "A recount does not give the figures of 1 claim" in refused(name="nightly")[1]
        assert ClaimFigures.objects.get(claim=claims[0]).at_risk == 1

    def test_an_empty_practice_has_none(self) -> None:
        assert run("rebuild_summaries", check=True) == [{"rows": 0, "differences": 0}]
