"""Autonomous Sales Fleet: AI sales agents that earn autonomy by evidence, and lose it by evidence.

Capabilities live one folder each, pure but for their `graph.py`; rooms (`traces mailbox drafting
review`) are shared below them; `adapters` alone touches the outside; `runtime` wires it together;
`commands` and `ui` are the two faces. Importing this package loads nothing else.
"""

__version__ = "0.1.0"
