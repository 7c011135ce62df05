"""The pages of the customer site, a file for each."""
