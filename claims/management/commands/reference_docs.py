"""Write the reference pages of docs/reference from what the program itself runs on: rules, states, roles, settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from claims import rules as claim_rules
from claims import workflow as claim_workflow
from claims.conditions.states import OWN_RULE
from claims.management import answers_page as answers
from claims.management import conditions_page as conditions
from claims.rules.order import TABLE as ORDER
from claims.rules.order import OrderRule
from documentation import rules as record_rules
from documentation.forms import groups
from documentation.forms.parts import Item
from documentation.kernel.dates import long_date
from documentation.kernel.machine import Machine
from documentation.kernel.permissions import GRANTS, Permission, Role
from documentation.kernel.rule import Rule, Severity
from documentation.views.addresses import Address, addresses
from documentation.workflow import AMENDMENT, ENCOUNTER

NOTE = "<!-- Written by `make docs` from the program itself. Change the program, not this page. -->"

FAMILIES = {
    "DOC-1": "Medical justification",
    "DOC-2": "Procedure and findings",
    "IMG-3": "Images and their interpretation",
    "DOC-4": "Diagnosis and subsequent care",
    "DOC-5": "Patient, visit, clinician and consent",
    "DOC-6": "Contradictions",
    "COV-1": "Coverage",
    "ELG-1": "Eligibility",
    "ELG-2": "Member and subscriber",
    "COD-1": "Coding",
    "AUT-1": "Prior authorization",
    "ATT-1": "What leaves with the claim",
    "COB-1": "Two plans",
    "FIL-1": "In time, and once",
    "FIL-2": "Who bills and who treated",
    "FIN-1": "Fee and the patient's share",
    "OWN-0": "The practice itself",
}
"""Headings by the beginning of a rule's id."""

_ASSIGNMENT = re.compile(r"([A-Z0-9_]+)=(.*)")


class Command(BaseCommand):
    help = "Write docs/reference anew from the rules, states, roles and settings of the program."

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        for path, text in pages(root).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            self.stdout.write(f"wrote {path.relative_to(root)}")


def pages(root: Path) -> dict[Path, str]:
    """The pages by their place in the project."""
    folder = root / "docs" / "reference"
    return {
        folder / "record.md": record_page(),
        folder / "rules.md": rules_page(),
        folder / "conditions.md": conditions_page(),
        folder / "answers.md": answers_page(),
        folder / "states.md": states_page((ENCOUNTER, AMENDMENT, *claim_workflow.MACHINES, OWN_RULE)),
        folder / "permissions.md": permissions_page(),
        folder / "access.md": access_page(addresses()),
        folder / "settings.md": settings_page((root / ".env.example").read_text(encoding="utf-8")),
    }


# --- The record -----------------------------------------------------------------------------------------------------


def record_page() -> str:
    items = dict(groups.typed_items())
    lines = [
        "# The record",
        "",
        NOTE,
        "",
        f"A complete record says {len(groups.GROUPS)} things. Each stands in fields of its own, with a unit and a"
        " range; a value outside of it is refused at its field, with the range in the sentence. What the rules ask of"
        " them stands in [rules.md](rules.md).",
        "",
    ]
    for group in groups.GROUPS:
        lines += [
            f"## {group.number} {group.title}",
            "",
            f"{group.need.capitalize()}. Source: {group.source}.",
            "",
            *_table(("Field", "Called", "Unit", "Takes"), (_field_row(path, items.get(path)) for path in group.paths)),
        ]
    return _page(lines)


def _field_row(path: str, item: Item | None) -> tuple[str, str, str, str]:
    column = groups.column(path)
    label = (item.label if item else "") or str(column.verbose_name)
    return f"`{path}`", label[:1].upper() + label[1:], item.unit if item else "", groups.allowed(column)


# --- Rules ----------------------------------------------------------------------------------------------------------


def rules_page() -> str:
    record, claim = record_rules.CATALOGUE, claim_rules.CATALOGUE
    lines = [
        "# Rules",
        "",
        NOTE,
        "",
        f"{len(record)} rules look at the clinical record, {len(claim)} at the claim. A **blocker** stops: the record"
        " cannot be signed, the claim cannot leave. A **warning** on a claim needs a reason that stays on record."
        " **Advice** stops nothing.",
        "",
        _severity_counts([*record, *claim]),
        "",
        "## The record",
        "",
        *_families(record),
        "## The claim",
        "",
        *_families(claim),
        "## Which plan pays first",
        "",
        "Asked in this order; the first that decides suggests, and a person confirms. What nobody knows decides"
        " nothing.",
        "",
        *_table(("Rule", "Source", "Looked at"), (_order_row(r) for r in ORDER)),
        "## Retired",
        "",
        ", ".join(sorted(record_rules.RETIRED | claim_rules.RETIRED)) or "No rule has been retired.",
    ]
    return _page(lines)


def _order_row(rule: OrderRule) -> tuple[str, str, str]:
    read = rule.citation.read_on
    return f"**{rule.id}** {rule.title}", str(rule.citation), long_date(read) if read else "each time it is asked"


def _severity_counts(rules: Sequence[Rule[Any]]) -> str:
    blockers, warnings, advice = (sum(r.severity is s for r in rules) for s in Severity)
    return f"{blockers} are blockers, {warnings} are warnings, {advice} give advice."


