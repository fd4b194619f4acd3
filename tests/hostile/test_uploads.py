"""Files of the corpora, polyglots and bombs through the doors that people use: clean, or refused without a trace."""

from __future__ import annotations

import csv
import io
import re
import resource
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from claims.models import Evidence, Submission
from documentation.kernel.permissions import Role
from documentation.models import EncounterImage, StoredFile
from documentation.services import files
from documentation.views.once import new_key
from tests import factories as f
from tests.assurance import record
from tests.claims import papers
from tests.dicoms import dicom, gradient
from tests.hostile import bombs

pytestmark = pytest.mark.django_db

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
SCRIPT = {"HX-Request": "true"}
ON_RECORD = {"AuditEvent", "ActionKey", "Session", "UserSession"}
"""What is written down of a request even where it is refused."""


def rows(*folders: str) -> list[dict[str, str]]:
    found = []
    for folder in folders:
        table = CORPUS / folder / "INDEX.tsv"
        if table.exists():
            lines = csv.DictReader(table.read_text("utf-8").splitlines(), delimiter="\t")
            found += [row | {"path": f"{folder}/{row['file']}"} for row in lines]
    return found


def jpeg(**options: Any) -> bytes:
    out = io.BytesIO()
    from PIL import Image

    Image.fromarray(gradient(120, 160)).save(out, "JPEG", **options)
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("run.js", "alert(1)")
    return out.getvalue()


PHP = b"<?php phpinfo(); ?>"
PAGE = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
POLYGLOTS: dict[str, tuple[Callable[[], bytes], tuple[bytes, ...]]] = {
    "photo.php.jpg": (lambda: jpeg(comment=PHP) + PHP, (b"<?php",)),
    "photo.zip.jpg": (lambda: jpeg() + archive(), (b"PK\x03\x04", b"run.js")),
    "photo.html.jpg": (lambda: jpeg(comment=PAGE) + PAGE, (b"<script", b"<html")),
    "jpeg2000.dcm": (lambda: dicom(gradient(), packed="jpeg2000") + archive() + PHP, (b"PK\x03\x04", b"<?php")),
    "mz.dcm": (lambda: b"MZ" + b"\x90" * 126 + dicom(gradient())[128:], (b"MZ\x90",)),
}
"""Pictures that are something else, too: taken, and their derivatives are pictures alone."""
NO_PICTURES = {
    "script.gif": lambda: b"GIF89a/*\x01\x00" + bytes(8) + b"*/=1;alert(1);//",
    "drawing.png": lambda: SVG,
    "page.jpg": lambda: PAGE,
    "page.pdf": lambda: PAGE,
    "empty.jpg": lambda: b"",
    "program.jpg": lambda: b"MZ" + bytes(500),
    "archive.png": archive,
}
HIDDEN = (b"GPSLatitude", b"DOE^JANE", b"xmpmeta", b"Photoshop", b"Exif\0\0MM\0*\0\0\0\x08\0\x09", b"Invented Scopes")


# --- The doors ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class House:
    """A record and a claim to which files can be added, and who adds them."""

    encounter: Any
    claim: Any
    submission: Any
    packet: Any
    clinician: Client
    biller: Client
    manager: Client
    phone: Client


