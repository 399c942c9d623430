"""Whose report a PDF is, by its content."""
