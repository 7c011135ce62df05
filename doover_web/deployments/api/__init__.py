"""Deployments, roll-outs and the same change to many devices, over HTTP."""
