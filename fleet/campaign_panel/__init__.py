"""Agent: cadence and per-touch angle. Never writes a subject or a body, or sends."""
