"""Verbs of channels beside publishing, one file per noun; keyword-only, one transaction each."""
