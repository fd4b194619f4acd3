"""Reports of rules as commands print them."""

from __future__ import annotations

from documentation.kernel.rule import Report, Result


def summary(report: Report) -> str:
    """`2 blockers, 1 warning, 0 advice`, and a line for each."""
    counts = f"{_count(report.blockers, 'blocker')}, {_count(report.warnings, 'warning')}, {len(report.advice)} advice"
    return "\n".join([counts, *(_line(r) for r in (*report.blockers, *report.warnings, *report.advice))])


def _count(results: tuple[Result, ...], noun: str) -> str:
    return f"{len(results)} {noun}{'' if len(results) == 1 else 's'}"


def _line(result: Result) -> str:
    reason = f" (passed over: {result.reason})" if result.reason else ""
    return f"  {result.severity:<8} {result.rule:<9} {result.message} {result.fix}{reason}".rstrip()
