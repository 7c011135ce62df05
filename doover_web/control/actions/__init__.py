"""The verbs of the control plane, one file a noun."""
