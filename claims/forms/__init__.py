"""Forms of getting paid parse and clean what was typed. What may be saved is decided by the services."""
