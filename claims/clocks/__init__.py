"""Clocks: how a time limit is counted, what the rules of each level are known to be, the feed of a calendar."""
