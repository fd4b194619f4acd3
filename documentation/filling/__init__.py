"""What can be filled in for a person: a normal study, the usual procedure, a draft from the findings, the last visit.

Pure: facts in, values out. Nothing here is a record; every value waits until somebody confirms it.
"""

from documentation.filling.carry import carried_finding, from_last_visit
from documentation.filling.draft import from_findings
from documentation.filling.figures import Figure, figures, with_figures
from documentation.filling.offers import RowOffer, finding_offers, treatment_offers
from documentation.filling.parts import Filling
from documentation.filling.study import normal_findings, usual_procedure

__all__ = [
    "Figure",
    "Filling",
    "RowOffer",
    "carried_finding",
    "figures",
    "finding_offers",
    "from_findings",
    "from_last_visit",
    "normal_findings",
    "treatment_offers",
    "usual_procedure",
    "with_figures",
]
