"""The customer site and the channel viewer: what a person sees in a browser."""
