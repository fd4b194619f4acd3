"""Timings to look at, never to assert: `make bench`."""
