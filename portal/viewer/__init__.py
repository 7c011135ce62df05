"""The channel viewer: agents, their channels, and one channel as it changes."""
