"""What a plan may pay and what may be left to the patient, in integer cents. Pure: no rows, no clock, no promise.

An estimate is arithmetic over what is known; what is not known widens it to a range and is named.
"""
