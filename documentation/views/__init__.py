"""HTTP in and out: the only place with requests, messages and the clock."""
