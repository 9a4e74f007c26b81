"""How well stories agree with labels: B-cubed precision, recall and F1, and how large the stories are.

Never knows where stories come from. See Bagga and Baldwin, "Entity-based cross-document coreferencing" (1998).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple


class Score(NamedTuple):
    """B-cubed, from 0 to 1, each item counting once.

    `precision` is the mean share of an item's story that has its label, `recall` the mean share of its label that is
    in its story, `f1` their harmonic mean.
    """

    precision: float
    recall: float
    f1: float


class Sizes(NamedTuple):
    """How many stories there are, the share of them that hold one item, and the items of the largest."""

    stories: int
    singles: float
    largest: int


def score(members: Sequence[tuple[str, str]]) -> Score:
    """The agreement of `(story, label)` pairs, one pair for each item; 1 where there are none.

    >>> score([("s", "fire"), ("s", "fire"), ("s", "flood"), ("t", "flood")])
    Score(precision=0.6666666666666666, recall=0.75, f1=0.7058823529411765)
    """
    if not members:
        return Score(1.0, 1.0, 1.0)
    both = Counter(members)
    stories, labels = (Counter(pair[side] for pair in members) for side in (0, 1))
    # Items that share story and label are alike: each of `count` has `count` of its kind around it.
    precision = sum(count * count / stories[story] for (story, _), count in both.items()) / len(members)
    recall = sum(count * count / labels[label] for (_, label), count in both.items()) / len(members)
    return Score(precision, recall, 2 * precision * recall / (precision + recall))


def sizes(names: Sequence[str]) -> Sizes:
    """The sizes of stories, or of labels, where `names` holds one name for each item."""
    counts = Counter(names).values()
    if not counts:
        return Sizes(0, 1.0, 0)
    return Sizes(len(counts), sum(count == 1 for count in counts) / len(counts), max(counts))
