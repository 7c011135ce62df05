"""Verbs of the site: what people change for themselves."""
