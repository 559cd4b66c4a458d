"""Statistics, one method a file, each with its paper and an executed example. Pure Python."""
