"""Conditions that a practice builds for its own rules: declared properties of a claim, compared by declared operators.

Frozen data without code: what stands in `catalogue` and `operators` can be asked, and nothing else. `sense` says while
a condition is built what is wrong with it; `sentence` reads it out; `own` makes a rule of it that the kernel checks.
"""
