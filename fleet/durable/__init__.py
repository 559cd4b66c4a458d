"""Guard: where a crashed run resumes, and which effects are already done."""
