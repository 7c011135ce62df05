"""The channel viewer: agents, their channels, one channel live."""
