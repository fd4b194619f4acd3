"""The minimum necessary: of a record leaves what is in its packet, and every file in it is named with its reason."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pikepdf
import pytest

from claims.services.packets import seal_packet
from documentation.models import Encounter, EncounterImage
from documentation.services import files, images, signing
from tests import factories as f
from tests.dicoms import as_jpeg, gradient

pytestmark = pytest.mark.django_db


def everything_in(packet: Any) -> set[bytes]:
    """The bytes of every file of the archive and of every stream of every PDF in it, as they stand there."""
    found: set[bytes] = set()
    with zipfile.ZipFile(io.BytesIO(files.read(packet.zip))) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            found.add(content)
            if name.endswith(".pdf"):
                with pikepdf.open(io.BytesIO(content)) as pdf:
                    found |= {bytes(o.read_raw_bytes()) for o in pdf.objects if isinstance(o, pikepdf.Stream)}
    return found


def versions_of(image: EncounterImage) -> set[bytes]:
    return {files.read(file) for file in (image.original, image.clean_copy, image.screen, image.thumbnail)}


def test_a_picture_that_was_not_chosen_never_leaves() -> None:
    """Taken out of the draft before it was signed: neither the picture nor any version of it is in the packet."""
    draft = f.drafted()
    by: Any = draft.clinician.user
    (more,) = images.take_in(draft, [images.Upload("more.jpg", as_jpeg(gradient(480, 640)))], by=by, at=f.AT)
    assert more.image
    out = versions_of(more.image)
    kept = [versions_of(image) for image in draft.images.exclude(pk=more.image.pk)]
    images.remove(more.image, by=by, at=f.AT)
    signing.sign(Encounter.objects.get(pk=draft.pk), by=by, at=f.AT)
    claim = f.claim_at(preparation="ready", encounter=Encounter.objects.get(pk=draft.pk))
    packet = seal_packet(claim, by=f.user(), at=f.AT)
    inside = everything_in(packet)
    assert all(inside & held for held in kept)  # the search can find: those that were chosen are there
    assert inside & out == set()


def test_every_file_of_a_packet_is_listed_before_it_leaves() -> None:
    """The manifest, which the page of the packet shows, names each with its sum: none comes along unnamed."""
    packet = f.sealed_packet()
    named = {file["name"] for file in json.loads(packet.manifest)["files"]}
    with zipfile.ZipFile(io.BytesIO(files.read(packet.zip))) as archive:
        assert set(archive.namelist()) - {"manifest.json"} == named - {"manifest.json"}
