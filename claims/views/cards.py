"""The five cards of the week, each with the one button that deals with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from django.urls import reverse

from claims.forms.dashboards import BY, Asked
from claims.queries import offers, week
from claims.queries.calls import ANSWER_DAYS
from claims.queries.dashboards import Frame
from claims.queries.week import Told
from documentation.kernel.permissions import Permission
from documentation.kernel.statistics import Share
from documentation.models import User

DAYS = timedelta(days=week.DAYS)


@dataclass(frozen=True)
class Card:
    """One thing of the week. `says` is the number in words; without `url` there is nothing to do."""

    key: str
    question: str
    says: str
    more: list[str] = field(default_factory=list)
    url: str = ""
    action: str = ""
    tone: str = "draft"
    values: dict[str, str] = field(default_factory=dict)
    """What the button posts; empty where it is a link."""

    @property
    def is_done(self) -> bool:
        return not self.url


@dataclass(frozen=True)
class Week:
    """The cards, and how many denied claims of the whole practice nobody works on: none is left where the week's
    review is done, and a page that is narrowed says nothing of that.
    """

    cards: list[Card]
    left: int
    left_url: str
    where: str
    """Where these are, if the page is narrowed: ' in the whole practice'."""


def week_of(asked: Asked, frame: Frame, user: User) -> Week:
    """Of today, whatever the period; narrowed like the page."""
    told = week.of(frame.today, asked.filters, frame.answer_days, frame.zone)
    left_url = _list("unassigned", asked, **dict.fromkeys(BY, ""))
    where = " in the whole practice" if asked.named else ""
    new = _new(told, asked, user, Week([], told.unassigned, left_url, where))
    cards = [_ending(told.ending, asked), new, _stuck(told.stuck, asked), _rule(frame, user), _payer(told, asked)]
    return Week(cards, told.unassigned, left_url, where)


def _ending(n: Told, asked: Asked) -> Card:
    question = "Which money’s clock ends this week?"
    if not n.claims:
        return Card("ending", question, "None", ["No last day to appeal comes within seven days."])
    says, more = f"${n.dollars:,.0f}", [f"{_claims(n.claims)} due within {week.DAYS} days, or past due"]
    return Card("ending", question, says, more, _list("ending", asked), "See these claims", "denied")


def _new(told: week.Week, asked: Asked, user: User, all_weeks: Week) -> Card:
    question = "What was newly denied?"
    causes, n = told.causes, told.new
    more = [f"{label}: {count:,}" for label, count in causes[:3]]
    if len(causes) > 3:
        more.append(f"other causes: {sum(count for _, count in causes[3:]):,}")
    says = _claims(n) if n else "Nothing"
    if left := all_weeks.left:
        more.append(f"{_claims(left)} of all weeks {'is' if left == 1 else 'are'} unassigned{all_weeks.where}")
        if user.may(Permission.CLAIM_PREPARE):
            return Card("new", question, says, more, reverse("hand_out"), "Hand them out", "attention")
        return Card("new", question, says, more, all_weeks.left_url, "See them", "attention")
    more = more or ["No denial came in the last seven days."]
    url, action = (_list("new_denials", asked), "See these claims") if n else ("", "")
    return Card("new", question, says, more, url, action)


def _stuck(n: Told, asked: Asked) -> Card:
    question = f"What is stuck longer than {week.DAYS} days?"
    if not n.claims:
        return Card("stuck", question, "Nothing", ["Somebody moved every claim that waits for us."])
    more = [f"${n.dollars:,.0f} wait for a decision, a letter or a second sending"]
    return Card("stuck", question, _claims(n.claims), more, _list("stuck", asked), "See what is stuck", "attention")


def _rule(frame: Frame, user: User) -> Card:
    question = "Which rule would have prevented denials?"
    offer = offers.standing(frame.offers)
    if offer is None or offer.denial is None:
        more = ["What was denied lately speaks for no new rule." if offer else "Looked for each night; not yet."]
        return Card("rule", question, "None", more, reverse("rule_list"), "See the rules in force")
    share = Share(offer.stopped_denied, offer.stopped_denied + offer.stopped_paid)
    more = [
        f"{offer.sentence.rstrip('.')}.",
        f"Tried on {_claims(offer.denied + offer.paid)} of the past: it would have stopped {offer.stopped_denied:,} of"
        f" {offer.denied:,} denied and {offer.stopped_paid:,} of {offer.paid:,} paid ones.",
    ]
    if share.is_small and share.interval:
        low, high = share.interval
        more.append(f"Right in {share.part} of {share.whole}, likely in {100 * low:.0f}–{100 * high:.0f} %.")
    if user.may(Permission.RULES_EDIT):
        values = {"proposal": offer.proposal, "then": "week"}
        url = reverse("denial_replay_take", args=[offer.denial_id])
        return Card("rule", question, offer.title, more, url, "Adopt it", "ready", values)
    return Card("rule", question, offer.title, more, reverse("denial_replay", args=[offer.denial_id]), "Look at it")


def _payer(told: week.Week, asked: Asked) -> Card:
    question = "Which payer is to be called?"
    if told.payer is None:
        return Card("payer", question, "None", ["Every payer answers within its time."])
    payer, n = told.payer
    more = [f"{_claims(n.claims)} without an answer for longer than it takes · ${n.dollars:,.0f}"]
    if not payer.book().newest("answer_days"):
        more.append(f"its playbook says no time: {ANSWER_DAYS} days are taken")
    return Card("payer", question, payer.name, more, _list("silent", asked, payer=str(payer.pk)), "See what to ask",
                "submitted")  # fmt: skip


def _list(key: str, asked: Asked, **narrower: str) -> str:
    return reverse("figure_claims", args=[key]) + asked.ever.query(cause="", month="", **narrower)


def _claims(count: int) -> str:
    return f"{count:,} claim{'' if count == 1 else 's'}"
