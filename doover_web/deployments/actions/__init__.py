"""The verbs of deployments, one file a noun."""
