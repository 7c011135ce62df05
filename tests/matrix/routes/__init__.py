"""The lines of the matrix, a file per door."""
