"""The record in a clinician's words: sentences that know their facts, rows of the note, drawings."""
