"""Agent: which verifiable steps a contact needs; runs those that pass the governance gate."""
