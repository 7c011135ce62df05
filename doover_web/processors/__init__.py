"""Code in the cloud that reacts: what is registered to start it, and what waits to be run (`data-api §13`)."""
