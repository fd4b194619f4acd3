"""The public check of a packet: it says whether the file is the one that was sealed, and nothing else."""

from __future__ import annotations

import secrets

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from claims.forms.packets import MOST_BYTES, VerifyForm
from claims.models import Packet


# Exempt, so that a file past the limit is turned away before its body is read; the page changes nothing.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for the file; answer match or no match. An unknown code looks like a file that does not match."""
    if request.method == "GET":
        return _page(request, VerifyForm())
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        form = VerifyForm({})
        form.full_clean()
        form.errors.clear()
        form.add_error(
            "file",
            f"This file is larger than {MOST_BYTES // 1_000_000} MB, which is more than this page reads."
            " Give its SHA-256 instead.",
        )
        return _page(request, form, status=413)
    form = VerifyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    packet = Packet.objects.select_related("zip").filter(verification_code=code.upper()).first()
    is_match = secrets.compare_digest(form.digest(), packet.sha256 if packet else "")
    return render(request, "claims/verify.html", {"form": VerifyForm(), "answer": "match" if is_match else "no match"})


def _page(request: HttpRequest, form: VerifyForm, status: int = 200) -> HttpResponse:
    return render(request, "claims/verify.html", {"form": form}, status=status)
