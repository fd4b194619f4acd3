"""Verbs on views of the worklist: keep, rename, share, remove, begin with one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from claims.models import SavedView, StartView
from claims.queries.worklist_rows import views_of
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record

MOST = 50
"""Views of one person: a list that nobody can look over helps nobody."""


def seen_by(user: User) -> QuerySet[SavedView]:
    """A person's own views and those that are shared, by their names."""
    return views_of([user.pk])


def keep(name: str, query: Mapping[str, str], *, is_shared: bool, by: User, at: datetime) -> SavedView:
    """Keep filters under a name."""
    _require(by, is_shared)
    with transaction.atomic():
        if SavedView.objects.filter(owner=by, removed_at=None).count() >= MOST:
            raise NotPossible(f"You keep {MOST} views already. Remove one that you do not need.")
        view = SavedView(owner=by, name=name, query=dict(query), is_shared=is_shared, created_at=at)
        _save(view)
        record("view.keep", by=by, at=at, subject=view, shared=is_shared)
    return view


def change(view: SavedView, name: str, *, is_shared: bool, by: User, at: datetime) -> SavedView:
    """Give a view another name, share it, or keep it to oneself again."""
    with transaction.atomic():
        row = _own(view, by)
        _require(by, is_shared and not row.is_shared)
        row.name, row.is_shared = name, is_shared
        _save(row)
        if not is_shared:
            StartView.objects.filter(view=row).exclude(user=by).delete()
        record("view.change", by=by, at=at, subject=row, shared=is_shared)
    return row


def remove(view: SavedView, *, by: User, at: datetime) -> None:
    """Take a view away; `restore` brings it back."""
    with transaction.atomic():
        row = _own(view, by)
        SavedView.objects.filter(pk=row.pk).update(removed_at=at)
        StartView.objects.filter(view=row).delete()
        record("view.remove", by=by, at=at, subject=row)


def restore(view: SavedView, *, by: User, at: datetime) -> SavedView:
    """Bring a removed view back. A name that was given anew meanwhile gets a number."""
    with transaction.atomic():
        row = SavedView.objects.select_for_update().get(pk=view.pk)
        if row.owner_id != by.pk:
            raise NotPermitted("This view is not yours.")
        if row.removed_at is None:
            return row
        taken = set(SavedView.objects.filter(owner=by, removed_at=None).values_list("name", flat=True))
        names = (row.name, *(f"{row.name[:56]} {n}" for n in range(2, MOST + 3)))
        row.name = next(name for name in names if name not in taken)
        row.removed_at = None
        row.save()
        record("view.restore", by=by, at=at, subject=row)
    return row


def start_with(view: SavedView | None, *, by: User, at: datetime) -> None:
    """Let the worklist of a person open with a view, or with everything again."""
    with transaction.atomic():
        if view is None:
            StartView.objects.filter(user=by).delete()
        else:
            row = SavedView.objects.select_for_update().get(pk=view.pk)
            if row.removed_at or not (row.is_shared or row.owner_id == by.pk):
                raise NotPossible("This view was removed, or is not shared any more.")
            StartView.objects.update_or_create(user=by, defaults={"view": row})
        record("view.start", by=by, at=at, subject=view)


def _own(view: SavedView, by: User) -> SavedView:
    row = SavedView.objects.select_for_update().get(pk=view.pk)
    if row.owner_id != by.pk:
        raise NotPermitted("This view is not yours. Keep one of your own with the same filters.")
    if row.removed_at:
        raise NotPossible("This view was removed. Bring it back first.")
    return row


def _require(by: User, is_shared: bool) -> None:
    if is_shared and not by.may(Permission.CLAIM_PREPARE):
        raise NotPermitted("Your role keeps views to itself. Ask a biller to share one.")


def _save(view: SavedView) -> None:
    view.name = view.name.strip()
    if not view.name:
        raise ValidationError({"name": "Give the view a name."})
    if SavedView.objects.filter(owner=view.owner, name=view.name, removed_at=None).exclude(pk=view.pk).exists():
        raise ValidationError({"name": "You keep a view of this name already. Give another one."})
    view.full_clean(validate_constraints=False)
    view.save()
