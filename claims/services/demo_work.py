"""Living the months of the demo practice: every step by the verb and by the person that it takes, at its own time."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast

from django.conf import settings
from django.db import transaction

from claims.demo import lives as plan
from claims.demo import steps as s
from claims.demo.payer_side import Check, Decision, Entry, Receiver, Sender, stranger, write
from claims.demo.practice import REFERENCE_NAMES
from claims.models import Appeal, Claim, Denial, Payer
from claims.services import appeals, denials, letters, preparation, submissions, writing_off
from claims.services.case_loading import load
from claims.services.cast import Cast, cast_of, is_demo
from claims.services.demo_knowledge import write_down
from claims.services.demo_many import copy
from claims.services.demo_plans import settle
from claims.services.demo_practice import make_sure
from claims.services.packets import seal_packet
from claims.services.posting import post
from claims.services.remittances import import_file, type_eob
from claims.workflow import DenialStatus
from documentation.imaging import Answer, examine_many
from documentation.kernel.machine import NotPossible
from documentation.kernel.money import from_cents, to_cents
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, Location, User

MOST_CLAIMS = 2000
"""More would take hours through the verbs: they are copied."""
FIRST = 150
"""So many are made by the verbs then, to be copied."""
MOST_COPIED = 2_000_000
PROOFS = {
    "portal": ("receipt", "PR-{}"),
    "clearinghouse": ("acknowledgement", "277-{}"),
    "fax": ("fax_confirmation", "FX-{}"),
    "mail": ("tracking_number", "9400 1000 0000 {:04d}"),
}


def fill(*, seed: int, claims: int | None, at: datetime) -> None:
    """Live what the practice does not know yet, all of it or nothing.

    The practice is set up where there is none. Without a number of claims one that was filled before stays as it is.
    Raises NotPossible for a real practice, and for more claims than the verbs can make in good time.
    """
    if claims is not None and not 0 <= claims <= MOST_COPIED:
        raise NotPossible(f"The demo practice can have up to {MOST_COPIED:,} claims. Ask for a number from 0 to that.")
    if settings.PRODUCTION:
        raise NotPossible(
            "The invented practice is for looking and trying. In production it is neither made nor filled."
        )
    wanted, claims = claims or 0, min(claims, FIRST) if claims and claims > MOST_CLAIMS else claims
    with transaction.atomic():
        make_sure(at=at - timedelta(days=plan.DAYS + 30))
        if not is_demo():
            raise NotPossible("This database holds a real practice. The invented one goes into an empty database only.")
        _fill(seed=seed, claims=claims, at=at)
    if wanted > MOST_CLAIMS:
        copy(wanted, at=at)


def _fill(*, seed: int, claims: int | None, at: datetime) -> None:
    location = Location.objects.earliest("pk")
    known = set(Encounter.objects.exclude(case_id=None).values_list("case_id", flat=True))
    known |= REFERENCE_NAMES if known & REFERENCE_NAMES else set()
    if claims is None and known - REFERENCE_NAMES:
        return
    new = [life for life in plan.lives(location.today(at), seed=seed, claims=claims) if life.id not in known]
    office = _Office(location, at)
    office.live(new)
    write_down(office.today, by=office.everybody.who_may(Permission.PAYER_EDIT), at=at)


@dataclass(order=True, frozen=True)
class _Entry:
    """Something to do at a moment; at the same moment, in the order in which it was written down."""

    at: datetime
    order: int
    life: plan.Life = field(compare=False)
    step: s.Step | None = field(compare=False, default=None)
    """None: the visit itself is taken in."""


class _Office:
    """The people of the practice and the post that reaches them."""

    def __init__(self, location: Location, now: datetime) -> None:
        self.location, self.now, self.today = location, now, location.today(now)
        self.claims: dict[str, Claim] = {}
        self.pictures = functools.cache(_examine_one)
        self.control = 4000

    @functools.cached_property
    def everybody(self) -> Cast:
        return cast_of(())

    def live(self, lives: Sequence[plan.Life]) -> None:
        """Do everything that has happened by now, in the order of time."""
        agenda = sorted(self._agenda(lives))
        n = 0
        while n < len(agenda):
            entry = agenda[n]
            if isinstance(entry.step, s.Answered):
                # All answers of a payer of one day come in one file.
                mail = [e for e in agenda[n:] if e.at == entry.at and isinstance(e.step, s.Answered)]
                self._open_mail(mail)
                n += len(mail)
                continue
            if entry.step is None:
                self._take_in(entry.life, entry.at)
            else:
                self._do(entry.life, entry.step, entry.at)
            n += 1

    def _agenda(self, lives: Sequence[plan.Life]) -> Iterator[_Entry]:
        order = 0
        for life in lives:
            yield _Entry(min(self._moment(life.taken_in_on, 17), self.now), order, life)
            for day, step in s.dated(life.steps, life.taken_in_on, life.payer_id):
                order += 1
                if (moment := self._moment(day, step.hour)) > self.now:
                    break
                yield _Entry(moment, order, life, step)
            order += 1

    def _moment(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), tzinfo=self.location.zone)

    def _take_in(self, life: plan.Life, at: datetime) -> None:
        loaded = load(life.make(), by=self.everybody, at=at, examine=self._examine)
        if loaded.claims:
            self.claims[life.id] = loaded.claims[0]
        settle(life.id, at=at)

    def _examine(self, pictures: Sequence[bytes]) -> list[Answer]:
        return [self.pictures(data) for data in pictures]

    def _who_may(self, permission: Permission) -> User:
        return self.everybody.who_may(permission)

    # --- what the office does ---

    def _do(self, life: plan.Life, step: s.Step, at: datetime) -> None:
        claim = Claim.objects.get(pk=self.claims[life.id].pk)
        match step:
            case s.Sealed():
                self._seal(claim, at)
            case s.Sent(channel=channel):
                self._seal(claim, at)
                by = self._who_may(Permission.CLAIM_SUBMIT)
                submissions.submit(claim, self._sending(claim, channel, at), by=by, at=at)
            case s.Accepted():
                submissions.accept(claim, by=self._who_may(Permission.CLAIM_SUBMIT), at=at)
            case s.Rejected(reason=reason):
                submissions.reject(claim, reason, by=self._who_may(Permission.CLAIM_SUBMIT), at=at)
            case s.Held(reason=reason):
                preparation.hold(claim, reason, by=self._who_may(Permission.CLAIM_PREPARE), at=at)
            case s.Typed(reply=reply):
                self._type(claim, reply(to_cents(claim.total))[-1], at)
            case _:
                self._work_on_denial(claim, step, at)

    def _seal(self, claim: Claim, at: datetime) -> None:
        seal_packet(claim, by=self._who_may(Permission.PACKET_BUILD), at=at)

    def _sending(self, claim: Claim, channel: str, at: datetime) -> dict[str, Any]:
        proof, number = PROOFS[channel]
        return {
            "channel": channel,
            "sent_on": self.location.today(at),
            "proof": proof,
            "proof_reference": number.format(claim.pk),
        }

    def _type(self, claim: Claim, decision: Decision, at: datetime) -> None:
        by = self._who_may(Permission.REMITTANCE_POST)
        line = claim.lines.all()[0]
        adjustments = [{"group": g, "carc": c, "amount": from_cents(cents)} for g, c, cents in decision.taken]
        remittance = type_eob(
            claim,
            {"trace": f"EOB-{claim.pk:05d}", "paid_on": self.location.today(at) - timedelta(days=3)},
            [
                {
                    "code": line.code,
                    "charge": from_cents(decision.charge),
                    "paid": from_cents(decision.paid),
                    "remarks": list(decision.remarks),
                    "adjustments": adjustments,
                }
            ],
            scan=None,
            by=by,
            at=at,
        )
        post(remittance, by=by, at=at)

    def _work_on_denial(self, claim: Claim, step: s.Step, at: datetime) -> None:
        by = self._who_may(Permission.APPEAL_EDIT)
        denial = Denial.objects.filter(claim=claim).exclude(status=DenialStatus.RESOLVED).latest("pk")
        match step:
            case s.Assigned():
                denials.assign(denial, by, by=by, at=at)
            case s.CauseCorrected(cause=cause, reason=reason):
                denials.set_cause(denial, cause, reason, by=by, at=at)
            case s.WriteOffAsked(reason=reason):
                writing_off.request(claim, reason, denial=denial, by=self._who_may(Permission.REMITTANCE_POST), at=at)
            case s.Resolved(how=how):
                denials.resolve(denial, how, on=self.location.today(at), by=by, at=at)
            case s.Appealed():
                appeals.open_appeal(denial, by=by, at=at)
            case s.AppealSealed():
                letters.seal(self._appeal(denial), although="They overlooked what the packet shows.", by=by, at=at)
            case s.AppealSent(channel=channel):
                who = self._who_may(Permission.CLAIM_SUBMIT)
                submissions.send_appeal(self._appeal(denial), self._sending(claim, channel, at), by=who, at=at)
            case s.Decided(outcome=outcome):
                values = {"outcome": outcome, "decided_on": self.location.today(at), "recovered": Decimal("0.00")}
                appeals.decide(self._appeal(denial), values, by=by, at=at)
            case _:
                raise TypeError(f"nobody knows how to do {step!r}")

    def _appeal(self, denial: Denial) -> Appeal:
        return Appeal.objects.filter(denial=denial).latest("level")

    # --- what the post brings ---

    def _open_mail(self, mail: list[_Entry]) -> None:
        of_payer: dict[str, list[_Entry]] = {}
        for entry in mail:
            of_payer.setdefault(entry.life.payer_id, []).append(entry)
        by = self._who_may(Permission.REMITTANCE_POST)
        for payer_id, answers in sorted(of_payer.items()):
            at, payer = answers[0].at, Payer.objects.get(payer_id=payer_id)
            day = self.location.today(at)
            checks = list(self._checks(payer_id, answers, day))
            self.control += 1
            data = write(_sender(payer), self._receiver(), checks, day, control=self.control)
            imported = import_file(data, f"{payer_id}-{day:%Y%m%d}.835", by=by, at=at)
            for taken in imported.checks:
                if not taken.remittance.problems:
                    post(taken.remittance, by=by, at=at + timedelta(minutes=10))

    def _checks(self, payer_id: str, answers: list[_Entry], day: date) -> Iterator[Check]:
        """One check for the day, and one of its own for each that is misprinted."""
        trace = f"EFT{payer_id[-2:]}{day:%y%m%d}"
        sound: list[Entry] = []
        for answer in answers:
            step = cast(s.Answered, answer.step)
            entries = list(self._entries(answer.life, step, day))
            if step.slip:
                yield Check(f"{trace}-{entries[0].number}", tuple(entries), slip=step.slip)
                continue
            sound += entries
            if step.with_stranger:
                sound.append(stranger(day))
        if sound:
            yield Check(trace, tuple(sound))

    def _entries(self, life: plan.Life, step: s.Answered, day: date) -> Iterator[Entry]:
        claim = Claim.objects.select_related("coverage", "encounter__patient", "encounter__clinician").get(
            pk=self.claims[life.id].pk
        )
        patient = claim.encounter.patient
        for n, decision in enumerate(step.reply(to_cents(claim.total))):
            yield Entry(
                number=claim.number,
                payer_number=f"{day:%y%j}{claim.pk:05d}{n}",
                decision=decision,
                code=claim.lines.all()[0].code,
                last_name=patient.last_name,
                first_name=patient.first_name,
                member_id=claim.coverage.member_id,
                treating_npi=claim.encounter.clinician.npi,
                service_date=claim.service_date,
                is_dental=claim.kind == "dental",
            )

    def _receiver(self) -> Receiver:
        return Receiver(self.location.name, self.location.npi, self.location.tax_id)


def _sender(payer: Payer) -> Sender:
    return Sender(payer.name, payer.payer_id, payer.city, payer.state, payer.zip)


def _examine_one(data: bytes) -> Answer:
    (result,) = examine_many([data])
    return result
