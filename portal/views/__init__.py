"""Views of the customer site."""
