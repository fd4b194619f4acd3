"""Verbs on the pictures of an encounter: take in, describe, order, remove."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from documentation.imaging import Accepted, Answer, Identity, Refused, Several, examine, examine_many
from documentation.imaging.whose import differences
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.kernel.text import clean_text
from documentation.models import Encounter, EncounterImage, HeldUpload, User
from documentation.services import figures, files
from documentation.services.audit import record
from documentation.services.holding import chart_of, hold, question, shas_of
from documentation.services.retention import refuse_on_hold
from documentation.workflow import ENCOUNTER, EncounterStatus

MOST_IMAGES = 300
"""Pictures one encounter can hold."""
SHORTEST_REASON = 5
"""Letters of a reason."""
_TWICE = "This picture is already in this encounter."


@dataclass(frozen=True)
class Upload:
    """A file that came in."""

    name: str
    data: bytes
    captured_at: datetime | None = None
    """When a still was frozen, where the camera page says so."""
    before: int | None = None
    """Key of the picture before which it belongs: a file that goes up again keeps its place among the others."""


@dataclass(frozen=True)
class Taken:
    """What became of one upload: the image, or the sentence that says why not."""

    name: str
    image: EncounterImage | None = None
    refusal: str = ""
    same_as: EncounterImage | None = None
    """The image that already holds these bytes, where that is the reason."""
    held: HeldUpload | None = None
    """What waits for a decision, where that is the reason."""


Examine = Callable[[Sequence[bytes]], Iterable[Answer]]
"""Says of pictures, in their order, whether each can be taken in."""


def take_in(
    encounter: Encounter,
    uploads: Sequence[Upload],
    *,
    by: User,
    at: datetime,
    examine: Examine | None = None,
    **how: Any,
) -> list[Taken]:
    """Examine, clean and keep pictures, in the order given. Each one is accepted or refused by itself.

    `examine` is `examine_many`, or something that remembers what that said of the same bytes. `how` goes into the
    audit event, such as the phone link that a picture came through.
    """
    _require(by)
    outcomes = []
    for upload, result in zip(uploads, (examine or examine_many)([u.data for u in uploads]), strict=True):
        try:
            outcomes.append(_taken(encounter, upload, result, by=by, at=at, how=how))
        except files.Unreachable as e:
            outcomes.append(Taken(upload.name, refusal=str(e)))
    return outcomes


def _taken(
    encounter: Encounter, upload: Upload, result: Answer, *, by: User, at: datetime, how: dict[str, Any]
) -> Taken:
    if isinstance(result, Refused):
        return Taken(upload.name, refusal=result.sentence)
    if isinstance(result, Several) or differences(result.identity, chart_of(encounter)):
        return _hold(encounter, upload, result, by=by, at=at)
    return _keep(encounter, upload, result, by=by, at=at, how=how)


def _hold(encounter: Encounter, upload: Upload, found: Accepted | Several, *, by: User, at: datetime) -> Taken:
    with transaction.atomic():
        row = _open(encounter)
        if isinstance(found, Accepted) and (twin := row.images.filter(original__sha256=found.sha256).first()):
            return Taken(upload.name, same_as=twin, refusal=_TWICE)
        held = hold(row, upload.name, upload.data, found, by=by, at=at)
    return Taken(upload.name, held=held, refusal=question(held))


def decide(held: HeldUpload, frames: Sequence[int], reason: str, *, by: User, at: datetime) -> list[Taken]:
    """Take in pictures of a file that waited: `frames` from 1, none where it holds one; `reason` where it names others.

    Raises ValidationError for what is missing. The file stops waiting when a picture of it is in the record.
    """
    _require(by)
    encounter = held.encounter
    _check_open(encounter)
    data = files.read(held.original)
    chosen = sorted(set(frames)) if held.frames > 1 else [1]
    reason = clean_text(reason)
    missing = {}
    if not chosen or not all(1 <= frame <= held.frames for frame in chosen):
        missing["frames"] = "Choose the pictures that you need, at least one."
    differs = differences(Identity(**held.identity), chart_of(encounter)) if held.identity else ()
    if differs and len(reason) < SHORTEST_REASON:
        missing["reason"] = "Say in a few words why this file belongs in this record."
    if missing:
        raise ValidationError(missing)
    outcomes = []
    for frame in chosen:
        result = examine(data, frame=frame)
        if isinstance(result, Accepted):
            upload = Upload(held.original_name, data)
            outcomes.append(_keep(encounter, upload, result, by=by, at=at, differs=differs, reason=reason))
        elif isinstance(result, Refused):
            outcomes.append(Taken(held.original_name, refusal=result.sentence))
    if any(taken.image or taken.same_as for taken in outcomes):
        HeldUpload.objects.filter(pk=held.pk).delete()
    return outcomes


def _keep(
    encounter: Encounter,
    upload: Upload,
    accepted: Accepted,
    *,
    by: User,
    at: datetime,
    differs: Sequence[str] = (),
    reason: str = "",
    how: dict[str, Any] | None = None,
) -> Taken:
    with transaction.atomic():
        row = _open(encounter)
        sha256 = hashlib.sha256(upload.data).hexdigest()
        twin = row.images.filter(original__sha256=sha256, frame=accepted.frame).first()
        if twin:
            return Taken(upload.name, same_as=twin, refusal=_TWICE)
        if row.images.count() >= MOST_IMAGES:
            return Taken(upload.name, refusal=f"An encounter holds at most {MOST_IMAGES} pictures.")
        last = row.images.aggregate(last=Max("position"))["last"] or 0
        image = EncounterImage(
            encounter=row,
            position=last + 1,
            original=files.keep(upload.data, media_type=accepted.original_type, at=at),
            clean_copy=files.keep(accepted.clean, media_type=accepted.media_type, at=at),
            screen=files.keep(accepted.screen, media_type="image/jpeg", at=at),
            thumbnail=files.keep(accepted.thumbnail, media_type="image/jpeg", at=at),
            original_name=clean_text(upload.name)[-255:],
            frame=accepted.frame,
            differs=list(differs),
            differs_reason=reason[:300] if differs else "",
            captured_at=upload.captured_at or _taken_at(row, accepted, differs),
            width=accepted.width,
            height=accepted.height,
            flaws=list(accepted.advice),
            kind="endoscopic_still",
            uploaded_at=at,
            uploaded_by=by,
        )
        image.save()
        if upload.before is not None:
            _put_before(row, image, upload.before)
        _touch(row)
        # What differs is named, never what the file said instead: that is another patient's.
        told: dict[str, Any] = {"frame": accepted.frame} if accepted.frames > 1 else {}
        told |= {"differs": list(differs), "reason": image.differs_reason} if differs else {}
        record("image.upload", by=by, at=at, subject=row, patient=row.patient, sha256=sha256, **told, **(how or {}))
    return Taken(upload.name, image=image)


def _put_before(row: Encounter, image: EncounterImage, key: int) -> None:
    """Let a picture that came late take its place before another one; where that is gone, it stays the last."""
    keys = [pk for pk in row.images.values_list("pk", flat=True) if pk != image.pk]
    if key in keys:
        keys.insert(keys.index(key), image.pk)
        _arrange(row, keys)
        image.refresh_from_db(fields=["position"])


def _arrange(row: Encounter, keys: Sequence[int]) -> None:
    with figures.follow(row):
        for image in row.images.all():
            position = keys.index(image.pk) + 1
            if image.position != position:
                image.position = position
                image.save(update_fields=["position"])


def describe(
    image: EncounterImage, values: dict[str, Any], *, by: User, at: datetime, seen: int | None = None
) -> EncounterImage:
    """Set caption, place, finding, reading and the like. `seen` is the image's revision on the page; saying again
    what is stored already changes nothing, whatever was seen.
    """
    _require(by)
    with transaction.atomic():
        encounter = _open(image.encounter)
        row = EncounterImage.objects.select_for_update().get(pk=image.pk)
        if not row.finding_before and all(getattr(row, key) == value for key, value in values.items()):
            return row
        if seen is not None and row.revision != seen:
            raise NotPossible(
                "Somebody else described this picture after you opened the page. Compare, then save again."
            )
        for key, value in values.items():
            setattr(row, key, value)
        if "finding" in values:
            row.finding_before = ""
        row.full_clean(validate_unique=False)
        if row.finding and row.finding.encounter_id != encounter.pk:
            raise ValidationError({"finding": "This finding belongs to another encounter."})
        row.revision += 1
        row.save()
        _touch(encounter)
        record("image.describe", by=by, at=at, subject=encounter, patient=encounter.patient, fields=sorted(values))
    return row


def order(encounter: Encounter, keys: Sequence[int], *, by: User, at: datetime) -> None:
    """Set the order of the pictures, and with it the figure numbers. `keys` names every picture once.

    Texts of the draft that name figures go on naming the same pictures.
    """
    _require(by)
    with transaction.atomic():
        row = _open(encounter)
        if sorted(keys) != sorted(row.images.values_list("pk", flat=True)):
            raise NotPossible("Pictures were added or removed meanwhile. Look at the order again.")
        _arrange(row, keys)
        _touch(row)
        record("image.order", by=by, at=at, subject=row, patient=row.patient)


def remove(image: EncounterImage, *, by: User, at: datetime) -> None:
    """Take a picture out of a draft; a text that named it says `[removed]`. Its bytes stay until the sweep.

    Raises NotPossible while the patient is on legal hold.
    """
    _require(by)
    with transaction.atomic():
        row = _open(image.encounter)
        refuse_on_hold(row.patient)
        gone = shas_of(image)
        with figures.follow(row):
            image.delete()
            for position, other in enumerate(row.images.all(), start=1):
                if other.position != position:
                    other.position = position
                    other.save(update_fields=["position"])
        _touch(row)
        record("image.remove", by=by, at=at, subject=row, patient=row.patient, **gone)


@contextmanager
def changing(encounter: Encounter, *, by: User) -> Iterator[Encounter]:
    """A transaction in which somebody who may changes the pictures of a record that is open; the record counts it."""
    _require(by)
    with transaction.atomic():
        row = _open(encounter)
        yield row
        _touch(row)


def _require(by: User) -> None:
    if not by.may(Permission.IMAGE_EDIT):
        raise NotPermitted("Your role does not allow you to change images.")


def _open(encounter: Encounter) -> Encounter:
    row = Encounter.objects.select_for_update().get(pk=encounter.pk)
    _check_open(row)
    return row


def _check_open(row: Encounter) -> None:
    if row.status not in (EncounterStatus.PLANNED, EncounterStatus.DRAFT):
        raise NotPossible(
            f"This record is {ENCOUNTER.label(row.status).lower()}: its pictures can no longer be changed."
        )


def _taken_at(encounter: Encounter, accepted: Accepted, differs: Sequence[str]) -> datetime | None:
    """When the picture was taken, where the file says so and its day is not in doubt. Scopes write local time."""
    if not accepted.taken or "study_date" in differs:
        return None
    return datetime.fromisoformat(accepted.taken).replace(tzinfo=encounter.location.zone)


def _touch(encounter: Encounter) -> None:
    encounter.revision += 1
    encounter.section_revisions = {**encounter.section_revisions, "images": encounter.revision}
    encounter.save(update_fields=["revision", "section_revisions"])
