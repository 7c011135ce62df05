"""How templates write numbers: the point of a float in every language, as drawings need it."""
