"""Take cases in through the verbs that the screens use."""

from __future__ import annotations

import getpass
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from claims.cases import CaseFolder, read_folder
from claims.management.reporting import summary
from claims.models import Claim
from claims.queries import claims as claim_queries
from claims.services.case_loading import Loaded, load, loaded_before
from claims.services.case_people import twins_of
from claims.services.cast import cast_of, is_demo
from claims.services.demo_practice import is_empty, make_sure
from documentation.kernel.machine import NotPermitted, Refusal
from documentation.kernel.rule import Cause, Report, Result, Severity
from documentation.management.base import Command as Base
from documentation.management.base import Refused, add_at, moment, one_line
from documentation.models import Clinician, Patient
from documentation.queries import encounters


class Command(Base):
    help = "Take cases (folders with case.json and images) into the database, each whole or not at all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folders", nargs="+", metavar="FOLDER", type=Path)
        parser.add_argument(
            "--as",
            dest="users",
            action="append",
            default=[],
            metavar="USER",
            help="the person who does it; several may be named, and each step is done by the first who may",
        )
        add_at(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        at = moment(options["at"])
        refusals = []
        for folder in options["folders"]:
            try:
                self._take(folder, options["users"], at)
            except Refusal as e:
                refusals.append(f"{folder.name}: {one_line(*e.reasons)}")
        if refusals:
            raise Refused("\n".join(refusals))

    def _take(self, folder: Path, users: list[str], at: datetime) -> None:
        case = read_folder(folder)
        if not is_empty() and not is_demo() and not loaded_before(case):
            _confirm_signature(case, users)
        with transaction.atomic():
            make_sure(at=at)
            loaded = load(case, by=cast_of(users), at=at)
        self._print(case.case.id, loaded, at)

    def _print(self, case_id: str, loaded: Loaded, at: datetime) -> None:
        encounter = loaded.encounter
        today = encounter.location.today(at)
        report = encounters.report_of(encounters.with_record().get(pk=encounter.pk), today=today)
        report = Report((*report, *_advice_on_twins(encounter.patient)))
        claims = [(claim, claim_queries.report_of(claim, today=today)) for claim in loaded.claims]
        data = {
            "case": case_id,
            "patient": encounter.patient.number,
            "encounter": encounter.number,
            "status": encounter.status,
            "already": loaded.already,
            "report": report.as_json(),
            "claims": [
                {
                    "number": claim.number,
                    "kind": claim.kind,
                    "sequence": claim.sequence,
                    "status": claim.word.value,
                    "report": claim_report.as_json(),
                }
                for claim, claim_report in claims
            ],
        }
        self.tell(data, _text(case_id, loaded, report, claims))


def _text(case_id: str, loaded: Loaded, report: Report, claims: list[tuple[Claim, Report]]) -> str:
    encounter = loaded.encounter
    how = "was loaded before" if loaded.already else "is loaded"
    lines = [
        f"{case_id} {how}: {encounter.patient.number}, {encounter.number} is {encounter.status}: {summary(report)}"
    ]
    lines += [f"{claim.number} ({claim.kind}) is {claim.word}: {summary(checked)}" for claim, checked in claims]
    return "\n".join(lines)


def _advice_on_twins(patient: Patient) -> list[Result]:
    """A patient who may be known under another chart number is taken in, and said."""
    return [
        Result(
            rule="PAT-001",
            title="A patient is registered once",
            severity=Severity.ADVICE,
            passed=False,
            cause=Cause.DUPLICATE,
            field="patient.chart_number",
            message=f"{twin.number} has nearly the same name and the same birth date under another chart number.",
            fix="Compare the two.",
        )
        for twin in twins_of(patient)
    ]


def _confirm_signature(case: CaseFolder, usernames: list[str]) -> None:
    """Every signature asks for the password at that moment; here, before the work begins."""
    if not case.case.sign:
        return
    clinician = Clinician.objects.filter(npi=case.case.encounter.clinician.npi).select_related("user").first()
    signer = cast_of(usernames).treating(clinician) if clinician else None
    if signer is None:
        raise NotPermitted("The record is to be signed, which only the treating clinician may do: name them with --as.")
    if not sys.stdin.isatty():
        raise NotPermitted("Signing asks the clinician for the password: run this where it can be typed in.")
    if not signer.check_password(getpass.getpass(f"Password of {signer.username}, to sign {case.case.id!a}: ")):
        raise NotPermitted("The password is not right; nothing was loaded.")
