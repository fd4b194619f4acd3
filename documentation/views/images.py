"""The pictures of an encounter: taken in, described, ordered, removed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import TooManyFilesSent, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from documentation.forms.images import ImageForm
from documentation.forms.record import finding_choices
from documentation.forms.sections import BY_KEY
from documentation.imaging.kinds import ACCEPT, NAMES
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, EncounterImage
from documentation.queries.figures import proposals_of
from documentation.services import audit, images
from documentation.services.holding import question
from documentation.services.proposals import take_proposals
from documentation.views import arriving, lighttable, phonelinks
from documentation.views.access import problem, refusals_become_pages, requires
from documentation.views.filling import after_confirming
from documentation.views.once import acts_once
from documentation.views.presence import arrive
from documentation.views.work import at_location, is_editable, record_or_404, section_url, work_context

AT_ONCE = 40
"""Files that one form can carry; with a script they travel one by one."""
MOST_BYTES = 400 * 1024 * 1024
"""Size of everything in one form."""


@requires(Permission.ENCOUNTER_EDIT)
@require_GET
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The section of the images."""
    encounter = record_or_404(pk)
    if not is_editable(encounter):
        return redirect("encounter", pk)
    audit.view(
        "encounter.view",
        by=_user(request),
        at=timezone.now(),
        subject=encounter,
        patient=encounter.patient,
        section="images",
    )
    return _page(request, encounter)


def page_with_code(request: HttpRequest, pk: int, code: phonelinks.Code) -> HttpResponse:
    """The section with the code of a phone link, for a browser without a script."""
    return _page(request, record_or_404(pk), None, 200, code=code)


