"""What is done to people, groups and roles: a file per noun, its verbs inside."""
