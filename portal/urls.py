"""Addresses of the customer site and the channel viewer."""

app_name = "portal"
urlpatterns: list = []
