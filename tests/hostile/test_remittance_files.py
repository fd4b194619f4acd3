"""Hostile answers of payers through the page that takes them in: a sentence with its place, and no row to be posted."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from claims.models import Denial, Remittance, RemittanceFile
from documentation.kernel.permissions import Role
from documentation.models import StoredFile
from documentation.views.once import new_key
from tests import factories as f
from tests.assurance import record
from tests.claims import checks
from tests.hostile.test_uploads import person

pytestmark = pytest.mark.django_db

SOUND = checks.file(checks.check(checks.answer(number="X-1")))


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("a.835", SOUND)
    return out.getvalue()


NONE: dict[str, Callable[[], bytes]] = {
    "a ZIP archive": zipped,
    "a gzip archive": lambda: gzip.compress(SOUND),
    "a web page": lambda: b"<html><script>alert(1)</script>ISA*00*</html>",
    "UTF-16 without its mark": lambda: SOUND.decode().encode("utf-16-le"),
    "separators that are letters": lambda: SOUND.replace(b"*", b"A"),
    "separators that are breaks": lambda: SOUND.replace(b"*", b"\n"),
    "a header cut off": lambda: SOUND[:60],
    "nothing": lambda: b"",
    "zeros": lambda: bytes(5_000),
}
"""No X12 file: refused as a whole, and no row is kept."""
PACKED = "This is no X12 file: it is packed. Unpack it, then take in what it holds."
UNREADABLE = "This is no X12 file: it has no interchange header (ISA) that can be read."
FAULTY: dict[str, Callable[[], bytes]] = {
    "a count of segments that is wrong": lambda: SOUND.replace(b"~SE*", b"~SE*9"),
    "a sum that is wrong": lambda: SOUND.replace(b"BPR*I*640", b"BPR*I*641"),
    "amounts beyond anything": lambda: SOUND.replace(b"BPR*I*640", b"BPR*I*" + b"9" * 400),
    "an amount that is none": lambda: SOUND.replace(b"BPR*I*640", b"BPR*I*NaN"),
    "an exponent": lambda: SOUND.replace(b"BPR*I*640", b"BPR*I*6.4e2"),
    "cut in the middle": lambda: SOUND[: len(SOUND) // 2],
    "a million segments of nothing": lambda: SOUND.replace(b"LX*1~", b"LX*1~" + b"ZZZ*1~" * 200_000),
}
"""A file with something wrong in it: set aside with the place of what is wrong, and posted by nobody."""
NO_AMOUNT = "cannot be read. An amount looks like 850 or 850.00."
SAID = {
    "a count of segments that is wrong": "Segment 16, element 1: The set says that it has “914” segments; it has 14.",
    "a sum that is wrong": "Segment 4, element 2: The check does not balance: claims $640.00 less provider adjustments"
    " $0.00 is not $641.00. Difference $1.00.",
    "amounts beyond anything": f"Segment 4, element 2: The amount “999999999999999999999999999999…” {NO_AMOUNT}",
    "an amount that is none": f"Segment 4, element 2: The amount “NaN” {NO_AMOUNT}",
    "an exponent": f"Segment 4, element 2: The amount “6.4e2” {NO_AMOUNT}",
    "cut in the middle": "Segment 3: The file ends before this set was closed (SE): it is cut off.",
    "a million segments of nothing": "Segment 200016, element 1: The set says that it has “14” segments; it has"
    " 200014.",
}


def hand_in(data: bytes, name: str = "answers.835") -> tuple[int, str]:
    f.organization()
    f.location()
    biller = person(f.user(role=Role.BILLER))
    file = SimpleUploadedFile(name, data)
    answer = biller.post(reverse("remittance_import"), {"chosen": [file], "once": new_key()}, follow=True)
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize("what", NONE)
def test_what_is_no_answer_of_a_payer_leaves_one_sentence_and_no_row(what: str) -> None:
    status, page = hand_in(NONE[what]())
    assert status == 422
    assert (PACKED if what in ("a ZIP archive", "a gzip archive") else UNREADABLE) in page
    assert not Remittance.objects.exists()
    assert not RemittanceFile.objects.exists()
    assert not StoredFile.objects.exists()
    assert "<script>alert" not in page
    record("files_refused", 1)


@pytest.mark.parametrize("what", FAULTY)
def test_a_faulty_answer_is_set_aside_with_its_place_and_nothing_is_posted(what: str) -> None:
    status, page = hand_in(FAULTY[what]())
    check = Remittance.objects.get()
    assert (status, check.problems[0], check.posted_at) == (200, SAID[what], None)
    assert SAID[what].split(": ", 1)[1] in unescape(page)
    assert not Denial.objects.exists()
    record("files_refused", 1)


def test_a_sound_check_in_a_file_without_its_end_is_taken_in_and_the_end_is_missed() -> None:
    status, _ = hand_in(SOUND[: SOUND.index(b"IEA")])
    check = Remittance.objects.get()
    assert (status, check.problems, check.posted_at) == (200, [], None)
    (told,) = RemittanceFile.objects.get().findings
    assert told["message"] == "The file ends before this interchange was closed (IEA)."


@pytest.mark.parametrize("name", ["a<b>.835", "\u202e538.exe", "x" * 300, "../../a.835", "a\r\nb.835"], ids=ascii)
def test_the_name_of_a_file_is_shown_as_text(name: str) -> None:
    file = SimpleUploadedFile("a.835", b"no answer")
    file._name = name
    f.organization()
    answer = person(f.user(role=Role.BILLER)).post(reverse("remittance_import"), {"chosen": [file], "once": new_key()})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<b>.835" not in page
    assert "\u202e" not in page
