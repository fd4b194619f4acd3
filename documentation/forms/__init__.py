"""Forms parse and clean what was typed. What a record needs is decided by rules, never here."""
