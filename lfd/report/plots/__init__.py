"""Pictures of a run for papers: each a function from findings to a matplotlib figure, and a table of them.

Knows findings alone; reads no run. Needs the extra `plots` (matplotlib).
"""
