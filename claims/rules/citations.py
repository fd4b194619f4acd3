"""Where the claim rules come from, beside the sources of the record's rules."""

from __future__ import annotations

from datetime import date

from documentation.kernel.rule import Citation

POLICY = Citation("The payer's policy for D0371", "as the practice has recorded it")
PLAN = Citation("Ductus claim standard", "coverage and eligibility")
OWN_PRACTICE = Citation("Ductus claim standard", "a new practice starts with everything held")
PACKET = Citation("Ductus claim standard", "what leaves with the claim")
CODES = Citation("Ductus code table", "claims/codes/cdt.py")
BUNDLING = Citation("Ductus table of bundled codes", "claims/codes/bundling.py")
CROSSWALK = Citation("Ductus crosswalk to CPT", "claims/codes/crosswalk.py")
CARC = Citation("X12 claim adjustment reason codes", "copy of August 17, 2026", date(2026, 8, 17))
UNLISTED = Citation("Packet of an unlisted procedure", "from memory, to be verified; remark code N350")
CMS_1500 = Citation("CMS-1500 claim form (02/12)", "from memory, to be verified")
X12_DENTAL = Citation("X12 005010X224A2, dental claim")
FILING = Citation("The payer's filing limit", "as the practice has recorded it")
COORDINATION = Citation("NAIC coordination of benefits, order of benefits", "as ADA and AAPD describe it")
AUTHORIZATION = Citation("Ductus claim standard", "authorization; predetermination is none")
READ_WITH_CAPTURE = Citation("Public guides to image capture with interpretation", "the code contains the reading")
SECONDARY_DATA = Citation("X12 005010 claims, loops 2320 and 2430", "the other payer's amounts; from memory")
PRIVACY = Citation("45 CFR 164.522(a)(1)(vi)", "from memory, to be verified")