def family(rule: Rule[Any]) -> str:
    return FAMILIES[rule.id[:5]]


def _families(rules: Iterable[Rule[Any]]) -> Iterator[str]:
    for name, members in groupby(sorted(rules, key=lambda r: (list(FAMILIES).index(r.id[:5]), r.id)), key=family):
        yield from (f"### {name}", "")
        yield from _table(
            ("Rule", "Severity", "What is said, and the fix", "Prevents", "Field", "Source"),
            (
                (
                    f"**{r.id}** {r.title}",
                    r.severity.value,
                    f"{r.message} *{r.fix}*",
                    r.prevents.label,
                    f"`{r.field}`",
                    str(r.citation),
                )
                for r in members
            ),
        )


def answers_page() -> str:
    lines = ["# What an answer means", "", NOTE, "", *answers.head(), "## Group × code × amount", ""]
    lines += _table(("", "Group", "Code", "Takes", "Is", "Because"), answers.verdict_rows())
    lines += ["## Reasons (CARC)", ""]
    lines += _table(
        ("Code", "In our words", "Belongs to", "A part of the charge is", "The whole charge is"), answers.code_rows()
    )
    lines += ["## Remarks (RARC)", ""]
    lines += _table(("Code", "In our words", "Pushes a reason to"), answers.remark_rows())
    return _page(lines)


def conditions_page() -> str:
    lines = ["# Conditions of own rules", "", NOTE, "", *conditions.head(), "## Operators", ""]
    lines += _table(("Operator", "Holds when", "For", "On what is not known"), conditions.operator_rows())
    for title, rows in conditions.property_groups():
        lines += [f"## {title}", "", *_table(("Property", "Called", "Kind", "What it is"), rows)]
    return _page(lines)


# --- States ---------------------------------------------------------------------------------------------------------


def states_page(machines: Iterable[Machine]) -> str:
    lines = [
        "# States",
        "",
        NOTE,
        "",
        "Every step that a record, a claim, a denial or an appeal can take, who may take it, and from where.",
        "",
    ]
    for machine in machines:
        lines += [
            f"## {machine.name.capitalize()}: {machine.field}",
            "",
            "```mermaid",
            machine.mermaid(),
            "```",
            "",
            *_table(
                ("Step", "From", "To", "Who", "Checked first"),
                (
                    (
                        t.label,
                        ", ".join(sorted(machine.label(s) for s in t.sources)),
                        machine.label(t.target),
                        _roles_with(t.needs),
                        "yes" if t.guard else "",
                    )
                    for t in machine.transitions
                ),
            ),
        ]
    lines += [
        "## The one word for a claim",
        "",
        "Screens and commands show one word, derived from the states above.",
        "",
        *_table(("Word", "Token"), ((label, f"`{w.value}`") for w, (label, _) in claim_workflow.WORD_LABELS.items())),
    ]
    return _page(lines)


def _roles_with(permission: Permission) -> str:
    return ", ".join(role.label for role, granted in GRANTS.items() if permission in granted)


# --- Roles ----------------------------------------------------------------------------------------------------------


def permissions_page() -> str:
    lines = [
        "# Roles",
        "",
        NOTE,
        "",
        *_table(
            ("Permission", *(role.label for role in Role)),
            ((f"`{p.value}`", *("✓" if p in GRANTS[role] else "" for role in Role)) for p in Permission),
        ),
    ]
    return _page(lines)


def access_page(known: Iterable[Address]) -> str:
    lines = [
        "# Access",
        "",
        NOTE,
        "",
        "Every address, what opens it, and for whom. An address that names no permission is open to nobody.",
        "",
        *_table(
            ("Address", "Needs", *(role.label for role in Role)),
            (
                (f"`{a.route}`", _need(a), *("✓" if a.opens_for(role) else "" for role in Role))
                for a in sorted(known, key=lambda a: a.route)
            ),
        ),
    ]
    return _page(lines)


def _need(address: Address) -> str:
    if address.permission:
        return f"`{address.permission.value}`"
    if address.is_by_phone:
        return "the link of a phone"
    return "nothing" if address.is_open else "one's own account" if address.is_own else "nobody opens it"


# --- Settings -------------------------------------------------------------------------------------------------------


def settings_page(example: str) -> str:
    """Blocks of .env.example: comment lines, then the variables that they explain."""
    rows = []
    for block in example.strip().split("\n\n"):
        parts = block.splitlines()
        about = " ".join(line.lstrip("# ") for line in parts if line.startswith("#"))
        names = [m.groups() for line in parts if (m := _ASSIGNMENT.fullmatch(line))]
        rows += [
            (f"`{name}`", f"`{value}`" if value else "", about if place == 0 else "as above")
            for place, (name, value) in enumerate(names)
        ]
    lines = [
        "# Settings",
        "",
        NOTE,
        "",
        "Ductus reads these variables of the environment. The demo profile runs without any; production says which"
        " one it misses.",
        "",
        *_table(("Variable", "Default", "Meaning"), rows),
    ]
    return _page(lines)


# --- Markdown -------------------------------------------------------------------------------------------------------


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"

    return [line(head), "|" + " --- |" * len(head), *map(line, rows), ""]


def _page(lines: Sequence[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"
