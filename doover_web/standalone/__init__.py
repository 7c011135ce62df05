"""bin/serve: the supervisor and the embedded services."""
