"""Benchmarks: our figure, the ceiling on the same server in the same run, and the ratio."""
