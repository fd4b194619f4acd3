"""Code tables of the field: bare codes with short wording of our own. Pure Python."""
