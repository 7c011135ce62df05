"""The admin portal: people, roles, groups, sharing, and what was done."""
