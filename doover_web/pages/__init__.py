"""What any site needs to draw itself; knows Django, knows no model."""