def person(user: Any) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.fixture(scope="module")
def built_once(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Iterator[House]:
    """One house for all tests of this file; what a test brings into it is taken back."""
    folder = tmp_path_factory.mktemp("house")
    (folder / "passing").mkdir()
    with (
        pytest.MonkeyPatch.context() as patch,
        override_settings(MEDIA_ROOT=folder / "media"),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        (folder / "media").mkdir()
        patch.setattr(tempfile, "tempdir", str(folder / "passing"))
        yield _house()
        transaction.set_rollback(True)


@pytest.fixture
def house(built_once: House, db: None) -> House:
    return built_once


def _house() -> House:
    f.organization()
    biller, draft = f.user(role=Role.BILLER), f.drafted(with_images=False)
    sent = f.submission(by=biller)
    packet = sent.packet
    clinician, manager = person(draft.clinician.user), person(f.user(role=Role.MANAGER))
    return House(draft, sent.claim, sent, packet, clinician, person(biller), manager, _phone_of(clinician, draft))


def _phone_of(clinician: Client, encounter: Any) -> Client:
    """A phone that opened the link to a record."""
    shown = clinician.post(
        reverse("phone_link", args=[encounter.pk]), {"once": new_key()}, headers={"Host": "localhost"}
    )
    token = re.search(r"/phone/#([\w-]{43})", shown.content.decode())
    assert token
    phone = Client(raise_request_exception=False)
    phone.post(reverse("phone_open"), {"token": token[1]})
    return phone


Door = Callable[[House, SimpleUploadedFile], Any]


def _image(house: House, file: SimpleUploadedFile) -> Any:
    url = reverse("image_add", args=[house.encounter.pk])
    return house.clinician.post(url, {"images": [file], "once": new_key()}, headers=SCRIPT)


def _phone(house: House, file: SimpleUploadedFile) -> Any:
    return house.phone.post(reverse("phone_add"), {"images": [file]})


PICTURE_DOORS: dict[str, Door] = {"picture": _image, "phone": _phone}


def _biller(name: str, key: Callable[[House], list[Any]], field: str, **values: Any) -> Door:
    def door(house: House, file: SimpleUploadedFile) -> Any:
        return house.biller.post(reverse(name, args=key(house)), {**values, field: file, "once": new_key()})

    return door


def _manager(name: str) -> Door:
    def door(house: House, file: SimpleUploadedFile) -> Any:
        return house.manager.post(reverse(name), {"file": file, "once": new_key()})

    return door


DAY = f.SERVICE_DATE.isoformat()
TODAY = f.TODAY.isoformat()
PAPER_DOORS: dict[str, Door] = {
    "evidence": _biller(
        "evidence_add", lambda h: [h.claim.pk], "file", kind="prior_imaging", title="Ultrasound", dated_on=DAY
    ),
    "document of a visit": _biller(
        "visit_document_add", lambda h: [h.encounter.pk], "file", kind="referral", title="Referral", dated_on=DAY
    ),
    "proof of filing": _biller(
        "filing_prove", lambda h: [h.submission.pk], "proof_scan", kind="999", received_on=TODAY, reference="R1"
    ),
    "letter of a payer": _biller(
        "authorization_add", lambda h: [h.claim.coverage.pk], "scan", kind="prior_authorization", status="approved",
        number="PA-1", codes="D0371", units="2",
    ),
    "scan of an EOB": _biller(
        "eob_type", lambda h: [h.claim.pk], "scan", then="show",
        **{"lines-TOTAL_FORMS": "0", "lines-INITIAL_FORMS": "0"},
    ),
}  # fmt: skip
"""Doors of documents: a PDF or a photograph."""
OTHER_DOORS: dict[str, Door] = {
    "answers of payers": _biller("remittance_import", lambda h: [], "chosen"),
    "answer about a plan": _biller("eligibility_271", lambda h: [h.claim.coverage.pk], "file"),
    "check of a packet": _biller("packet_verify", lambda h: [h.packet.verification_code], "file"),
    "licensed list of codes": _manager("code_load"),
    "list of reasons": _manager("reason_load"),
}


def state(house: House) -> tuple[dict[str, int], set[str], set[str]]:
    """Rows of each table, files in storage, files left in the folder for passing ones."""
    tables = [m for m in apps.get_models() if m.__name__ not in ON_RECORD]
    media = {str(p) for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file()}
    return {m._meta.label: m._default_manager.count() for m in tables}, media, set(map(str, passing()))


def passing() -> list[Path]:
    return list(Path(tempfile.gettempdir()).iterdir())


def is_taken(answer: Any) -> bool:
    if answer["Content-Type"].startswith("application/json"):
        (one,) = answer.json()["outcomes"]
        return not one["refusal"] or "decide" in one or "waits at the computer" in one["refusal"]
    return answer.status_code in (200, 302)


def put(house: House, door: Door, name: str, data: bytes) -> bool:
    """Hand a file in. A refused one leaves a sentence, and nothing else: no row, no file, no passing file."""
    before = state(house)
    answer = door(house, SimpleUploadedFile(name, data))
    assert answer.status_code < 500, f"{name}: {answer.status_code}"
    assert answer.status_code not in (403, 404), f"{name} met no door"
    taken = is_taken(answer)
    after = state(house)
    assert after[2] == before[2], f"{name} left a passing file"
    if not taken:
        assert after == before, f"{name} was refused and left something"
    return taken


def expected(row: dict[str, str]) -> set[bool]:
    """What may become of a file: taken, refused, or either."""
    return {word.startswith("accept") for word in (row["expected"], row["also_ok"]) if word}


# --- The corpora --------------------------------------------------------------------------------------------------

PICTURES = rows("images", "dicom")
NOT_TAKEN = {"gif-odd"}
"""Kinds that the table leaves to us."""
absent = pytest.mark.skipif(not PICTURES, reason="The shared corpus is not here; files of our own prove the same.")


@absent
@pytest.mark.parametrize("door", PICTURE_DOORS)
def test_every_picture_of_the_corpus_is_taken_or_refused_as_its_table_says(house: House, door: str) -> None:
    wrong, counts = [], {True: 0, False: 0}
    for row in [*PICTURES, *rows("pdf")]:
        taken = put(house, PICTURE_DOORS[door], row["file"], (CORPUS / row["path"]).read_bytes())
        counts[taken] += 1
        if taken not in (expected(row) if not row["path"].startswith("pdf/") else {False}):
            wrong.append(f"{row['path']}: {'taken' if taken else 'refused'}")
    assert wrong == []
    record("files_taken", counts[True])
    record("files_refused", counts[False])


@absent
@pytest.mark.parametrize("door", PAPER_DOORS)
def test_every_document_of_the_corpus_is_taken_or_refused_as_its_table_says(house: House, door: str) -> None:
    wrong, counts = [], {True: 0, False: 0}
    for row in [*rows("pdf"), *rows("images")]:
        name = row["file"]
        taken = put(house, PAPER_DOORS[door], name, (CORPUS / row["path"]).read_bytes())
        counts[taken] += 1
        allowed = expected(row) if name.endswith((".pdf", ".jpg", ".png")) else {False}
        if row["kind"] in ("encrypted-user",):
            allowed = {False}
        if door == "evidence" and name.endswith((".tif", ".webp", ".heif")):
            allowed = {False}
        if taken not in allowed:
            wrong.append(f"{row['path']}: {'taken' if taken else 'refused'}")
    assert wrong == []
    record("files_taken", counts[True])
    record("files_refused", counts[False])


@absent
@pytest.mark.parametrize("door", OTHER_DOORS)
def test_no_file_of_any_corpus_breaks_a_door_that_is_not_for_it(house: House, door: str) -> None:
    given = [
        p for p in CORPUS.rglob("*") if p.is_file() and p.stat().st_size < 60_000 and p.suffix not in (".tsv", ".txt")
    ]
    for path in given:
        put(house, OTHER_DOORS[door], path.name, path.read_bytes())
    record("inputs_tried", len(given))


# --- Polyglots, and what is no picture ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", POLYGLOTS)
def test_a_picture_that_is_something_else_too_is_kept_as_a_picture_alone(house: House, name: str) -> None:
    make, hidden = POLYGLOTS[name]
    data = make()  # Once: an archive says when it was made.
    assert put(house, _image, name, data)
    image = EncounterImage.objects.get(encounter=house.encounter)
    for variant in ("clean", "screen", "thumbnail"):
        served = house.clinician.get(reverse("image_file", args=[house.encounter.pk, image.pk, variant]))
        assert served["Content-Type"] in ("image/jpeg", "image/png")
        assert [word for word in hidden if word in served.content] == []
    original = house.clinician.get(reverse("image_file", args=[house.encounter.pk, image.pk, "original"]))
    assert original.content == data
    assert original["Content-Disposition"].startswith("attachment")
    assert original["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in original["Content-Security-Policy"]
    record("files_taken", 1)


@pytest.mark.parametrize("name", NO_PICTURES)
@pytest.mark.parametrize("door", [*PICTURE_DOORS, *PAPER_DOORS])
def test_what_only_bears_the_name_of_a_picture_is_refused(house: House, door: str, name: str) -> None:
    assert not put(house, (PICTURE_DOORS | PAPER_DOORS)[door], name, NO_PICTURES[name]())
    record("files_refused", 1)


@pytest.mark.parametrize("door", ["proof of filing", "letter of a payer", "scan of an EOB"])
def test_a_scan_is_kept_without_what_hides_in_it(house: House, door: str) -> None:
    """A PDF with a script and a page behind it, a photograph with a program behind it; the original stays."""
    active = papers.changed(papers.scanned(1), script=True, file=True) + PAGE
    for name, data in (("scan.pdf", active), ("scan.jpg", jpeg(comment=PAGE) + archive() + PHP)):
        known = set(StoredFile.objects.values_list("pk", flat=True))
        assert put(house, PAPER_DOORS[door], name, data)
        kept = [files.read(file) for file in StoredFile.objects.exclude(pk__in=known)]
        assert len(kept) == 2
        assert data in kept
        (content,) = (other for other in kept if other != data)
        for word in (
            b"JavaScript",
            b"alert",
            b"secret",
            b"EmbeddedFile",
            b"OpenAction",
            b"<script",
            b"PK\x03\x04",
            b"<?php",
        ):
            assert word not in content, word
    record("files_taken", 2)


# --- Bombs through the doors --------------------------------------------------------------------------------------


def test_bombs_through_the_door_leave_the_server_as_it_was(house: House) -> None:
    """One after the other, and a sound picture after each: the server answers, and has not grown."""
    put(house, _image, "first.jpg", jpeg())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for n, name in enumerate(
        ("a JPEG of four thousand megapixels", "a PNG of 12,000 by 12,000", "a GIF of 40,000 frames")
    ):
        assert not put(house, _image, f"{n}.jpg", bombs.IMAGES[name]())
        assert put(house, _image, f"sound{n}.jpg", jpeg(quality=60 + n))
    for door in PAPER_DOORS.values():
        assert not put(house, door, "bomb.pdf", bombs.PAPERS["a PDF of 10,000 pages"]())
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 300 * 1024
    record("files_refused", 3 + len(PAPER_DOORS))


# --- Sizes, names, what a picture says besides, whose it is -------------------------------------------------------


@pytest.mark.parametrize("door", PAPER_DOORS)
def test_a_document_that_is_too_large_or_empty_is_told_so(house: House, door: str) -> None:
    assert not put(house, PAPER_DOORS[door], "large.pdf", b"%PDF-1.7\n" + bytes(20 * 1024 * 1024))
    assert not put(house, PAPER_DOORS[door], "empty.pdf", b"")
    record("files_refused", 2)


def test_five_hundred_files_at_once_are_too_many(house: House) -> None:
    before = state(house)
    many = [SimpleUploadedFile(f"{n}.jpg", b"x") for n in range(500)]
    url = reverse("image_add", args=[house.encounter.pk])
    told = house.clinician.post(url, {"images": many, "once": new_key()})
    assert told.status_code == 413
    assert "This was too much at once." in told.content.decode()
    elsewhere = house.biller.post(reverse("remittance_import"), {"chosen": many, "once": new_key()})
    assert elsewhere.status_code in (400, 413, 422)
    assert state(house) == before


NAMES = (
    "../../etc/passwd.jpg", "..\\..\\x.jpg", "a\r\nSet-Cookie: x.jpg", "\u202egpj.exe", "x" * 300 + ".jpg",
    '"; filename="y.html', "<img src=x onerror=alert(1)>.jpg", "con.jpg", ".htaccess", "a;b.jpg", "e\u0301.jpg",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_hostile_name_of_a_file_is_shown_clean_and_stored_nowhere(house: House, name: str) -> None:
    file = SimpleUploadedFile("plain.jpg", jpeg())
    file._name = name  # As a client sends it: the setter would make it harmless.
    _image(house, file)
    image = EncounterImage.objects.get(encounter=house.encounter)
    assert not set(image.original_name) & set("\r\n\u202e/\\\0")
    assert 0 < len(image.original_name) <= 255
    for variant in ("clean", "original"):
        answer = house.clinician.get(reverse("image_file", args=[house.encounter.pk, image.pk, variant]))
        assert "x" not in answer.cookies
        assert "\n" not in answer["Content-Disposition"]
        assert answer["Content-Disposition"].count("filename=") == 1
    stored = [file.path for file in StoredFile.objects.all()]
    assert [path for path in stored if any(part in path for part in ("passwd", "gpj", "htaccess", "con."))] == []


def test_nothing_a_picture_says_besides_itself_leaves(house: House) -> None:
    """Place, name and program of a camera: in no derivative, in no packet, in no archive."""
    from PIL import Image

    block = Image.Exif()
    block[0x010F], block[0x0131] = "Invented Scopes", "taken for DOE^JANE, Photoshop"
    block.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">DOE^JANE GPSLatitude</x:xmpmeta>'
    data = jpeg(exif=block.tobytes(), comment=b"DOE^JANE", xmp=xmp)
    assert b"DOE^JANE" in data
    assert put(house, PAPER_DOORS["evidence"], "photo.jpg", data)
    assert put(house, _image, "photo.jpg", data)
    image, paper = EncounterImage.objects.get(encounter=house.encounter), Evidence.objects.get()
    for kept in (image.clean_copy, image.screen, image.thumbnail, paper.file, paper.preview):
        assert [word for word in HIDDEN if word in files.read(kept)] == []
    from claims.services.supplements import seal_supplement

    biller = f.user(role=Role.BILLER)
    packet = seal_supplement(house.claim, "The payer asked for it.", by=biller, at=f.AT)
    leaving = [files.read(packet.pdf)]
    with zipfile.ZipFile(io.BytesIO(files.read(packet.zip))) as packed:
        leaving += [packed.read(name) for name in packed.namelist()]
    assert len(leaving) > 2
    for content in leaving:
        # An archivable PDF describes itself in XMP of its own.
        words = [word for word in HIDDEN if word != b"xmpmeta" or not content.startswith(b"%PDF-")]
        assert [word for word in words if word in content] == []
        assert _unpacked_words(content) == []


def _unpacked_words(content: bytes) -> list[bytes]:
    """What is found in a PDF once everything in it is unpacked."""
    if not content.startswith(b"%PDF-"):
        return []
    import pikepdf

    with pikepdf.open(io.BytesIO(content)) as pdf:
        streams = [bytes(s.read_raw_bytes()) for s in pdf.objects if isinstance(s, pikepdf.Stream)]
        streams += [
            bytes(s.read_bytes()) for s in pdf.objects if isinstance(s, pikepdf.Stream) if s.get("/Subtype") != "/Image"
        ]
    return [
        word
        for word in (b"DOE^JANE", b"GPSLatitude", b"Invented Scopes")
        for s in streams
        if word in s and b"pdfaid" not in s
    ]


def test_a_file_that_names_another_patient_waits_for_a_reason(house: House) -> None:
    utf8 = "ISO_IR 192"
    other = dicom(
        gradient(),
        SpecificCharacterSet=utf8,
        PatientName="Roe^Robin\u202e",
        PatientID="X-1",
        PatientBirthDate="19500101",
    )
    answer = _image(house, SimpleUploadedFile("other.dcm", other))
    (one,) = answer.json()["outcomes"]
    assert "names another patient" in one["refusal"]
    page = house.clinician.get(one["decide"]).content.decode()
    assert "Roe" in page
    assert "\u202e" not in page
    decided = house.clinician.post(one["decide"], {"once": new_key()})
    assert not house.encounter.images.exists()
    assert decided.status_code == 422
    house.clinician.post(one["decide"], {"reason": "The scope was not set to the patient.", "once": new_key()})
    image = EncounterImage.objects.get(encounter=house.encounter)
    for kept in (image.clean_copy, image.screen, image.thumbnail):
        assert b"Roe" not in files.read(kept)


@pytest.mark.parametrize("door", PAPER_DOORS)
def test_a_locked_document_says_unlock_it_first(house: House, door: str) -> None:
    locked = papers.changed(papers.scanned(1), password="open sesame")
    answer = PAPER_DOORS[door](house, SimpleUploadedFile("locked.pdf", locked))
    assert answer.status_code == 422
    assert "Save it without a password" in answer.content.decode()
    assert not Submission.objects.exclude(pk=house.submission.pk).exists()
