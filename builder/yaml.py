"""Front matter as YAML, read by libyaml and written by us: python-frontmatter's handler with our rules.

Never types a scalar and never guesses: aliases, tags, merge keys and duplicate keys are errors with a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import frontmatter
import yaml
from frontmatter.default_handlers import BaseHandler
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from builder.errors import ContentError
from builder.plain import FENCE

_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ["str", "null", "bool", "int", "float", "timestamp", "map", "seq", "value"]
}
_NULL = "tag:yaml.org,2002:null"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ESCAPED = re.compile(
    '[\\\\"\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff0-\uffff\ud800-\udfff]'
)


class Handler(BaseHandler):
    """python-frontmatter's YAML handler with our rules: whole-line fences, libyaml nodes, all scalars strings."""

    FM_BOUNDARY = FENCE
    START_DELIMITER = END_DELIMITER = "---"

    def split(self, text: str) -> tuple[str, str]:
        """The YAML and the body, both verbatim; a `---` inside a value or the body is no fence."""
        start = FENCE.match(text)
        if not start:
            raise ContentError("no front matter", next="start the file with a line '---'")
        end = FENCE.search(text, start.end())
        if not end:
            raise ContentError("the front matter is not closed", next="end it with a line '---'")
        return text[start.end() + 1 : end.start()], text[end.end() + 1 :]

    def load(self, fm: str) -> dict[str, Any]:
        node = compose(fm)
        return {} if node is None else _Values(fm).of(node)

    def export(self, metadata: dict[str, object], **kwargs: object) -> str:
        return "".join(block(key, value) for key, value in metadata.items())

    def format(self, post: frontmatter.Post, **kwargs: object) -> str:
        return f"---\n{self.export(post.metadata)}---\n{post.content}"


HANDLER = Handler()


# -- reading ------------------------------------------------------------------------------------------


def compose(fm: str) -> MappingNode | None:
    """The tree of a front matter, with the place of each node; `None` where it is empty."""
    try:
        node = yaml.compose(fm, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise _at(fm, mark, f"the front matter is not YAML: {problem}") from None
    except (RecursionError, ValueError) as error:
        raise _at(fm, None, f"the front matter cannot be read: {error}") from None
    if node is not None and not isinstance(node, MappingNode):
        raise _at(fm, None, "the front matter is not a list of 'key: value' lines")
    return node


def _at(fm: str, mark: Any, what: str) -> ContentError:
    # Line 1 of the file is the fence. YAML ends lines where no editor does, so its own count is of no use.
    return ContentError(what, where=str(fm.count("\n", 0, mark.index if mark else 0) + 2))


class _Values:
    """What the nodes of one front matter say."""

    def __init__(self, fm: str) -> None:
        self._fm = fm
        self._above: set[int] = set()

    def of(self, node: Node, depth: int = 0) -> Any:
        if id(node) in self._above or depth > 20:
            raise _at(self._fm, node.start_mark, "aliases and deep nesting are not read")
        self._above.add(id(node))
        if node.tag not in _PLAIN_TAGS:
            raise _at(self._fm, node.start_mark, f"the tag {node.tag!r} is not read")
        if isinstance(node, ScalarNode):
            return "" if node.tag == _NULL else str(node.value)
        if isinstance(node, SequenceNode):
            return [self.of(child, depth + 1) for child in node.value]
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or key.tag not in _PLAIN_TAGS:
                raise _at(self._fm, key.start_mark, "a key is not plain text")
            if key.value in found:
                raise _at(self._fm, key.start_mark, f"the key {key.value!r} stands twice")
            found[key.value] = self.of(value, depth + 1)
        return found


def scalars(node: Node) -> Iterable[ScalarNode]:
    """Every scalar below a node, in order."""
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, SequenceNode):
        for child in node.value:
            yield from scalars(child)
    elif isinstance(node, MappingNode):
        for key, child in node.value:
            yield from (*scalars(key), *scalars(child))


# -- writing ------------------------------------------------------------------------------------------


def quote(text: str) -> str:
    """A double-quoted YAML scalar on one line, readable where it can be."""

    def escape(match: re.Match[str]) -> str:
        char = match[0]
        if char in '\\"':
            return "\\" + char
        return {"\n": "\\n", "\t": "\\t"}.get(char, f"\\u{ord(char):04x}")

    return f'"{_ESCAPED.sub(escape, text)}"'


def block(key: str, value: object) -> str:
    """The lines of one key."""
    name = key if re.fullmatch(r"[A-Za-z_][\w-]*", key) and key.lower() not in _RESERVED else quote(key)
    if isinstance(value, list) and value and key != "written":
        return f"{name}:\n" + "".join(_list_item(one) for one in value)
    if key in ("date", "updated") and isinstance(value, str):
        return f"{name}: {value}\n"
    return f"{name}: {_flow(value)}\n"


_RESERVED = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


def _list_item(value: object) -> str:
    if isinstance(value, dict) and value:
        pairs = [
            f"{name}: {_flow(one)}" if name.isidentifier() else f"{quote(name)}: {_flow(one)}"
            for name, one in value.items()
        ]
        return "- " + "\n  ".join(pairs) + "\n"
    return f"- {_flow(value)}\n"


def _flow(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quote(str(k))}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    return quote(str(value))
