"""Who is watching right now: the live gateway."""
