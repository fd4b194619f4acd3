# ruff: noqa: S608 - statements are made of names of our own tables, and of numbers
"""Very many claims of the demo practice: what the verbs made of its first claims, copied over its history.

A copy has rows of its own from the patient to the payer's answer, and a signature and an event in the trail that fit
its own numbers. Pictures and files are shared, and of a closed claim's packet the sealed texts are left out: they would
be 60 GB at a million, so `verify_audit` names them. Closed claims are spread over YEARS by whole weeks, so that days of
the week stay; open ones are as recent as those that they were copied from, and are OPEN_SHARE of all. Names of people
whose claims are closed get an ending, so that no more people have the same one than in a town.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from claims.demo.people import LAST_NAMES
from claims.models import Claim, ClaimFigures, Payer
from claims.queries.idling import idle_since
from claims.queries.sums import cells
from claims.services.figures import SUMMAND_NAMES
from documentation.locks import drop_locks, install_locks
from documentation.models import Signature, User
from documentation.models.among import among
from documentation.services.audit import Told, record_many
from documentation.services.bulk import insert

YEARS = 5
WEEKS = YEARS * 52
OPEN_SHARE = 0.03
AT_ONCE = 40_000
"""Claims that are written together: all of them or none."""
PAYERS = ("Aspen", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Juniper", "Larch", "Maple", "Oak")
"""Beginnings of the names of further payers, which are as the first ones are."""
ENDINGS = ("", *(
    "Alder Bay Brook Cliff Cove Creek Dale Dune Elm Fell Fern Field Ford Glen Grove Heath Hill Holt Isle Lake Lane"
    " Marsh Mead Mill Moor Oak Peak Pine Pool Reed Ridge Rock Shore Stone Thorn Vale Well Wick Wood Yew"
).split())  # fmt: skip
"""What follows a copy's last name, in turn."""
TURNS = 4
"""A copy is of the first payer or of one of its likes."""

_PLAIN = ", ".join(f"'{name}'" for name in LAST_NAMES)
"""The last names that get an ending: others may have signs of their own."""
MOVED = {
    "documentation.Patient": "id IN (SELECT id FROM many_people)",
    # The words of their own numbers and last names are not copied.
    "documentation.PatientWord": "patient_id IN (SELECT id FROM many_people) AND NOT EXISTS (SELECT 1"
    " FROM documentation_patient p WHERE p.id = patient_id AND ("
    f"lower(p.last_name) = word AND p.last_name IN ({_PLAIN}) OR lower(p.chart_number) LIKE '%' || word"
    " OR replace(lower(p.chart_number), '-', '') = word OR word LIKE 'p0%' OR word = CAST(p.id AS text)"
    " OR word = substr(CAST(1000000 + p.id AS text), 2)))",
    "documentation.Encounter": "patient_id IN (SELECT id FROM many_people) AND id IN (SELECT encounter_id FROM {base})",
    **{
        f"documentation.{name}": "encounter_id IN (SELECT old FROM many_encounter)"
        for name in ("Justification", "Procedure", "Interpretation", "PlanOfCare", "GlandExamined", "Signature")
    },
    "claims.Coverage": "patient_id IN (SELECT id FROM many_people)",
    "claims.CoverageTerms": "coverage_id IN (SELECT old FROM many_coverage)",
    "claims.EligibilityCheck": "coverage_id IN (SELECT old FROM many_coverage)",
    "claims.Claim": "encounter_id IN (SELECT old FROM many_encounter)",
    "claims.ClaimLine": "claim_id IN (SELECT old FROM many_claim)",
    "claims.Packet": "claim_id IN (SELECT old FROM many_claim)",
    "claims.Remittance": "id IN (SELECT remittance_id FROM claims_remittanceclaim"
    " WHERE claim_id IN (SELECT old FROM many_claim)) AND posted_at IS NOT NULL",
    "claims.RemittanceClaim": "claim_id IN (SELECT old FROM many_claim)"
    " AND remittance_id IN (SELECT old FROM many_remittance)",
    "claims.RemittanceLine": "answer_id IN (SELECT old FROM many_remittanceclaim)",
    "claims.Adjustment": "answer_id IN (SELECT old FROM many_remittanceclaim)",
    "claims.Denial": "claim_id IN (SELECT old FROM many_claim)",
    "claims.Appeal": "claim_id IN (SELECT old FROM many_claim)",
    "claims.Submission": "claim_id IN (SELECT old FROM many_claim)",
    "claims.SentReport": "submission_id IN (SELECT old FROM many_submission)",
    "claims.SentFailure": "report_id IN (SELECT old FROM many_sentreport)",
    "claims.WriteOff": "claim_id IN (SELECT old FROM many_claim)",
    "claims.ClaimFigures": "claim_id IN (SELECT old FROM many_claim)",
    "claims.QueuedClaim": "claim_id IN (SELECT old FROM many_claim)",
    "claims.DecidedAppeal": "claim_id IN (SELECT old FROM many_claim)",
    "claims.OwedClaim": "claim_id IN (SELECT old FROM many_claim)",
    "claims.AnsweredSending": "claim_id IN (SELECT old FROM many_claim)",
}
"""By model which rows of the first claims are copied, each after those that it hangs on."""
_KEPT = {"birth_date"}
"""Days that do not move."""


