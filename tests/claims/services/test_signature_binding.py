"""A signature covers one record, its images and its signer: moved, exchanged or renamed, verifying says so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from claims.services.integrity import damages
from documentation.locks import drop_locks, install_locks
from documentation.models import Encounter, Signature
from tests import assurance
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed() -> Encounter:
    encounter = f.signed_encounter()
    assert list(damages()) == []
    return encounter


@pytest.fixture
def _unlocked(signed: Encounter) -> Iterator[None]:
    """As somebody who owns the database could do it."""
    drop_locks(connection)
    yield
    install_locks(connection)


def found() -> str:
    assurance.record("signatures tampered with", 1)
    return " ".join(damages())


@pytest.mark.usefixtures("_unlocked")
def test_moved_to_another_record(signed: Encounter) -> None:
    other = f.drafted()
    Signature.objects.filter(encounter=signed).update(encounter=other)
    assert f"The signature at {other} was given for {signed}, not for this record." in found()


@pytest.mark.usefixtures("_unlocked")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "Somebody Else"),
        ("npi", "1999999984"),
        ("licence", "X1"),
        ("credential", "MD"),
        ("licence_state", "OR"),
    ],
)
def test_the_signer_under_another_name(signed: Encounter, column: str, value: str) -> None:
    Signature.objects.filter(encounter=signed).update(**{column: value})
    assert f"The name or license at the signature of {signed} was changed after it was signed." in found()


@pytest.mark.usefixtures("_unlocked")
def test_another_person_or_another_time(signed: Encounter) -> None:
    Signature.objects.filter(encounter=signed).update(signer=f.clinician().user)
    assert f"The signature at {signed} is not the one that the audit trail tells of" in found()


@pytest.mark.usefixtures("_unlocked")
def test_the_words_that_were_signed(signed: Encounter) -> None:
    row = Signature.objects.get(encounter=signed)
    Signature.objects.filter(pk=row.pk).update(content=row.content.replace("statement", "statment", 1))
    assert f"The signed record {signed} was changed after it was signed." in found()


@pytest.mark.usefixtures("_unlocked")
@pytest.mark.parametrize("content", ["{", "[]", '{"images": 7}', '{"number": {"a": 1}, "clinician": "x"}'])
def test_words_that_nobody_can_read_are_told_with_their_record(signed: Encounter, content: str) -> None:
    digest = hashlib.sha256(content.encode()).hexdigest()
    Signature.objects.filter(encounter=signed).update(content=content, content_sha256=digest)
    assert str(signed) in found()


@pytest.mark.usefixtures("_unlocked")
def test_an_image_exchanged_for_one_of_another_record(signed: Encounter) -> None:
    one, two = signed.images.order_by("position")[:2]
    signed.images.filter(pk=one.pk).update(original=two.original, frame=2)
    assert f"The images of {signed} are not those that were signed." in found()


def test_one_byte_of_an_image(signed: Encounter, settings: Any) -> None:
    path = Path(settings.MEDIA_ROOT) / signed.images.all()[0].original.path
    content = path.read_bytes()
    try:
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert "changed in storage" in found()
    finally:
        path.write_bytes(content)
