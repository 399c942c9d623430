"""Stores the bookout report of every vehicle in a dealer's J.D. Power Values Online inventory."""

__version__ = "1.1.0"
