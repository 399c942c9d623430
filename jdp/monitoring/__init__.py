"""Checks after a run, and who is told of them."""
