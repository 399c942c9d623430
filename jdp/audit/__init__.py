"""Proving what is in a run folder again, and setting it right."""
