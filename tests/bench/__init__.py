"""Our builds beside Hugo's: the same invented items, equal templates, every figure measured in one run.

Never used by the product; `make bench` and `python -m tests.bench N` run it.
"""

from __future__ import annotations


class BenchError(Exception):
    """Why no figures can be given: one line of what happened and what to do."""