def _page(
    request: HttpRequest, encounter: Encounter, typed: ImageForm | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    choices = finding_choices(encounter)
    rows = list(encounter.images.all())
    shown = typed.image if typed else lighttable.open_one(rows, request.GET.get("at", ""))
    one = lighttable.one_at_a_time(rows)
    table = lighttable.tiles(encounter, rows, shown if one else None)
    forms = [
        typed
        if typed and typed.image == tile.image
        else ImageForm(tile.image, encounter=encounter, choices=choices, number=tile.number)
        for tile in table
        if tile.is_open or not one
    ]
    proposals = proposals_of(encounter)
    for form in forms:
        form.proposal = proposals.of(form.image)
    context = {
        **work_context(encounter, timezone.now(), "images"),
        "section": BY_KEY["images"],
        "presence": arrive(request, encounter, "images"),
        "forms": forms,
        "tiles": table,
        **lighttable.neighbours(table),
        "most": images.MOST_IMAGES,
        "at_once": AT_ONCE,
        "wrong": typed,
        "accept": ACCEPT,
        "kinds": NAMES,
        "waiting": [(row, question(row)) for row in encounter.held_uploads.all()],
        **phonelinks.panel(encounter, timezone.now()),
        "previous_url": section_url(encounter, "findings"),
        "next_url": section_url(encounter, "interpretation"),
        "may_download": _user(request).may(Permission.ORIGINAL_DOWNLOAD),
        "proposals": proposals,
        **more,
    }
    return at_location(request, encounter, "documentation/images.html", context, status)


@csrf_exempt  # the form is read here first, to answer one that is too big in words; the token is checked just below
@requires(Permission.IMAGE_EDIT)
@refusals_become_pages
@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Take pictures in. Answers JSON to the page's script, a page to everybody else."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return _too_much(request, f"Together the files are larger than {MOST_BYTES // 2**20} MB.")
    try:
        request.FILES  # noqa: B018 - reading it is what may fail
    except TooManyFilesSent:
        return _too_much(request, f"More than {AT_ONCE} files were sent at once.")
    return _add(request, pk)


def _too_much(request: HttpRequest, why: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return JsonResponse({"outcomes": [{"name": "", "refusal": f"{why} Add fewer at a time."}]}, status=413)
    return problem(
        request, 413, "This was too much at once.", f"{why} Nothing was taken in. Go back and add fewer at a time."
    )


@csrf_protect
@acts_once
def _add(request: HttpRequest, pk: int) -> HttpResponse:
    encounter = Encounter.objects.select_related("patient", "location").filter(pk=pk).first()
    if encounter is None:
        raise Http404
    at = timezone.now()
    when, before = arriving.frozen_at(request.POST, at), arriving.number(request.POST.get("before", ""))
    uploads = [images.Upload(f.name or "image", f.read(), when, before) for f in request.FILES.getlist("images")]
    try:
        taken = images.take_in(encounter, uploads, by=_user(request), at=at)
    except (NotPermitted, NotPossible) as e:
        return arriving.refusal(request, e)
    if request.headers.get("HX-Request"):
        return arriving.answer(encounter, taken)
    _tell(request, encounter, taken)
    if len(taken) == 1 and taken[0].held:
        return redirect("image_decide", pk, taken[0].held.pk)
    return redirect(section_url(encounter, "images"))


@requires(Permission.IMAGE_EDIT)
@require_GET
def outcome(request: HttpRequest, pk: int, image: int) -> HttpResponse:
    """What became of an upload that is in already: where the same upload goes when it is sent again."""
    row = _image_or_404(pk, image)
    return arriving.answer(row.encounter, [images.Taken(row.original_name, image=row)])


def _tell(request: HttpRequest, encounter: Encounter, taken: list[images.Taken]) -> None:
    added = sum(t.image is not None for t in taken)
    if added:
        messages.success(request, f"{added} image{'' if added == 1 else 's'} added.")
    if not taken:
        messages.warning(request, "No file was chosen. Choose one or more images, then add them.")
    for t in taken:
        if t.same_as:
            where = section_url(encounter, "images") + f"#image-{t.same_as.pk}"
            link = format_html('<a href="{}">Go to figure {}</a>', where, t.same_as.position)
            messages.error(request, format_html("{}: {} {}", t.name, t.refusal, link))
        elif t.refusal:
            tell = messages.warning if t.held else messages.error
            tell(request, f"{t.name}: {t.refusal}")


@requires(Permission.IMAGE_EDIT)
@refusals_become_pages
@vary_on_headers("HX-Request")
@require_POST
def describe(request: HttpRequest, pk: int, image: int) -> HttpResponse:
    """Save what is said of one picture."""
    row = _image_or_404(pk, image)
    form = ImageForm(row, request.POST)
    seen = request.POST.get("seen", "")
    status, stale = 422, ""
    if form.is_valid():
        try:
            images.describe(
                row,
                form.values,
                by=_user(request),
                at=timezone.now(),
                seen=int(seen) if seen.isdecimal() and len(seen) < 10 else -1,
            )
        except ValidationError as e:
            for name, sentences in e.message_dict.items():
                form.add_error(name if name in form.fields else None, sentences)
        except NotPossible as e:
            status, stale = 409, e.reasons[0]
        else:
            return _described(request, pk, image)
    return _refused(request, pk, row.pk, form, status, stale)


def _described(request: HttpRequest, pk: int, image: int) -> HttpResponse:
    encounter = record_or_404(pk)
    rows = list(encounter.images.all())
    if not request.headers.get("HX-Request"):
        row = _image_or_404(pk, image)
        return redirect(lighttable.picture_url(encounter, row, one=lighttable.one_at_a_time(rows)))
    context = {
        **work_context(encounter, timezone.now(), "images"),
        "section": BY_KEY["images"],
        "tiles": lighttable.tiles(encounter, rows),
        "saved": True,
        "saved_image": image,
    }
    return at_location(request, encounter, "documentation/_image_saved.html", context)


def _refused(request: HttpRequest, pk: int, image: int, form: ImageForm, status: int, stale: str) -> HttpResponse:
    encounter = record_or_404(pk)
    # The form goes on with the picture as it is stored now: saving again is then a decision, not an accident.
    now = next((i for i in encounter.images.all() if i.pk == image), None)
    if now is None:
        return problem(
            request, 409, "This picture was removed meanwhile.", "Go back and load the page again to see what is left."
        )
    form.image = now
    if request.headers.get("HX-Request"):
        context = {
            **work_context(encounter, timezone.now(), "images"),
            "wrong": form,
            "stale": stale,
            "stored": ImageForm(now),
        }
        return at_location(request, encounter, "documentation/_image_saved.html", context, status)
    return _page(request, encounter, form, status, stale=stale, stored=ImageForm(now))


@requires(Permission.IMAGE_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take descriptions that the findings propose: `take` is `all`, `all:next`, `all:confirm` or a picture's key."""
    encounter = Encounter.objects.select_related("patient", "location").filter(pk=pk).first()
    if encounter is None:
        raise Http404
    what, _, after = request.POST.get("take", "").partition(":")
    wanted = None if what == "all" else {int(what)} if what.isdecimal() and len(what) < 16 else set()
    try:
        take_proposals(encounter, wanted, by=_user(request), at=timezone.now(), seal=request.POST.get("seal", ""))
    except NotPossible as e:
        messages.warning(request, e.reasons[0])
        after = "" if after == "next" else after
    if after == "confirm":
        return redirect(after_confirming(pk))
    if after == "next":
        return redirect(section_url(encounter, "interpretation"))
    return redirect(section_url(encounter, "images") + ("" if wanted is None else f"#image-{what}"))


@requires(Permission.IMAGE_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def move(request: HttpRequest, pk: int, image: int) -> HttpResponse:
    """Move a picture one place up or down."""
    row = _image_or_404(pk, image)
    keys = list(row.encounter.images.values_list("pk", flat=True))
    place = keys.index(row.pk)
    other = place + (-1 if request.POST.get("to") == "up" else 1)
    if 0 <= other < len(keys):
        keys[place], keys[other] = keys[other], keys[place]
        images.order(row.encounter, keys, by=_user(request), at=timezone.now())
    return redirect(lighttable.picture_url(row.encounter, row, one=lighttable.one_at_a_time(keys)))


@requires(Permission.IMAGE_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def remove(request: HttpRequest, pk: int, image: int) -> HttpResponse:
    """Take a picture out of the draft."""
    row = _image_or_404(pk, image)
    images.remove(row, by=_user(request), at=timezone.now())
    messages.success(request, "The image was taken out of the record.")
    return redirect(section_url(row.encounter, "images"))


def _image_or_404(pk: int, image: int) -> EncounterImage:
    row = (
        EncounterImage.objects.select_related("encounter__patient", "encounter__location", "original", "finding")
        .filter(pk=image, encounter_id=pk)
        .first()
    )
    if row is None:
        raise Http404
    return row


def _user(request: HttpRequest) -> Any:
    return request.user