def copy(wanted: int, *, at: datetime) -> None:
    """Add copies until there are so many claims. What was broken off goes on where it stopped."""
    missing = wanted - Claim.objects.count()
    if missing <= 0:
        return
    first = _first_claims()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA cache_size=-1000000")
        payers = _payers(cursor)
    drop_locks(connection)
    try:
        open_wanted = round(wanted * OPEN_SHARE) - Claim.objects.filter(closing="open").count()
        for is_open, number in ((False, missing - max(open_wanted, 0)), (True, max(open_wanted, 0))):
            _Copying(is_open, number, first, payers, at).run()
    finally:
        install_locks(connection)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            _look_at_references(cursor)
            cursor.execute("ANALYZE")  # it would by itself, later


def _first_claims() -> int:
    """The last of the claims that the verbs made: the first copy is told by the trail."""
    from documentation.models import AuditEvent

    copied = AuditEvent.objects.filter(action="claim.copy").order_by("seq").values_list("subject", flat=True).first()
    if copied:
        return int(copied[1:]) - 1
    return Claim.objects.latest("pk").pk


def _payers(cursor: Any) -> dict[int, list[int]]:
    """By payer its likes, made where they are not there yet, with all that is known of it."""
    base = [p for p in Payer.objects.order_by("pk") if "~" not in p.payer_id]
    found: dict[int, list[int]] = {p.pk: [p.pk] for p in base}
    for n, (payer, turn) in enumerate((p, t) for t in range(1, TURNS) for p in base):
        like = f"{payer.payer_id}~{turn}"
        there = Payer.objects.filter(payer_id=like).first()
        if there is None:
            there = Payer.objects.get(pk=payer.pk)
            there.pk, there.payer_id = None, like
            there.name = f"{PAYERS[n % len(PAYERS)]} {payer.name}"
            there.save(force_insert=True)
            for model in ("PlaybookFact", "PayerTerms"):
                for row in apps.get_model("claims", model).objects.filter(payer=payer.pk).order_by("pk"):
                    row.pk, row.payer_id = None, there.pk
                    row.save(force_insert=True)
        found[payer.pk].append(there.pk)
    return found


_REFERENCES = (
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
)


@contextmanager
def _unlooked_at(cursor: Any) -> Iterator[None]:
    """Rows are written without PostgreSQL looking up, one by one, what each refers to; `_look_at_references` looks at
    all of them together, which takes a fraction. The constraints are gone inside of a transaction alone.
    """
    if connection.vendor != "postgresql":
        yield
        return
    cursor.execute(_REFERENCES)
    tables = {model._meta.db_table for model in map(apps.get_model, MOVED)}
    found = [row for row in cursor.fetchall() if row[0] in tables]
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table, name, _ in found:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    for table, name, says in found:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {says.removesuffix(' NOT VALID')} NOT VALID")


