"""One section of one encounter while somebody types: its form, its lists, and how they compare with what is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from documentation.filling import RowOffer, finding_offers, treatment_offers
from documentation.forms.fields import Chips, field_for, help_for
from documentation.forms.layout import helper_for
from documentation.forms.parts import Group, Rows, Section
from documentation.forms.rows import BaseRows, rows_class
from documentation.forms.sections import FINDINGS
from documentation.forms.words import row_words
from documentation.kernel.pending import in_section, marks_from
from documentation.kernel.vocabulary import INTERVENTION, QUALITY
from documentation.models import Clinician, Encounter
from documentation.queries.encounters import draft_facts
from documentation.queries.stored import NAMES


@dataclass(frozen=True)
class Difference:
    """A field whose typed value is not the stored one, both in words."""

    label: str
    typed: str
    stored: str
    target: str


class SectionForm:
    """A section as it is shown and typed. `encounter` comes from `queries.encounters.with_record`."""

    def __init__(self, section: Section, encounter: Encounter, data: Any = None) -> None:
        self.section, self.encounter, self.data = section, encounter, data
        self.problems: list[str] = []
        self.waiting = frozenset(m.path for m in in_section(marks_from(encounter.to_confirm), section.key))
        """Paths of the values here that wait to be confirmed."""
        self.form = _form_class(section)(data, initial=stored_values(section, encounter), auto_id="id_%s")
        self.lists: dict[str, BaseRows] = {}
        for spec in section.lists:
            given = data if data is not None and f"{spec.name}-TOTAL_FORMS" in data else None
            self.lists[spec.name] = rows_class(spec)(given, initial=stored_rows(spec, encounter), prefix=spec.name)
        self._offer_choices()

    # --- Typed values

    def is_valid(self) -> bool:
        """Whether everything typed can be read; what cannot has its sentence at the field."""
        sound = self.form.is_valid()
        for rows in self.lists.values():
            if rows.is_bound and not rows.is_valid():
                sound = False
                self.problems += [str(e) for e in rows.non_form_errors()]
        return sound

    @property
    def values(self) -> dict[str, Any]:
        """What was typed. A browser sends chips in the order of the page: what was chosen before keeps its own."""
        values = dict(self.form.cleaned_data)
        for name, given in values.items():
            if isinstance(self.form.fields[name], forms.MultipleChoiceField):
                kept = [x for x in self.form.initial[name] if x in given]
                values[name] = [*kept, *(x for x in given if x not in kept)]
        return values

    @property
    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """The lists that were sent, each with the rows that count."""
        return {n: [row for _, row in r.given] for n, r in self.lists.items() if r.is_bound}

    def take_errors(self, error: ValidationError) -> None:
        """Put the sentences of a service to their fields; `list[index].field` counts the rows that were given."""
        by_key = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for key, sentences in by_key.items():
            found = re.fullmatch(r"(\w+)\[(\d+)\]\.(\w+)", key)
            if found and found[1] in self.lists:
                rows = self.lists[found[1]]
                form = rows.forms[rows.given[int(found[2])][0]]
                self._add(form, found[3], sentences)
            else:
                self._add(self.form, key, sentences)

    def _add(self, form: forms.Form, name: str, sentences: list[str]) -> None:
        if name in form.fields and not form.fields[name].widget.is_hidden:
            form.add_error(name, sentences)
        else:
            self.problems += sentences

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """(id of the field, its label, sentence) of everything that could not be taken."""
        found = []
        for form, where in self._forms():
            if form.is_bound:
                found += [
                    (f"id_{form.add_prefix(name)}", f"{where}{form.fields[name].label}", str(sentence))
                    for name, sentences in form.errors.items()
                    if name in form.fields
                    for sentence in sentences
                ]
        return found

    def _forms(self) -> list[tuple[forms.Form, str]]:
        rows = [
            (form, f"{r.spec.one.capitalize()} {n}: ") for r in self.lists.values() for n, form in enumerate(r.forms, 1)
        ]
        return [(self.form, ""), *rows]

    # --- What is drawn

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Groups and lists in order, with the crispy helpers that draw them."""
        return [self._group(b) if isinstance(b, Group) else self._rows(b) for b in self.section.body]

    def _group(self, group: Group) -> dict[str, Any]:
        suggestions = [{"item": i, "target": f"id_{i.name}"} for i in group.items if i.suggest]
        used = [self.form[i.name] for i in group.items if self.form[i.name].value() not in (None, "", [])]
        is_open = bool(used) or any(i.name in self.form.errors for i in group.items)
        return {
            "group": group,
            "helper": helper_for(self.form, group.items, self.marks_of(self.section.key)),
            "suggestions": suggestions,
            "is_open": is_open,
        }

    def marks_of(self, owner: str) -> dict[str, str]:
        """By field, the paths to confirm of a section or of a row, such as `procedure.glands.12`."""
        found = (path.rpartition(".") for path in self.waiting)
        return {name: f"{before}.{name}" for before, _, name in found if before == owner}

    def _rows(self, spec: Rows) -> dict[str, Any]:
        rows = self.lists[spec.name]
        blank = rows.empty_form
        self._offer_findings(blank)
        return {
            "rows": spec,
            "formset": rows,
            "offers": self.offers(spec.name),
            "drawn": [self._row(spec, form, n) for n, form in enumerate(rows.forms)],
            "blank": self._row(spec, blank, None),
        }

    def _row(self, spec: Rows, form: forms.Form, index: int | None) -> dict[str, Any]:
        more_used = any(form[i.name].value() not in (None, "", []) for i in spec.more)
        known_by = NAMES[spec.name]
        marks = self.marks_of(f"{self.section.key}.{spec.name}.{form[known_by].value()}") if index is not None else {}
        return {
            "form": form,
            "index": index,
            "number": "" if index is None else index + 1,
            "main": helper_for(form, spec.items, marks),
            "more": helper_for(form, spec.more, marks) if spec.more else None,
            "more_open": more_used or any(i.name in form.errors for i in spec.more) if form.is_bound else more_used,
            "hidden": [form[name] for name in spec.hidden],
            "sentence": row_words(spec, form) if index is not None else "",
            "seen": self._seen_and_done(form) if spec.name == "findings" and index is not None else {},
            "open": index is None or bool(marks or (form.is_bound and form.errors)) or not _first_value(spec, form),
        }

    def offers(self, name: str) -> tuple[RowOffer, ...]:
        """Rows of a list that one press adds, from what is stored."""
        make = {"findings": finding_offers, "interventions": treatment_offers}.get(name)
        return make(draft_facts(self.encounter, with_unconfirmed=True)) if make else ()

    @cached_property
    def _linked(self) -> dict[str, tuple[list[str], list[str]]]:
        """Figures and treatments of each stored finding, by its key."""
        images = list(self.encounter.images.all())
        treatments = list(self.encounter.interventions.all())
        return {
            f.key: (
                [str(n) for n, i in enumerate(images, 1) if i.finding_id == f.pk],
                [INTERVENTION.label(t.type).lower() for t in treatments if t.finding_id == f.pk],
            )
            for f in self.encounter.findings.all()
        }

    def _seen_and_done(self, form: forms.Form) -> dict[str, str]:
        """Which figures show a finding and what was done about it; what is missing, if anything."""
        key = form["key"].value()
        if key not in self._linked:
            return {}
        figures, treatments = self._linked[key]
        shown = f"{'Figure' if len(figures) == 1 else 'Figures'} {' and '.join(figures)}" if figures else ""
        treated = f"treated: {', '.join(treatments)}" if treatments else ""
        is_lacking = not figures and not form["not_imaged_reason"].value()
        return {
            "note": " · ".join(x for x in (shown, treated) if x),
            "lack": "No image shows this finding yet. Payers deny what they cannot see." if is_lacking else "",
            "tone": "ready" if form["type"].value() == "normal" else "denied",
        }

    def _offer_choices(self) -> None:
        if "findings" in self.form.fields:
            self.form.fields["findings"].choices = self.finding_choices  # type: ignore[attr-defined]
        if "quality" in self.form.fields:
            self._offer_quality()
        if "clinician" in self.form.fields:
            offered = Clinician.objects.filter(Q(is_active=True) | Q(pk=self.encounter.clinician_id))
            self.form.fields["clinician"].queryset = offered  # type: ignore[attr-defined]
        if "interventions" in self.lists:
            for form in self.lists["interventions"].forms:
                self._offer_findings(form)

    def _offer_quality(self) -> None:
        # The field takes any text; what came from elsewhere stays a choice, so that saving does not lose it.
        stored = self.form.initial["quality"]
        if stored and stored not in QUALITY:
            widget: Any = self.form.fields["quality"].widget
            widget.choices = [*QUALITY.choices, (stored, stored), ("", "Clear")]

    def _offer_findings(self, form: forms.Form) -> None:
        if "finding" in form.fields:
            form.fields["finding"].widget.choices = [("", "No finding in particular"), *self.finding_choices]

    @property
    def finding_choices(self) -> list[tuple[str, str]]:
        """Key and words of each finding: as typed on this page, else as stored."""
        spec = next((s for s in self.section.lists if s.name == "findings"), None)
        if spec is None:
            return finding_choices(self.encounter)
        forms_ = self.lists["findings"].forms
        return [
            (str(f["key"].value()), f"{n}: {row_words(spec, f)}") for n, f in enumerate(forms_, 1) if f["key"].value()
        ]

    def learned(self, typed: SectionForm, origins: Mapping[str, list[int | None]]) -> list[dict[str, str]]:
        """What the page that was typed on has to know of its rows after a save: their sentences and names.

        `self` shows what is stored; `origins` tells which of the typed rows each of its rows came from.
        """
        facts = []
        for name, rows in self.lists.items():
            for form, origin in zip(rows.forms, origins.get(name, ()), strict=False):
                if origin is None:
                    continue
                place = typed.lists[name].given[origin][0]
                words = row_words(rows.spec, form)
                if rows.spec.folded:
                    seen = self._seen_and_done(form) if name == "findings" else {}
                    facts.append({"id": f"said-{name}-{place}", "words": words, **seen})
                facts += [
                    {"id": f"id_{name}-{place}-{h}", "value": str(form[h].value() or "")} for h in rows.spec.hidden
                ]
        return facts


