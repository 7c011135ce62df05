"""Verbs of fences."""
