"""Plain Python that knows no model and no Django."""
