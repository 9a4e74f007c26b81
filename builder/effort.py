"""What it would cost to make HTML of a Markdown text, told without doing it: some texts take minutes a megabyte.

Never parses: it counts what Python-Markdown is known to read again and again, and errs on both sides.
"""

from __future__ import annotations

import re
from collections import Counter

# Seconds, measured with Python-Markdown 3.10 on a slow machine.
_BLOCK, _LINE, _MARK, _TAG, _ROW = 8e-5, 5e-5, 2.5e-5, 1e-4, 2e-5
_SCAN, _QUOTED, _OPENED, _EMPHASIS, _FENCED, _INDENT = 8e-8, 1.5e-7, 5e-7, 1e-9, 5e-9, 5e-6
_SMALL = 1024
_RULE = re.compile(r"^[> ]{0,9}(?:#|(?:[-*_=] *)+$)", re.M)
_INDENTED = re.compile(r"^ {4,}", re.M)
_INLINE = re.compile(r"[\\`*_\[]")
_FENCE = re.compile(r"^(`{3,}+|~{3,}+)[ \t]*([^\n]*)$", re.M)
_OPEN_TAG = re.compile(r"<(?:[!?]|/?[a-zA-Z](?![^<>]*>))")


def exceeds(text: str, seconds: float) -> bool:
    """Whether `of(text)` is more than that; of most texts it is told by counting a few characters."""
    return len(text) >= _SMALL and _most(text) > seconds and of(text) > seconds


def _most(text: str) -> float:
    """What `of` says, or more: each of its sums as if all the marks stood in one block."""
    size, lines = len(text), text.count("\n") + 1
    pipes, opened = text.count("|"), text.count("<")
    marks = pipes + opened + sum(map(text.count, "\\`*_[](&~"))
    cost = lines * (_BLOCK + _LINE + size * _SCAN) + size * _INDENT + opened * size * _OPENED
    cost += marks * (_TAG + size * (2 * _SCAN + _FENCED + _EMPHASIS))
    if pipes:
        cost += lines * (pipes + 1) * _ROW
    return cost + 200 * size * _QUOTED if ">" in text else cost


def of(text: str) -> float:
    """About how many seconds a text takes to become HTML; for what people write, far below one."""
    if len(text) < _SMALL:
        return 0.0
    bare, closed, lost = _without_fences(text)
    # Each fence is cut out of the whole text anew, and one that nothing closes is looked for to its end.
    cost = closed * len(text) * _FENCED + lost * len(text) * _SCAN
    cost += len(_OPEN_TAG.findall(bare)) * len(bare) * _OPENED
    return cost + sum(_of_block(block) for block in re.split(r"\n[ \t]*\n", bare) if block)


def _without_fences(text: str) -> tuple[str, int, int]:
    """The text without its fenced code, how many fences that was, and how many marks of a fence are left."""
    kept: list[str] = []
    opened: re.Match[str] | None = None
    end = closed = lost = 0
    for mark in _FENCE.finditer(text):
        if opened is None:
            opened, lost = mark, 1
        elif mark[1] == opened[1] and not mark[2].strip():
            kept.append(text[end : opened.start()])
            opened, end, closed, lost = None, mark.end(), closed + 1, 0
        else:
            lost += 1
    return "".join((*kept, text[end:])), closed, lost


def _of_block(block: str) -> float:
    size, lines = len(block), block.count("\n") + 1
    cost = _BLOCK + lines * _LINE + len(_INLINE.findall(block)) * _MARK
    cost += (block.count("<") + block.count("&")) * _TAG
    cost += sum(map(len, _INDENTED.findall(block))) * _INDENT
    cost += block.count("](") * _TAG
    if size < 256:
        return cost
    head, _, rest = block.partition("\n")
    if "|" in head and re.match(r"[\s|:-]+$", rest.partition("\n")[0]):
        cost += lines * (head.count("|") + 1) * _ROW
    cost += len(_RULE.findall(block)) * size * _SCAN
    cost += (
        sum(min(line.count(">", 0, 1000), 200) * len(line) for line in block.split("\n") if line[:1] == ">") * _QUOTED
    )
    emphasis = block.count("*") + block.count("_") - block.count("\\*") - block.count("\\_")
    return cost + emphasis * size * _EMPHASIS + _unclosed(block) * size * _SCAN


def _unclosed(block: str) -> int:
    """How many brackets and back-ticks look for their other half to the end of the block."""
    depth = deep = 0
    for bracket in re.findall(r"\\.|[\[\]]", block):
        if bracket == "[":
            depth += 1
            deep += depth > 8
        elif bracket == "]":
            depth = max(0, depth - 1)
    targets = block.count("](")
    lost = max(0, targets - block.count(")")) + max(0, block.count("(") - block.count(")")) * (targets > 0)
    ticks = Counter(map(len, re.findall("`+", block)))
    return depth + deep + lost + sum(count % 2 for count in ticks.values())
