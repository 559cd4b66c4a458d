"""Guard: which defects a run has, and whether a version has drifted."""
