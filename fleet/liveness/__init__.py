"""Guard: whether a graph must terminate, whether a run still makes progress. Never asks a model."""
