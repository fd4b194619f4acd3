"""Every road by which a row could be changed or taken out of its table, one function each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core import serializers
from django.db import DatabaseError, connection, models, transaction


@dataclass(frozen=True)
class Sealed:
    """One row that must stay: `column` can be changed, `removal` says whether taking it out is refused, too."""

    model: type[models.Model]
    column: str
    value: Any
    removal: bool = True

    def row(self) -> models.Model:
        return self.model._default_manager.order_by("pk").first()  # type: ignore[return-value]


def by_save(row: models.Model, sealed: Sealed) -> None:
    setattr(row, sealed.column, sealed.value)
    row.save()


def by_update(row: models.Model, sealed: Sealed) -> None:
    sealed.model._default_manager.filter(pk=row.pk).update(**{sealed.column: sealed.value})


def by_bulk_update(row: models.Model, sealed: Sealed) -> None:
    setattr(row, sealed.column, sealed.value)
    sealed.model._default_manager.bulk_update([row], [sealed.column])


def by_upsert(row: models.Model, sealed: Sealed) -> None:
    setattr(row, sealed.column, sealed.value)
    sealed.model._default_manager.bulk_create(
        [row], update_conflicts=True, update_fields=[sealed.column], unique_fields=[row._meta.pk.name]
    )


def by_update_or_create(row: models.Model, sealed: Sealed) -> None:
    sealed.model._default_manager.update_or_create(pk=row.pk, defaults={sealed.column: sealed.value})


def by_loading_a_dump(row: models.Model, sealed: Sealed) -> None:
    """What the command loaddata does: rows are saved as they stand in the file, past the model's own save."""
    (dumped,) = serializers.deserialize("python", serializers.serialize("python", [row]))
    setattr(dumped.object, sealed.column, sealed.value)
    dumped.save()


def by_sql(row: models.Model, sealed: Sealed) -> None:
    field = sealed.model._meta.get_field(sealed.column)
    pk = sealed.model._meta.pk
    value = field.get_db_prep_save(sealed.value, connection)  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{sealed.model._meta.db_table}" SET "{sealed.column}" = %s WHERE "{pk.column}" = %s',
            [value, row.pk],
        )


def by_replacing(row: models.Model, sealed: Sealed) -> None:
    """INSERT OR REPLACE, which takes the old row out unseen; PostgreSQL empties the table instead."""
    table = sealed.model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or what this test wrote itself would forbid it
            cursor.execute(f'TRUNCATE "{table}" CASCADE')
            return
        fields = sealed.model._meta.concrete_fields
        setattr(row, sealed.column, sealed.value)
        values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
        names = ", ".join(f'"{field.column}"' for field in fields)
        marks = ", ".join(["%s"] * len(fields))
        cursor.execute(f'INSERT OR REPLACE INTO "{table}" ({names}) VALUES ({marks})', values)


def by_delete(row: models.Model, sealed: Sealed) -> None:
    row.delete()


def by_raw_delete(row: models.Model, sealed: Sealed) -> None:
    """Past Django's own look at what would be left behind."""
    rows = sealed.model._default_manager.filter(pk=row.pk)
    rows._raw_delete(rows.db)


def by_queryset_delete(row: models.Model, sealed: Sealed) -> None:
    sealed.model._default_manager.filter(pk=row.pk).delete()


def by_sql_delete(row: models.Model, sealed: Sealed) -> None:
    pk = sealed.model._meta.pk
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{sealed.model._meta.db_table}" WHERE "{pk.column}" = %s', [row.pk])


CHANGES: tuple[Callable[[models.Model, Sealed], None], ...] = (
    by_save,
    by_update,
    by_bulk_update,
    by_upsert,
    by_update_or_create,
    by_loading_a_dump,
    by_sql,
    by_replacing,
)
REMOVALS = (by_delete, by_queryset_delete, by_raw_delete, by_sql_delete)


def everything(model: type[models.Model]) -> list[dict[str, Any]]:
    return list(model._default_manager.order_by("pk").values())


def came_through(sealed: Sealed) -> list[str]:
    """Names of the roads by which the row could be changed or removed."""
    roads = (*CHANGES, *(REMOVALS if sealed.removal else ()))
    open_roads, before = [], everything(sealed.model)
    assert before, f"no row of {sealed.model.__name__} to try"
    for road in roads:
        with transaction.atomic():
            try:
                with transaction.atomic():
                    road(sealed.row(), sealed)
            except (DatabaseError, models.ProtectedError):
                pass
            else:
                open_roads.append(road.__name__)
            # A road that was refused late must have left nothing either.
            if everything(sealed.model) != before and road.__name__ not in open_roads:
                open_roads.append(f"{road.__name__}, half")
            transaction.set_rollback(True)
    return open_roads
