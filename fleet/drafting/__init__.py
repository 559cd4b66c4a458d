"""Write replies and touches from rows, and check every claim in them against those rows.

The rule engine composes in seven languages; a model may compose instead, under the same guards.
A claim is supported only by a value of a row, matched by its kind and by what the sentence says of
it: a price by a product or a deal, a date by the event it dates. What cannot be matched is
unsupported, never passed. Never sends, never decides, never lets a prospect's mail vouch for us.
"""
