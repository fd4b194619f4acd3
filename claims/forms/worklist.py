"""What an address of the worklist chooses. What it cannot mean is said in a sentence, and left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms

from claims.forms.base import Told
from claims.models.calls import CALL_OUTCOMES
from claims.models.payers import LINES
from claims.models.submissions import CHANNELS
from claims.queries.narrowing import ORDERS, SCOPES, Narrowed
from claims.queries.worklists import BY_KEY
from documentation.forms.fields import Chips, CleanField
from documentation.kernel.rule import Cause

KEYS = "queue scope owner payer kind clinician location cause channel age least most within order".split()
"""Names in the address, in the order in which they are written."""
_NUMBERS = {
    "age": ("days since the service", 36_500),
    "least": ("the least amount", 10_000_000),
    "most": ("the highest amount", 10_000_000),
    "within": ("days to the last day", 36_500),
}
_ROWS = {"owner": "person", "payer": "payer", "clinician": "clinician", "location": "location"}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "queue": {key: queue.label for key, queue in BY_KEY.items()},
    "scope": SCOPES,
    "order": ORDERS,
    "kind": dict(LINES),
    "cause": {c.value: c.label for c in Cause},
    "channel": dict(CHANNELS),
}
_SAID = {"queue": "queue", "scope": "choice of whose claims", "order": "order", "kind": "kind of plan",
         "cause": "cause", "channel": "way of sending"}  # fmt: skip
_AMOUNTS = ("least", "most")


@dataclass(frozen=True)
class Read:
    """What was understood, and a sentence for each thing that was not."""

    chosen: Narrowed
    said: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    """The same as it stands in an address, without what chooses nothing."""


def read(given: Mapping[str, Any], rows: Mapping[str, Mapping[int, str]], *, with_amounts: bool = True) -> Read:
    """What an address chooses. `rows` are the people, payers, clinicians and locations that there are, by key."""
    values: dict[str, Any] = {}
    said: list[str] = []
    for key in KEYS:
        text = str(given.get(key, "")).strip()
        if not text:
            continue
        if not with_amounts and (key in _AMOUNTS or (key == "order" and text in ("priority", "amount"))):
            said.append("Amounts are not shown to your role, so nothing was chosen or ordered by them.")
        elif key in _WORDS:
            _take(values, said, key, text if text in _WORDS[key] else None, f"There is no such {_SAID[key]}.")
        elif key in _ROWS:
            pk = int(text) if text.isascii() and text.isdigit() and len(text) < 15 else None
            _take(values, said, key, pk if pk in rows[key] else None, f"There is no such {_ROWS[key]}.")
        else:
            words, most = _NUMBERS[key]
            n = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
            fits = n is not None and n <= most
            _take(values, said, key, n if fits else None, f"For {words} give a whole number from 0 to {most:,}.")
    least, high = values.get("least"), values.get("most")
    if least is not None and high is not None and least > high:
        said.append(f"${least:,} is more than ${high:,}: the two amounts were turned round.")
        values["least"], values["most"] = high, least
    if values.get("scope") and values.get("owner"):
        if values["scope"] == "unassigned":
            said.append("What is unassigned is with nobody, so the person was left out.")
            del values["owner"]
        elif values["scope"] == "mine":
            said.append("Mine and another person were both chosen. The person counts.")
            del values["scope"]
    query = {key: str(values[key]) for key in KEYS if key in values}
    return Read(Narrowed(**values), tuple(dict.fromkeys(said)), query)


def _take(values: dict[str, Any], said: list[str], key: str, value: Any, sentence: str) -> None:
    if value is None:
        said.append(f"{sentence} It was left out.")
    else:
        values[key] = value


def words(query: Mapping[str, str], rows: Mapping[str, Mapping[int, str]]) -> list[tuple[str, str]]:
    """What narrows the list, as (key, words): 'Payer: Example Dental Plan'. Queue, scope and order stand elsewhere."""
    found = []
    for key, text in query.items():
        if key in _ROWS:
            found.append((key, rows[key].get(int(text), "")))
        elif key in ("kind", "cause", "channel"):
            found.append((key, _WORDS[key][text] if key != "channel" else f"sent by {_WORDS[key][text].lower()}"))
        elif key in _NUMBERS:
            n = int(text)
            days = f"{n:,} day{'' if n == 1 else 's'}"
            said = {
                "age": f"service {days} ago or more",
                "least": f"${n:,} or more",
                "most": f"${n:,} or less",
                "within": f"last day within {days}",
            }
            found.append((key, said[key]))
    return found


class NoteForm(Told, forms.Form):
    text = CleanField(
        label="Note", max_length=1000, strip=True, widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"})
    )


class HandOverForm(Told, forms.Form):
    """Whose a claim is from now on, and what they should know."""

    to = forms.ChoiceField(label="Who works on it", required=False)
    note = CleanField(label="Note for them", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, people: Mapping[int, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [("", "Nobody"), *((str(pk), name) for pk, name in people.items())]  # type: ignore[attr-defined]


class ReasonForm(Told, forms.Form):
    reason = CleanField(label="Why they are held", max_length=500, help_text="Said on each claim.")


class CallForm(Told, forms.Form):
    """One answer of a payer about many claims."""

    outcome = forms.ChoiceField(label="What the payer said", choices=CALL_OUTCOMES, widget=Chips)
    called_on = forms.DateField(label="Day of the call", widget=forms.DateInput(attrs={"type": "date"}))
    next_on = forms.DateField(label="Ask again on", widget=forms.DateInput(attrs={"type": "date"}))
    representative = CleanField(label="Who answered", required=False, max_length=60)
    reference = CleanField(label="Reference of the call", required=False, max_length=60)
    note = CleanField(label="Note", required=False, max_length=500)


class NothingForm(Told, forms.Form):
    """Nothing is to be told."""


class ViewForm(Told, forms.Form):
    """A view's name, and whether the practice sees it."""

    name = CleanField(label="Name", max_length=60)
    is_shared = forms.BooleanField(label="Everybody in the practice sees it", required=False)
