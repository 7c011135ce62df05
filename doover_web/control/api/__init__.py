"""The Control API, one file a resource (`control-api`)."""
