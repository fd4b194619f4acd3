"""Real files of others through `import_acknowledgement`: taken in or refused as their nature demands, never a crash.

Where the shared corpus does not lie beside the project, our own samples take its place.
"""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims.edi import acknowledgements, claim_837_read
from claims.edi.x12 import Segments
from claims.models import Acknowledgement, AcknowledgementFile
from documentation.management.base import Refused
from tests import factories as f

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parents[1] / "edi" / "samples"
CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "edi"
KINDS = {"999": "999", "277CA": "277CA", "TA1": "TA1"}
"""What a file of a folder is taken in as; files of any other folder are refused, as they answer nothing."""


def _files() -> list[Path]:
    if not CORPUS.is_dir():
        return sorted(p for p in SAMPLES.iterdir() if p.suffix in (".277CA", ".837D", ".837P", ".835"))
    return sorted(p for folder in ("999", "277CA", "TA1", "837D", "837P") for p in (CORPUS / folder).glob("*"))


FILES = _files()
BYTES = [p.read_bytes() for p in FILES]


def nature(path: Path) -> str:
    return KINDS.get(path.parent.name) or KINDS.get(path.suffix[1:], "")


@pytest.fixture(autouse=True)
def _practice(db: None) -> None:
    f.organization()
    f.user(role="biller")


def taken(*paths: Path) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command("import_acknowledgement", *map(str, paths), json=True, stdout=out, at="2026-11-06T11:00")
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_each_file_is_taken_in_or_refused_as_its_nature_demands(path: Path) -> None:
    if kind := nature(path):
        (told,) = taken(path)
        assert (told["kind"], told["accepted"], told["rejected"]) == (kind, [], [])
        # Nothing of it was sent from here: what it answers of a claim or a set is told as a stranger's, with its place.
        strangers = [found["segment"] for found in told["findings"] if "sent from here" in found["message"]]
        said = acknowledgements.read(path.read_bytes()).answers
        assert strangers == [a.segment for a in said if a.kind != "277CA" or a.claim] != []
        assert all(found["segment"] > 0 for found in told["findings"])
        assert taken(path) == [told]
        assert AcknowledgementFile.objects.count() == 1
    else:
        with pytest.raises(Refused) as caught:
            taken(path)
        assert str(caught.value).startswith(f"{path.name}: ")
        assert "holds no acknowledgement" in str(caught.value)
        assert AcknowledgementFile.objects.count() == 0
    assert Acknowledgement.objects.count() == 0


CLAIMS = [p for p in FILES if not nature(p) and p.suffix != ".835"]


@pytest.mark.parametrize("path", CLAIMS, ids=lambda p: p.stem)
def test_claims_of_others_are_read(path: Path) -> None:
    data = path.read_bytes()
    found = claim_837_read.read(data)
    assert len(found.claims) == sum(1 for s in Segments(data) if s.name == "CLM") > 0
    assert all(one.claim.lines for one in found.claims)


@given(
    data=st.sampled_from(BYTES),
    end=st.floats(0, 1),
    changed=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=3)), max_size=6),
    twice=st.booleans(),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cut_changed_or_doubled_a_file_is_taken_in_or_refused_in_a_sentence(
    data: bytes, end: float, changed: list[tuple[float, bytes]], twice: bool, tmp_path: Path
) -> None:
    broken = bytearray(data[: round(end * len(data))])
    for place, instead in changed:
        at = round(place * len(broken))
        broken[at : at + len(instead)] = instead
    path = tmp_path / "broken.999"
    path.write_bytes(bytes(broken) * (1 + twice))
    refusal = ""
    with transaction.atomic():
        try:
            told = taken(path)
        except Refused as e:
            refusal = str(e)
        kept = AcknowledgementFile.objects.count()
        transaction.set_rollback(True)
    if refusal:
        assert (kept, re.sub(r"^broken\.999: [A-Z].*\.$", "a sentence", refusal)) == (0, "a sentence")
    else:
        assert (kept, told[0]["kind"] in KINDS.values()) == (1, True)
