"""What should run where: the fleet as it is described (Control API)."""
