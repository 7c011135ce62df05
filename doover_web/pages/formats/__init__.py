"""How pages write numbers: alike in every language, as devices, charts and scripts do."""
