"""What agents say: channels, their messages and their state."""
