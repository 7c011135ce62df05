"""The pages of the admin portal, a file for each area."""
