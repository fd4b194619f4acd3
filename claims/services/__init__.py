"""Verbs of getting paid: one file for each resource."""
