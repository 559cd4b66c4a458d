"""Reason about a contact, decompose into steps, act on what the gate allows, verify by the rows."""
