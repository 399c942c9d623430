"""Asking for reports without a tab: what tabs ask for, what is learned from it, and when that is used."""
