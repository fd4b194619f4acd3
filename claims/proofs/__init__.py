"""What an appeal must prove and with what: the checklist by cause, and what is new since the payer said no.

Pure Python over facts. Nothing here is ticked by a hand: each item is found in the packet, in the record or on the
shelf, or it is not there.
"""
