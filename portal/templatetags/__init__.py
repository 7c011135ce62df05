"""Template tags of this site."""
