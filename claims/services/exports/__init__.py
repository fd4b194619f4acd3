"""Leaving at any time: everything of a practice in one ZIP that is read without Ductus, and loads into an empty one."""

from claims.services.exports.loading import load
from claims.services.exports.making import AtWork, Draft, Made, make
from claims.services.exports.reading import check

__all__ = ["AtWork", "Draft", "Made", "check", "load", "make"]
