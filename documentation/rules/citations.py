"""Where the rules come from: every source once, named the way a rule cites it.

`STANDARD` is our own: what a complete record says, part by part. A source 'from memory' is a habit of the
trade that nobody has looked up yet; a practice changes the severity of such a rule where its payer differs.
"""

from __future__ import annotations

from dataclasses import replace

from documentation.kernel.rule import Citation

D0371 = Citation("CDT D0371, image capture with interpretation", "as public guides of 2025 describe it")
BY_REPORT = Citation("CDT D0999, diagnostic service by report", "for an attempt that never came into the duct")
STANDARD = Citation("Ductus record standard")
NECESSITY = Citation("Ductus record standard", "medical justification")
SPECIFICS = Citation("Ductus record standard", "procedural specifics")
IMAGE_ANALYSIS = Citation("Ductus record standard", "images and their interpretation")
CARE = Citation("Ductus record standard", "subsequent care")
AGREEMENT = Citation("Ductus record standard", "the parts agree with each other")
LSD = Citation("LSD classification, Marchal and others 2008", "Rev Stomatol Chir Maxillofac 109:233-6")
ANATOMY = Citation("Salivary duct anatomy", "Medscape 1520153")
AETNA = Citation("Aetna clinical policy bulletin 0716", "review of October 12, 2021; verify before use")
ICD10 = Citation("ICD-10-CM tabular list", "April 2026")
NPI = Citation("45 CFR 162.406")
DENTAL_FORM = Citation("ADA dental claim form, 2024 version")
MEMORY = Citation("Habit of the trade", "from memory, to be verified")


def at(source: Citation, place: str) -> Citation:
    """The same source, another place in it."""
    return replace(source, place=place)
