"""Questions to the clinical record: facts, lists, searches. Nothing here writes."""
