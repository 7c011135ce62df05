"""Device pages from channels."""
