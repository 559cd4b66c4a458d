"""Recommendation over the knowledge graph that the schema already is (scorer).

Paper: survey of knowledge graphs with language models for recommendation, IEEE KST 2026. Decisions:
edges are foreign keys, null keys are no edges; the walk is bounded per hop and in total; ranking
needs no model; a hop that is not a row is never shown.
"""

from fleet.recommender.check import find_fault
from fleet.recommender.graph_values import Edge, Ref, Step, Subgraph
from fleet.recommender.rank import KINDS, Ranked, rank
from fleet.recommender.rank_policy import RankPolicy
from fleet.recommender.wording import PathFact, Worded, path_fact, word_by_rule, word_reason

__all__ = [
    "KINDS", "Edge", "PathFact", "RankPolicy", "Ranked", "Ref", "Step", "Subgraph", "Worded",
    "find_fault", "path_fact", "rank", "word_by_rule", "word_reason",
]  # fmt: skip
