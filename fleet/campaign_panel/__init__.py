"""The campaign panel: lenses argue out cadence and angles; it cannot write or send a message."""
