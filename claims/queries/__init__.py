"""Questions on claims: facts, worklists, dashboards. Nothing here writes."""
