"""The case format: a folder with `case.json` and its images describes one patient, the plans and one visit.

Pure Python. `parse` turns plain data into a `Case` or raises `CaseError`, which names every key that is wrong;
`read_folder` does the same for a folder and reads the images it names.
"""

from claims.cases.folder import CaseFolder, read_folder
from claims.cases.problems import CaseError, Problem
from claims.cases.schema import Case, parse

__all__ = ["Case", "CaseError", "CaseFolder", "Problem", "parse", "read_folder"]
