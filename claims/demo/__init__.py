"""The invented practice as case files: a reference case, and others made by a program from a seed."""

from pathlib import Path

SEED = Path(__file__).parent / "cases" / "seed"
"""The folder of the reference case."""
