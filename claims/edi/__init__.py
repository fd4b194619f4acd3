"""Electronic data interchange (X12): reading what payers send, writing what we send. Pure Python."""
