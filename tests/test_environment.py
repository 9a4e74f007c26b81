"""Our environment prints what Jinja's own prints, for any value in any place."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jinja2
import pytest
from hypothesis import given, strategies as st
from markupsafe import Markup

from builder.environment import Environment

TEMPLATES = {
    "plain": "{{ value }}|{{ value|string|upper }}|{{ [value, value]|join('<') }}|{{ value ~ '<' }}|{{ value|e }}",
    "base": "<title>{% block title %}{{ value }}{% endblock %}</title>{% set x = value %}{{ x }}{% block main %}{% endblock %}",
    "child": "{% extends 'base' %}{% block title %}{{ super() }}{{ self.main() }}{% endblock %}{% block main %}<p>{{ value }}</p>{% endblock %}",
    "macro": "{% macro shown(one) %}<b>{{ one }}</b>{% endmacro %}{{ shown(value) }}{% include 'plain' %}",
    "loop": "{% for one in [value] * 2 %}{{ loop.index }}{{ one }}{% endfor %}{% if value %}{{ value }}{% endif %}",
    "raw": "{% autoescape false %}{{ value }}{% endautoescape %}{% filter upper %}{{ value }}{% endfilter %}",
    "keys": "{{ held.count }}{{ held.name }}{{ held['items'] }}{{ held.nested.name }}{{ thing.name }}{{ held.get('name') }}",
}
TEXTS = st.text(st.sampled_from("<>&'\"ab é\u2028"), max_size=8)
VALUES = st.one_of(
    TEXTS, TEXTS.map(Markup), st.integers(), st.floats(), st.none(), st.booleans(),
    st.lists(TEXTS, max_size=3), st.dictionaries(st.sampled_from(["name", "items", "<"]), TEXTS, max_size=3),
)  # fmt: skip
OPTIONS: dict[str, Any] = {"autoescape": True, "undefined": jinja2.StrictUndefined}
THEIRS = jinja2.Environment(loader=jinja2.DictLoader(TEMPLATES), **OPTIONS)
OURS = Environment(loader=jinja2.DictLoader(TEMPLATES), **OPTIONS)


@pytest.mark.parametrize("name", TEMPLATES)
@given(value=VALUES)
def test_what_is_printed_is_what_jinja_prints(name: str, value: Any) -> None:
    held = {"count": value, "name": value, "items": 1, "nested": {"name": value}}
    data = {"value": value, "held": held, "thing": SimpleNamespace(name=value)}
    assert OURS.get_template(name).render(data) == THEIRS.get_template(name).render(data)


@pytest.mark.parametrize("asked", ["nothing", "held.nothing", "thing.nothing", "held.items.nothing"])
def test_what_is_not_there_is_as_undefined_as_in_jinja(asked: str) -> None:
    said = []
    for environment in (OURS, THEIRS):
        with pytest.raises(jinja2.UndefinedError) as error:
            environment.from_string(f"{{{{ {asked} }}}}").render(held={"a": 1}, thing=SimpleNamespace())
        said.append(str(error.value))
    assert said[0] == said[1]


def test_a_key_that_dicts_have_a_method_for_is_the_method_as_in_jinja() -> None:
    for environment in (OURS, THEIRS):
        assert "method" in environment.from_string("{{ held.items }}").render(held={"items": 1})


def test_a_text_that_is_not_escaped_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Environment, "text", staticmethod(str))
    data = {"value": "<"}
    assert Environment(loader=jinja2.DictLoader(TEMPLATES), **OPTIONS).get_template("plain").render(data) != (
        THEIRS.get_template("plain").render(data)
    )
