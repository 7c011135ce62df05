"""What the Data API says about callers: their rights and their tokens (`data-api §14`)."""
