"""One vocabulary for finished runs, with readers for other formats."""
