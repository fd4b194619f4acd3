"""What every command of Ductus shares: one sentence instead of a traceback, one object per line with --json."""

from __future__ import annotations

import json
import os
import re
import sys
from argparse import ArgumentTypeError
from datetime import date, datetime, time
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError, models
from django.utils import timezone

from documentation.kernel.machine import NotPossible, Refusal
from documentation.models import Location, Organization

M = TypeVar("M", bound=models.Model)


class Refused(CommandError):
    """Ends a command with exit code 1; the message is one sentence for the person at the terminal."""


class Command(BaseCommand):
    """A command that refuses in words.

    Whatever verbs refuse, and whatever cannot be stored, ends it with exit code 1 and a sentence on standard
    error. With --json, standard output holds one object per line and nothing else.
    """

    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", help="print one JSON object per line and nothing else")
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        self.as_json = bool(options.get("json"))
        try:
            result = super().execute(*args, **options)
            self.stdout.flush()
        except BrokenPipeError:
            # The reader had enough. Python must not stumble over the closed pipe again when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except Refusal as e:
            raise Refused(one_line(*e.reasons)) from e
        except ValidationError as e:
            raise Refused(one_line(*_told(e))) from e
        except (OperationalError, ProgrammingError) as e:
            if "is locked" in str(e) or "lock timeout" in str(e):
                # Nothing of it was kept: every verb is one transaction.
                raise Refused("The database is busy: others are writing to it. Nothing was done; try again.") from e
            raise Refused(f"The database cannot be used: {one_line(str(e))}. Is it there, and was it migrated?") from e
        return result

    def tell(self, data: dict[str, Any], text: str) -> None:
        """Print a result: the object with --json, else the text."""
        self.stdout.write(json.dumps(data) if self.as_json else text)


def one_line(*sentences: str) -> str:
    return " ".join(" ".join(sentences).split())


def _told(error: ValidationError) -> list[str]:
    if hasattr(error, "error_dict"):
        return [f"{name}: {text}" for name, texts in error.message_dict.items() for text in texts]
    return error.messages


def add_at(parser: CommandParser) -> None:
    """Add `--at`, which sets the moment at which a command acts."""
    parser.add_argument("--at", type=_day_or_moment, metavar="DATE", help="act as if on this day; demo databases only")


def _day_or_moment(text: str) -> date | datetime:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
            return date.fromisoformat(text)
        return datetime.fromisoformat(text)
    except ValueError as e:
        raise ArgumentTypeError(f"{text!r} is no date such as 2026-11-05 and no moment such as 2026-11-05T09:00") from e


def moment(given: date | datetime | str | None) -> datetime:
    """The moment at which a command acts: now, or what `--at` says, where the database is flagged as demo or empty.

    A date means noon at the first location, a moment without an offset is a time there.
    """
    if given is None:
        return timezone.now()
    if isinstance(given, str):  # call_command hands options over as they are
        given = _day_or_moment(given)
    practice = Organization.current()
    if practice is not None and not practice.is_demo:
        raise NotPossible("--at works in a demo or test database only: a real record says when it was really made.")
    place = Location.objects.order_by("pk").first() or Location()
    if not isinstance(given, datetime):
        given = datetime.combine(given, time(12))
    return given if given.tzinfo else given.replace(tzinfo=place.zone)


def by_number(model: type[M], text: str) -> M:
    """The row with a number such as E000001. Raises NotPossible with a sentence when there is none."""
    letter = model._meta.object_name[0] if model._meta.object_name != "Packet" else "K"  # type: ignore[index]
    name = str(model._meta.verbose_name)
    match = re.fullmatch(letter + "([0-9]{6,12})", text.strip().upper(), re.ASCII)
    row = model._default_manager.filter(pk=int(match[1])).first() if match else None
    if row is None:
        raise NotPossible(f"There is no {name} {text[:40]!a} here; numbers look like {letter}000001.")
    return row
