"""The fleet as it is described, made so: deployments, roll-outs, and the same change to many devices."""
