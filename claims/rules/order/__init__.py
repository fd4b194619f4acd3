"""Which of two plans pays first: an ordered table of rules, the first that decides wins.

The table suggests; a person confirms. It follows the order of benefits that state laws took from the NAIC's model
and the federal rules for Medicare, as far as they are known here from memory: each rule names its source and the day
it was last looked at, and a person who knows better orders the plans otherwise, with a reason.
"""

from claims.rules.order.standing import Decision, OrderRule, Pair, PlanStanding
from claims.rules.order.suggesting import decide, open_questions, suggest, told
from claims.rules.order.table import TABLE

__all__ = ["TABLE", "Decision", "OrderRule", "Pair", "PlanStanding", "decide", "open_questions", "suggest", "told"]
