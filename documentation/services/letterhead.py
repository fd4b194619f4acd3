"""The logo on the letterhead: taken in, taken off, put back. What was sealed keeps the one that it was sealed with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from documentation.imaging import Accepted, Answer, Limits, Refused, examine
from documentation.imaging.results import MIB
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import Logo, Organization, StoredFile, User
from documentation.services import files
from documentation.services.audit import record
from documentation.typesetting import RenderRefused

LIMITS = Limits(file_bytes=5 * MIB, pixels=4_000_000)
"""A logo stands two inches wide. What has more pixels would be made smaller for every page."""
LEAST = 48
"""Pixels of its longer side: below that it is a smudge on paper."""
_TAKEN = ("image/png", "image/jpeg")
_OTHER_KIND = "A logo is a PNG or JPEG file. Save it as one, then add that file."


def take_in(data: bytes, *, by: User, at: datetime, look: Callable[[bytes, Limits], Answer] = examine) -> Logo:
    """Examine a picture, keep its clean copy, and let it stand on what is printed from now on.

    Raises ValidationError with a sentence for a file that is not taken, NotPossible while the practice has no name.
    """
    _require(by)
    found = look(data, LIMITS)
    if not isinstance(found, Accepted) or found.original_type not in _TAKEN:
        raise ValidationError({"logo": found.sentence if isinstance(found, Refused) else _OTHER_KIND})
    if max(found.width, found.height) < LEAST:
        raise ValidationError(
            {"logo": f"This picture has {found.width} × {found.height} pixels: too few to print. Add a larger one."}
        )
    with transaction.atomic():
        kept = files.keep(found.clean, media_type=found.media_type, at=at)
        row, _ = Logo.objects.get_or_create(
            picture=kept,
            defaults={"width": found.width, "height": found.height, "added_at": at, "added_by": by},
        )
        _stand(row, "set_logo", by=by, at=at)
    return row


def take_off(*, by: User, at: datetime) -> None:
    """Print from now on without a logo. The picture is kept, so it can be put back."""
    _require(by)
    with transaction.atomic():
        _stand(None, "remove_logo", by=by, at=at)


def put_back(logo: Logo, *, by: User, at: datetime) -> None:
    """Let a logo stand again that stood there before."""
    _require(by)
    with transaction.atomic():
        _stand(logo, "set_logo", by=by, at=at)


def _stand(logo: Logo | None, act: str, *, by: User, at: datetime) -> None:
    row = Organization.objects.select_for_update().first()
    if row is None:
        raise NotPossible("The practice has no name yet.", "Give it one first.")
    if row.logo_id == (logo.pk if logo else None):
        return
    row.logo = logo
    row.save(update_fields=["logo"])
    told: dict[str, Any] = {"sha256": logo.picture.sha256} if logo else {}
    record(f"practice.{act}", by=by, at=at, subject="practice", **told)


def _require(by: User) -> None:
    if not by.may(Permission.SETTINGS_MANAGE):
        raise NotPermitted("Only an administrator changes the letterhead.")


# --- For what is printed -----------------------------------------------------------------------------------------


def sum_now() -> str:
    """The SHA-256 of the logo that stands on what is printed now; empty where none does."""
    found = Organization.objects.filter(logo__isnull=False).values_list("logo__picture__sha256", flat=True).first()
    return found or ""


def pictures(digest: str) -> dict[str, bytes]:
    """The bytes of a logo by its sum, whether it still stands there or not. Raises RenderRefused where storage lost or
    changed it.
    """
    if not digest:
        return {}
    try:
        return {digest: files.read(StoredFile.objects.get(sha256=digest))}
    except (files.MissingFile, files.DamagedFile, StoredFile.DoesNotExist) as e:
        raise RenderRefused(f"The logo of the letterhead cannot be read. {e}") from e
