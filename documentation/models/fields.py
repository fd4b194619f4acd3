"""Field types that several models share: cleaned text, tokens of a vocabulary, addresses, identifiers."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.deconstruct import deconstructible

from documentation.kernel import identifiers
from documentation.kernel.text import UnusableText, clean_text
from documentation.kernel.vocabulary import NONE, Vocabulary


def index_of_filled(field: str, name: str) -> models.Index:
    """An index of a column that few rows fill, of those alone. In one of all rows nearly every entry is empty: what
    counted them takes the index for useless, and reads the whole table instead.
    """
    return models.Index(fields=[field], condition=models.Q(**{f"{field}__isnull": False}), name=name)


class CleanCharField(models.CharField):
    """One line of text, cleaned on the way in. Too long is refused, never cut."""

    def clean(self, value: Any, model_instance: Any) -> Any:
        return super().clean(_cleaned(value, multiline=False), model_instance)

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        value = _cleaned(super().pre_save(model_instance, add), multiline=False)
        setattr(model_instance, self.attname, value)
        return value


class CleanTextField(models.TextField):
    """Text of several lines, cleaned on the way in."""

    def clean(self, value: Any, model_instance: Any) -> Any:
        return super().clean(_cleaned(value, multiline=True), model_instance)

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        value = _cleaned(super().pre_save(model_instance, add), multiline=True)
        setattr(model_instance, self.attname, value)
        return value


def _cleaned(value: Any, *, multiline: bool) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return clean_text(value, multiline=multiline)
    except UnusableText as e:
        raise ValidationError(str(e)) from e


def short_text(max_length: int, **options: Any) -> CleanCharField:
    """A line of text that may stay empty."""
    return CleanCharField(max_length=max_length, blank=True, default="", **options)


def prose(max_length: int = 20_000, **options: Any) -> CleanTextField:
    """Text of any length that a person would write; longer than `max_length` characters is refused."""
    from django.core.validators import MaxLengthValidator

    return CleanTextField(blank=True, default="", validators=[MaxLengthValidator(max_length)], **options)


def token(vocabulary: Vocabulary, **options: Any) -> models.CharField:
    """One word of a vocabulary; empty means 'not recorded'."""
    return models.CharField(max_length=48, blank=True, default="", choices=vocabulary.choices, **options)


def tokens(vocabulary: Vocabulary, **options: Any) -> models.JSONField:
    """Several words of a vocabulary in the order they were given; an empty list means 'not recorded'."""
    return models.JSONField(default=list, blank=True, validators=[TokenList(vocabulary.name)], **options)


@deconstructible
class TokenList:
    """A list of tokens of one vocabulary, without repetition; `none` stands alone."""

    def __init__(self, vocabulary: str) -> None:
        self.vocabulary = vocabulary

    def __call__(self, value: Any) -> None:
        from documentation.kernel.vocabulary import BY_NAME

        words = BY_NAME[self.vocabulary]
        if not isinstance(value, list) or any(not isinstance(v, str) for v in value):
            raise ValidationError("Give a list of words.")
        for v in value:
            if v not in words:
                raise ValidationError(f"“{v}” is not one of: {', '.join(words)}.")
        if len(set(value)) != len(value):
            raise ValidationError("The same answer was given twice.")
        if NONE in value and len(value) > 1:
            raise ValidationError(f"“{words[NONE]}” cannot stand beside other answers.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TokenList) and other.vocabulary == self.vocabulary


@deconstructible
class TextList:
    """A list of short texts; `shape` names a check of `kernel.identifiers` for each of them."""

    def __init__(self, max_length: int = 500, max_items: int = 50, shape: str = "") -> None:
        self.max_length, self.max_items, self.shape = max_length, max_items, shape

    def __call__(self, value: Any) -> None:
        if not isinstance(value, list) or any(not isinstance(v, str) for v in value):
            raise ValidationError("Give a list of texts.")
        if len(value) > self.max_items:
            raise ValidationError(f"At most {self.max_items} entries are kept; there are {len(value)}.")
        for v in value:
            if not v.strip() or len(v) > self.max_length:
                raise ValidationError(f"Each entry has 1 to {self.max_length} characters.")
            if any(unicodedata.category(c) in ("Cc", "Cs") for c in v):
                raise ValidationError("An entry holds characters that cannot be kept. Type it again.")
            problem = getattr(identifiers, self.shape)(v) if self.shape else ""
            if problem:
                raise ValidationError(f"{v}: {problem}")
        if len(set(value)) != len(value):
            raise ValidationError("The same entry was given twice.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TextList) and vars(other) == vars(self)


@deconstructible
class Shape:
    """A text of the shape that a check of `kernel.identifiers` describes; empty passes."""

    def __init__(self, check: str) -> None:
        self.check = check

    def __call__(self, value: str) -> None:
        check: Callable[[str], str] = getattr(identifiers, self.check)
        problem = check(value) if value else ""
        if problem:
            raise ValidationError(problem)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and other.check == self.check


class AddressFields(models.Model):
    """A postal address in the United States."""

    line1 = short_text(80, verbose_name="street address")
    line2 = short_text(80, verbose_name="address, second line")
    city = short_text(60)
    state = short_text(2, validators=[Shape("state_problem")])
    zip = short_text(9, verbose_name="ZIP code", validators=[Shape("zip_problem")])

    class Meta:
        abstract = True


def canonical(data: Any) -> str:
    """JSON with sorted keys and without spare space: the form that is hashed."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
