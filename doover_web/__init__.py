"""doover_web: an open, self-hosted IoT portal that speaks the Doover protocols."""
