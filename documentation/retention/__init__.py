"""How long what is kept of a patient must be kept, and what Ductus removes. Thinking without a database."""
