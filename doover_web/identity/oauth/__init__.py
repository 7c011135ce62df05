"""Signing in for command lines, libraries, services and other sites: OAuth 2.0 and OpenID Connect (`data-api §4`)."""
