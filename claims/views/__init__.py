"""HTTP of getting paid: the only place with requests, messages and the clock."""
