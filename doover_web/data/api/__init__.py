"""The Data API: a router per resource, mounted by `doover_web.api`."""
