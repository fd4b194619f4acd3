"""The larger practice's profile is one of PostgreSQL: on SQLite it is not asked for."""

from tests.assurance import engine

collect_ignore = [] if engine() == "postgresql" else ["test_scale.py"]