def _look_at_references(cursor: Any) -> None:
    """Whether every row refers to one that is there. Raises IntegrityError where one does not."""
    cursor.execute(f"{_REFERENCES} AND NOT convalidated")
    for table, name, _ in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


class _Copying:
    """Copies of one kind of claims, some thousands at a time."""

    def __init__(self, is_open: bool, wanted: int, first: int, payers: dict[int, list[int]], at: datetime) -> None:
        self.is_open, self.wanted, self.first, self.payers, self.at = is_open, wanted, first, payers, at
        self.by = User.objects.filter(role="biller").earliest("pk")
        self.workers = list(
            User.objects.filter(role__in=("biller", "manager")).order_by("pk").values_list("pk", flat=True)
        )
        self.made = 0

    def run(self) -> None:
        with connection.cursor() as cursor:
            self._choose(cursor)
            cursor.execute("SELECT count(*) FROM many_claim")
            self.claims = cursor.fetchone()[0]
            if not self.claims:
                return
            self.copies = -(-self.wanted // self.claims)
            step = max(1, AT_ONCE // self.claims)
            for begin in range(0, self.copies, step):
                with transaction.atomic(), _unlooked_at(cursor):
                    self._write(cursor, range(begin, min(begin + step, self.copies)))

    def _choose(self, cursor: Any) -> None:
        """Number the rows of the first claims, model by model."""
        if_open = "IN" if self.is_open else "NOT IN"
        people = (
            "SELECT DISTINCT e.patient_id AS id FROM claims_claim c JOIN documentation_encounter e"
            f" ON e.id = c.encounter_id WHERE c.id <= {self.first} AND e.patient_id {if_open} (SELECT x.patient_id FROM"
            f" documentation_encounter x JOIN claims_claim o ON o.encounter_id = x.id WHERE o.closing = 'open'"
            f" AND o.id <= {self.first})"
        )
        cursor.execute("DROP TABLE IF EXISTS many_people")
        cursor.execute(f"CREATE TEMP TABLE many_people AS {people}")
        base = f"(SELECT encounter_id FROM claims_claim WHERE id <= {self.first}) b"
        self.moved: dict[str, tuple[Any, int]] = {}
        for label, chosen in MOVED.items():
            model = apps.get_model(label)
            name, pk = f"many_{model.__name__.lower()}", model._meta.pk.column
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(
                f"CREATE TEMP TABLE {name} AS SELECT {pk} AS old, row_number() OVER (ORDER BY {pk}) - 1 AS rank"
                f" FROM {model._meta.db_table} WHERE {chosen.format(base=base)}"
            )
            cursor.execute(f"CREATE UNIQUE INDEX {name}_old ON {name} (old)")
            cursor.execute(f"SELECT count(*) FROM {name}")
            self.moved[model.__name__] = (model, cursor.fetchone()[0])
        cursor.execute("DROP TABLE IF EXISTS many_payers")
        cursor.execute("CREATE TEMP TABLE many_payers (old bigint, turn integer, new bigint)")
        rows = [(old, turn, new) for old, likes in self.payers.items() for turn, new in enumerate(likes)]
        cursor.executemany("INSERT INTO many_payers VALUES (%s, %s, %s)", rows)

    def _write(self, cursor: Any, copies: range) -> None:
        cursor.execute("DROP TABLE IF EXISTS many_copies")
        cursor.execute("CREATE TEMP TABLE many_copies (n integer, k integer, shift integer, ending text)")
        numbered = [(n, k, self._shift(k)) for n, k in enumerate(copies)]
        with_endings = [(*one, self._ending(one[1])) for one in numbered]
        cursor.executemany("INSERT INTO many_copies VALUES (%s, %s, %s, %s)", with_endings)
        self.starts = {name: _next(cursor, model) for name, (model, _) in self.moved.items()}
        for model, rows in self.moved.values():
            if rows and model is not Signature:
                cursor.execute(_Statement(self, model).sql())
            elif rows:
                self._sign(numbered)
        if connection.vendor == "postgresql":
            for name, (model, rows) in self.moved.items():
                if isinstance(model._meta.pk, models.AutoField):
                    last = self.starts[name] + rows * len(copies)
                    sequence = f"pg_get_serial_sequence('{model._meta.db_table}', 'id')"
                    cursor.execute(f"SELECT setval({sequence}, {max(last - 1, 1)})")
        cursor.execute(
            "INSERT INTO documentation_patientword (patient_id, word)"
            + " UNION ".join(
                f" SELECT id, {word} FROM documentation_patient WHERE id >= {self.starts['Patient']}"
                for word in (
                    "'m-' || id",
                    "'m' || id",
                    "CAST(id AS text)",
                    _told_as("id"),
                    f"substr({_told_as('id')}, 2)",
                )
            )
        )
        number = self.number("Patient")
        own = (
            "FROM documentation_patient t JOIN many_patient m ON m.old = t.id CROSS JOIN many_copies c"
            f" WHERE t.last_name IN ({_PLAIN})"
        )
        cursor.execute(
            f"INSERT INTO documentation_patientword (patient_id, word) SELECT {number}, lower(t.last_name || c.ending)"
            f" {own} UNION SELECT {number}, lower(t.last_name || replace(c.ending, '-', '')) {own}"
            f" UNION SELECT {number}, lower(replace(c.ending, '-', '')) {own} AND c.ending <> ''"
        )
        begin = self.starts["Claim"]
        cursor.execute(
            "INSERT INTO claims_appealsum (payer_id, cause, decided, won) SELECT payer_id, cause, count(*), sum(won)"
            f" FROM claims_decidedappeal WHERE claim_id >= {begin} GROUP BY payer_id, cause"
        )
        reasoned = "CASE WHEN {} THEN 1 ELSE 0 END"
        any_reason = reasoned.format(
            "EXISTS (SELECT 1 FROM claims_sentfailure f WHERE f.report_id = a.report_id AND f.with_reason)"
        )
        for rule, reason, failures in (
            ("'', 0", any_reason, ""),
            ("g.rule, g.version", reasoned.format("g.with_reason"), "JOIN claims_sentfailure g USING (report_id)"),
        ):
            cursor.execute(
                "INSERT INTO claims_answeredsum (payer_id, rule, version, answered, denied, reasoned, reasoned_denied)"
                f" SELECT a.payer_id, {rule}, count(*), sum(a.denied), sum({reason}), sum(a.denied * {reason})"
                f" FROM claims_answeredsending a {failures} WHERE a.claim_id >= {begin} GROUP BY a.payer_id"
                + (", g.rule, g.version" if failures else "")
            )
        insert(apps.get_model("claims", "FiguresSum"), SUMMAND_NAMES, list(cells(begin)))
        self._idle(begin)
        record_many(self._events(begin), by=self.by, at=self.at)

    def _idle(self, begin: int) -> None:
        """Notes, calls and the trail are not copied, so a copy may lie longer than what it was copied from, and nobody
        promised a day.
        """
        ClaimFigures.objects.filter(pk__gte=begin, ask_again_on__isnull=False).update(ask_again_on=None)
        copied = ClaimFigures.objects.filter(pk__gte=begin, idle_since__isnull=False)
        by_moment: dict[datetime, list[int]] = {}
        for claim, moment in idle_since(list(copied.values_list("pk", flat=True))).items():
            by_moment.setdefault(moment, []).append(claim)
        for moment, claims in by_moment.items():
            ClaimFigures.objects.filter(among("pk", claims)).update(idle_since=moment)

    def _shift(self, copy: int) -> int:
        """Days: the oldest copies first, so that later numbers are later claims, as they are in life."""
        return 0 if self.is_open else -7 * (WEEKS - 1 - copy * WEEKS // self.copies)

    def number(self, name: str, alias: str = "m") -> str:
        """The key of a copied row, by the place of the first one among its like."""
        return f"{self.starts[name]} + c.n * {self.moved[name][1]} + {alias}.rank"

    def _ending(self, copy: int) -> str:
        """Of last names; what is sealed for an open claim keeps its name."""
        ending = "" if self.is_open else ENDINGS[copy % len(ENDINGS)]
        return f"-{ending}" if ending else ""

    def _events(self, begin: int) -> Iterator[Told]:
        patients = Claim.objects.filter(pk__gte=begin).order_by("pk").values_list("pk", "encounter__patient")
        for claim, patient in patients.iterator(chunk_size=10_000):
            yield Told("claim.copy", f"C{claim:06d}", patient, {})

    def _sign(self, numbered: list[tuple[int, int, int]]) -> None:
        """Each copy of a record is signed for its own number and days, with its own hash."""
        visits, people = self.starts["Encounter"], self.starts["Patient"]
        _, per_visit = self.moved["Encounter"]
        _, per_person = self.moved["Patient"]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT s.encounter_id, m.rank, p.rank FROM documentation_signature s"
                " JOIN many_encounter m ON m.old = s.encounter_id"
                " JOIN documentation_encounter e ON e.id = m.old JOIN many_patient p ON p.old = e.patient_id"
            )
            ranks = {visit: (rank, person) for visit, rank, person in cursor.fetchall()}
        signed = list(Signature.objects.filter(encounter__in=ranks).order_by("pk").select_related("encounter"))
        names = [f.name for f in Signature._meta.concrete_fields if not f.primary_key]
        rows = []
        for n, copy, shift in numbered:
            ending = self._ending(copy)
            for one in signed:
                rank, person = ranks[one.encounter_id]
                visit = visits + n * per_visit + rank
                text = _moved_text(one.content, shift)
                text = text.replace(f'"E{one.encounter_id:06d}"', f'"E{visit:06d}"')
                text = text.replace(f'"P{one.encounter.patient_id:06d}"', f'"P{people + n * per_person + person:06d}"')
                text = _NAME.sub(rf'"last_name":"\1{ending}","middle_name"', text) if ending else text
                values = {f.name: getattr(one, f.attname) for f in Signature._meta.concrete_fields}
                values |= {"encounter": visit, "content": text, "signed_at": one.signed_at + timedelta(days=shift)}
                values["content_sha256"] = hashlib.sha256(text.encode()).hexdigest()
                rows.append(tuple(values[name] for name in names))
            if len(rows) > 2_000:
                insert(Signature, names, rows)
                rows = []
        insert(Signature, names, rows)


_NAME = re.compile(rf'"last_name":"({"|".join(LAST_NAMES)})","middle_name"')
"""A patient's, among what was signed: a clinician has no middle name there."""
_DAY = re.compile(r'"([0-9]{4}-[0-9]{2}-[0-9]{2})"')
_texts: dict[tuple[int, int], str] = {}


def _moved_text(text: str, shift: int) -> str:
    """What was signed so many days before, but for the date of birth."""
    if not shift:
        return text
    key = (hash(text), shift)
    if key not in _texts:
        if len(_texts) > 500:
            _texts.clear()
        birth = re.search(r'"birth_date":"([0-9-]{10})"', text)
        stays = birth[1] if birth else ""

        def later(day: re.Match[str]) -> str:
            return day[0] if day[1] == stays else f'"{date.fromisoformat(day[1]) + timedelta(days=shift)}"'

        _texts[key] = _DAY.sub(later, text)
    return _texts[key]


def _next(cursor: Any, model: Any) -> int:
    """The first key that the next rows take."""
    if not isinstance(model._meta.pk, models.AutoField):
        return 0
    cursor.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {model._meta.db_table}")
    return int(cursor.fetchone()[0])


def _told_as(number: str) -> str:
    """The number of a patient as people write it, in small letters."""
    digits = f"CAST({number} AS text)"
    return f"'p' || CASE WHEN {number} < 1000000 THEN lpad({digits}, 6, '0') ELSE {digits} END"


class _Statement:
    """What copies the rows of one model."""

    def __init__(self, copying: _Copying, model: Any) -> None:
        self.copying, self.model, self.joins = (
            copying,
            model,
            [f"JOIN many_{model.__name__.lower()} m ON m.old = t.{model._meta.pk.column}"],
        )

    def sql(self) -> str:
        fields = self.model._meta.concrete_fields
        values = [self._value(f) for f in fields]
        names = ", ".join(f'"{f.column}"' for f in fields)
        table = self.model._meta.db_table
        return (
            f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} t {' '.join(self.joins)}"
            " CROSS JOIN many_copies c ORDER BY c.n, m.rank"
        )

    def _value(self, field: Any) -> str:
        column = f't."{field.column}"'
        if special := self._special(field, column):
            return special
        if field.is_relation:
            return self._related(field, column)
        if field.primary_key:
            return self.copying.number(self.model.__name__)
        if isinstance(field, models.DateTimeField):
            return self._later(column, is_moment=True)
        if isinstance(field, models.DateField) and field.name not in _KEPT:
            return self._later(column, is_moment=False)
        return column

    def _related(self, field: Any, column: str) -> str:
        model = field.related_model
        while model._meta.pk.is_relation:  # its key is the key of what it hangs on
            model = model._meta.pk.related_model
        name, alias = model.__name__, f"r{len(self.joins)}"
        if name == "Payer":
            return f"(SELECT new FROM many_payers p WHERE p.old = {column} AND p.turn = c.k % {TURNS})"
        if name not in self.copying.moved or field.name in ("origin", "previous", "merged_into"):
            return column
        self.joins.append(f"LEFT JOIN many_{name.lower()} {alias} ON {alias}.old = {column}")
        return self.copying.number(name, alias)

    def _later(self, column: str, *, is_moment: bool) -> str:
        if connection.vendor == "postgresql":
            return f"{column} + make_interval(days => c.shift)" if is_moment else f"{column} + c.shift"
        if is_moment:
            return f"strftime('%Y-%m-%d %H:%M:%f', {column}, c.shift || ' days')"
        return f"date({column}, c.shift || ' days')"

    def _special(self, field: Any, column: str) -> str:
        """What no two rows share, and what a copy does without."""
        key = f"{self.model.__name__}.{field.name}"
        own = f"'x' || ({self.copying.number(self.model.__name__)})"
        ending = f"CASE WHEN t.last_name IN ({_PLAIN}) THEN c.ending ELSE '' END"
        found = {
            "Patient.chart_number": f"'M-' || ({self.copying.number('Patient')})",
            "Patient.last_name": f"{column} || {ending}",
            "Patient.search_text": "replace(replace("
            f"replace({column}, lower(t.last_name), lower(t.last_name || {ending})),"
            f" lower(t.chart_number), 'm-' || ({self.copying.number('Patient')})),"
            f" {_told_as('t.id')}, {_told_as(self.copying.number('Patient'))})",
            "Encounter.case_id": "NULL",
            "Packet.control_number": own,
            "Packet.verification_code": own,
            "Packet.supplements": "NULL",
            "Remittance.key": own,
            "Remittance.file": "NULL",
            "Remittance.provider_adjustments": "'[]'",
            "Remittance.amount": "(SELECT coalesce(sum(a.paid), 0) FROM claims_remittanceclaim a"
            " JOIN many_remittanceclaim x ON x.old = a.id WHERE a.remittance_id = t.id)",
            "RemittanceClaim.segment": "0",
        }
        if not self.copying.is_open:
            found |= {
                "Packet.facts": "'{}'",
                "Packet.manifest": """'{"parts": []}'""",
                "Packet.report": "'[]'",
                "Appeal.clock": "'{}'",
                "Appeal.due_reason": "''",
                "Appeal.letter": "''",
            }
        else:
            workers = " ".join(f"WHEN {n} THEN {pk}" for n, pk in enumerate(self.copying.workers))
            owner = f"CASE c.k % 3 {workers} END"
            found |= {"Claim.owner": owner, "QueuedClaim.owner": owner}
        return found.get(key, "")
