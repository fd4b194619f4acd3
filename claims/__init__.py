"""Getting paid: payers, coverage, claims, packets and everything a payer answers.

Reads the clinical record through `documentation`; never writes to it.
"""
