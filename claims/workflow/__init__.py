"""The states of a claim, as tables over four small fields, and the one word that people read.

`preparation` says whether it may leave, `transport` how far it travelled, `adjudication` what the payer
decided, `closing` whether it is done. The word on screen is derived from the four, in `word` and nowhere else.
Beside them stand the states of what belongs to a claim: a denial, an appeal, a write-off, an authorization.
"""

from claims.workflow.adjudication import ADJUDICATION, Adjudication
from claims.workflow.appeal import APPEAL, APPEALS_TO_SEND, AppealOutcome, AppealStatus
from claims.workflow.authorization import AUTHORIZATION, AuthorizationStatus
from claims.workflow.closing import BILLED, CLOSING, Closing
from claims.workflow.denial import DENIAL, DenialStatus
from claims.workflow.preparation import PREPARATION, Preparation, readiness_refusals
from claims.workflow.transport import TRANSPORT, Transport
from claims.workflow.word import WORD_LABELS, ClaimWord, said_of, word_of
from claims.workflow.write_off import WRITE_OFF, WriteOffStatus

__all__ = [
    "ADJUDICATION",
    "APPEAL",
    "APPEALS_TO_SEND",
    "AUTHORIZATION",
    "BILLED",
    "CLOSING",
    "DENIAL",
    "MACHINES",
    "PREPARATION",
    "TRANSPORT",
    "WORD_LABELS",
    "WRITE_OFF",
    "Adjudication",
    "AppealOutcome",
    "AppealStatus",
    "AuthorizationStatus",
    "ClaimWord",
    "Closing",
    "DenialStatus",
    "Preparation",
    "Transport",
    "WriteOffStatus",
    "readiness_refusals",
    "said_of",
    "word_of",
]

MACHINES = (PREPARATION, TRANSPORT, ADJUDICATION, CLOSING, DENIAL, APPEAL, WRITE_OFF, AUTHORIZATION)
