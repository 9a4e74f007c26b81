"""`make lighthouse`: how fast pages of the sample site load, by Lighthouse's own measure; exit code 1 below 98.

Never part of the tests: what a machine measures of speed depends on what else it does.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from tests.web import tools
from tests.web.sites import built, served

KINDS = ("home", "day", "item")
ROUNDS, FLOOR = 3, 98


def main() -> int:
    print(f"Lighthouse, performance of {ROUNDS} visits each by a telephone on a slow line:\n")
    slow = False
    with tempfile.TemporaryDirectory(prefix="broadsheet-web-") as folder:
        site = built("sample at /", Path(folder))
        with served(site) as origin:
            for kind in KINDS:
                judged = [
                    tools.lighthouse(site.url(origin, site.largest(kind)), ["performance"]) for _ in range(ROUNDS)
                ]
                points = [one.points["performance"] for one in judged]
                median = statistics.median(points)
                slow = slow or median < FLOOR
                print(f"  {kind:<6} {median:>5.0f}   ({', '.join(map(str, points))})", flush=True)
                for fault in sorted(set(judged[0].faults)) if median < FLOOR else ():
                    print(f"         {fault}")
    print(f"\nThe median of each shall be {FLOOR} or more.")
    return 1 if slow else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except tools.ToolError as error:
        sys.exit(f"lighthouse: {error}")
