"""Where the order of plans comes from, and when each source was last looked at."""

from __future__ import annotations

from datetime import date

from documentation.kernel.rule import Citation

_READ = date(2026, 11, 5)
NAIC = Citation("NAIC model regulation 120, order of benefits", "from memory, to be verified", _READ)
MSP = Citation("Medicare secondary payer, 42 CFR 411", "from memory, to be verified", _READ)
MEDICAID = Citation("Medicaid as payer of last resort, 42 CFR 433.139", "from memory, to be verified", _READ)
ADA = Citation("ADA guidance on coordination of benefits", "dental and medical plan", _READ)
PLAYBOOK = Citation("The payers' policies for D0371", "as the practice has recorded them")
