"""Verbs of the clinical record: each takes a lock, checks, writes and audits in one transaction."""
