"""Who may import whom, as pyproject.toml says."""

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports


def test_imports_point_downward_and_the_core_stays_pure() -> None:
    assert lint_imports(no_cache=True, no_logo=True) == EXIT_STATUS_SUCCESS