@cache
def _form_class(section: Section) -> type[forms.Form]:
    fields: dict[str, forms.Field] = {}
    for item in section.items:
        field = field_for((item.model or section.model)._meta.get_field(item.name))
        if section.key == "interpretation" and item.name == "findings":
            field = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
        elif item.name == "quality":
            field.widget = Chips(choices=[*QUALITY.choices, ("", "Clear")])
        field.label = item.label or field.label
        field.help_text = help_for((item.model or section.model)._meta.get_field(item.name), item.help, item.unit)
        fields[item.name] = field
    return type(f"{section.key}_form", (forms.Form,), fields)


def stored_values(section: Section, encounter: Encounter) -> dict[str, Any]:
    """The fields of a section as they are stored."""
    row = _row_of(section.model, encounter)
    values = {}
    for item in section.items:
        source = _row_of(item.model, encounter) if item.model else row
        value = getattr(source, f"{item.name}_id" if item.name in ("location", "clinician") else item.name)
        values[item.name] = value
    if section.key == "interpretation":
        known = {f.key for f in encounter.findings.all()}
        values["findings"] = [k for k in values["findings"] if k in known]
    return values


def _row_of(model: Any, encounter: Encounter) -> Any:
    return encounter if model in (Encounter, None) else getattr(encounter, model.__name__.lower())


def stored_rows(spec: Rows, encounter: Encounter) -> list[dict[str, Any]]:
    """The rows of a list as they are stored."""
    names = [*spec.hidden, *(i.name for i in (*spec.items, *spec.more))]
    keys = {f.pk: f.key for f in encounter.findings.all()} if spec.name == "interventions" else {}
    rows = []
    for row in getattr(encounter, spec.name).all():
        values = {n: getattr(row, n) for n in names if n != "finding"}
        if spec.name == "interventions":
            values["finding"] = keys.get(row.finding_id, "")
        rows.append(values)
    return rows


def finding_choices(encounter: Encounter) -> list[tuple[str, str]]:
    """Key and words of each stored finding, in order."""
    spec = FINDINGS.lists[0]
    rows = rows_class(spec)(initial=stored_rows(spec, encounter), prefix="findings")
    return [(str(f["key"].value()), f"{n}: {row_words(spec, f)}") for n, f in enumerate(rows.forms, 1)]


def _first_value(spec: Rows, form: Any) -> bool:
    return form[spec.items[0].name].value() not in (None, "")
