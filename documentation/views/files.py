"""The one way by which private files leave: asked for, recorded, and told to the browser as what they are.

They stream through us rather than by signed links of the storage: a right that is taken away counts at once, every look
is recorded, nothing needs to be opened in the content security policy, and the storage can stay out of browsers' reach.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from documentation.kernel.permissions import Permission
from documentation.models import EncounterImage, Patient, StoredFile
from documentation.services import audit, files
from documentation.views.access import denied, problem, requires
from documentation.views.ranges import Unsatisfiable, part_of

VARIANTS = {"thumbnail": "thumbnail", "screen": "screen", "clean": "clean_copy", "original": "original"}
"""What an address asks for, and the field of the picture that holds it."""

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/bmp": "bmp",
    "application/dicom": "dcm",
    "application/pdf": "pdf",
    "application/zip": "zip",
}

SHOWN = frozenset({"image/jpeg", "image/png", "application/pdf"})
"""Kinds that a browser may show in its window; everything else is saved and never opened by it."""

WHOLE = 1024 * 1024
"""Bytes up to which a file is read and proven before its first byte leaves, so that a damaged one is told as a page."""


@dataclass(frozen=True)
class _Asked:
    """Who asks for what, by which right, and as what it is recorded."""

    request: HttpRequest
    media_type: str
    permission: Permission
    name: str
    action: str
    subject: object
    patient: Patient | None
    download: bool
    detail: dict[str, Any]

    @property
    def is_permitted(self) -> bool:
        user: Any = self.request.user
        return bool(user.may(self.permission))

    def refused(self) -> HttpResponse:
        return denied(
            self.request,
            "Your role does not open this file.",
            "Ask an administrator if you need it for your work.",
        )

    def record(self, **detail: Any) -> None:
        user: Any = self.request.user
        audit.view(
            self.action, by=user, at=timezone.now(), subject=self.subject, patient=self.patient, **self.detail, **detail
        )

    def dressed(self, response: HttpResponseBase) -> Any:
        """The answer with the headers that keep it private, and from being taken for something that can run."""
        response["Content-Type"] = self.media_type
        response["Content-Disposition"] = disposition(self.name, download=self.download or self.media_type not in SHOWN)
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Cache-Control"] = "no-store, private"
        return response


def serve(
    request: HttpRequest,
    file: StoredFile,
    *,
    permission: Permission,
    name: str,
    action: str,
    subject: object,
    patient: Patient | None,
    download: bool = False,
    **detail: Any,
) -> Any:
    """A stored file, or the part of it that a Range header asks for, to somebody who has the permission.

    Every answer that carries bytes is an audit event. `name` is what the file is called when it is saved; nothing of a
    patient belongs into it. The answer is kept by nobody, is never guessed to be something else, and can run nothing.
    """
    asked = _Asked(
        request, file.media_type, permission, name, action, subject, patient, download, detail | {"sha256": file.sha256}
    )
    if not asked.is_permitted:
        return asked.refused()
    try:
        return _answer(asked, file)
    except (files.MissingFile, files.DamagedFile) as e:
        return problem(request, 500, "This file cannot be shown.", str(e))
    except files.Unreachable as e:
        return problem(request, 503, "This file cannot be shown just now.", *e.reasons)


def _answer(asked: _Asked, file: StoredFile) -> HttpResponseBase:
    # The sum of the bytes is their name for ever: a part asked for again later fits what came before.
    tag = f'"{file.sha256}"'
    wanted = asked.request.headers.get("Range", "")
    if asked.request.headers.get("If-Range", tag) != tag or asked.request.method != "GET":
        wanted = ""
    try:
        part = part_of(wanted, file.size)
    except Unsatisfiable:
        response: HttpResponseBase = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{file.size}"
        return response
    first, length = part or (0, file.size)
    response = asked.dressed(_carrier(asked, file, first, length))
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    response["Content-Length"] = str(length)
    if part:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{first + length - 1}/{file.size}"
    return response


def _carrier(asked: _Asked, file: StoredFile, first: int, length: int) -> HttpResponseBase:
    """The bytes, recorded as seen: proven before they leave where the file is small, else piece by piece."""
    if asked.request.method == "HEAD":
        for _ in files.pieces(file, 0, min(1, file.size)):
            pass  # It is there. No bytes leave, so nothing was seen and nothing is recorded.
        return HttpResponse()
    part = {} if length == file.size else {"first": first, "length": length}
    if file.size <= WHOLE:
        data = files.read(file)[first : first + length]
        asked.record(**part)
        return HttpResponse(data)
    pieces = files.pieces(file, first, length)
    asked.record(**part)
    return StreamingHttpResponse(pieces)


def deliver(
    request: HttpRequest,
    data: bytes,
    *,
    media_type: str,
    permission: Permission,
    name: str,
    action: str,
    subject: object,
    patient: Patient | None,
    download: bool = False,
    **detail: Any,
) -> HttpResponse:
    """Bytes that were made for this answer, as `serve` gives those that are stored."""
    asked = _Asked(request, media_type, permission, name, action, subject, patient, download, detail)
    if not asked.is_permitted:
        return asked.refused()
    asked.record()
    return asked.dressed(HttpResponse(data))


def disposition(name: str, *, download: bool) -> str:
    """The Content-Disposition of RFC 6266 for any name: exact for those who read `filename*`, plain for the others."""
    name = _safe(name)
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    header = content_disposition_header(download, plain) or "attachment"
    # With a name that is not ASCII, Django writes the exact form alone.
    exact = content_disposition_header(download, name) or ""
    return header if plain == name else f"{header}; {exact.partition('; ')[2]}"


def _safe(name: str) -> str:
    """The name without what a file system or a header takes for something else, or what hides its true ending."""
    kept = "".join(" " if unicodedata.category(c)[0] in "CZ" else "_" if c in r'\/:*?"<>|' else c for c in name)
    stem = " ".join(kept.split()).strip(". ")
    return stem[-100:].strip(". ") or "file"


@requires(Permission.IMAGE_VIEW)
@require_safe
def image(request: HttpRequest, pk: int, image: int, variant: str) -> HttpResponse:
    """A picture of an encounter. The untouched original is a download, for those who may."""
    row = (
        EncounterImage.objects.select_related("encounter__patient", *VARIANTS.values())
        .filter(pk=image, encounter_id=pk)
        .first()
    )
    if row is None or variant not in VARIANTS:
        raise Http404
    file: StoredFile = getattr(row, VARIANTS[variant])
    is_original = variant == "original"
    return serve(
        request,
        file,
        permission=Permission.ORIGINAL_DOWNLOAD if is_original else Permission.IMAGE_VIEW,
        name=f"{row.encounter}-figure-{row.position}.{EXTENSIONS.get(file.media_type, 'bin')}",
        action="image.download" if is_original else "image.view",
        subject=row.encounter,
        patient=row.encounter.patient,
        download=is_original,
        variant=variant,
    )
