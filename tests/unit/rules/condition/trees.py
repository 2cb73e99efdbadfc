"""Random trees of conditions."""

from hypothesis import strategies as st

from drivers.points import UNITS
from rules.condition import nodes
from rules.condition.nodes import Node

NAMES = ["level", "low", "leak", "mode", "tank-1.level", "feeder.healthy"]
SYMBOLS = ["", "%", "°C", "min", "kPa", "m³/h"]
COMPARISONS = ["<", "<=", ">", ">=", "==", "!="]

leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(
        lambda value, symbol: nodes.Number(0, value, UNITS[symbol]),
        st.integers(0, 999).map(lambda n: n / 10),
        st.sampled_from(SYMBOLS),
    ),
    st.builds(nodes.Truth, st.just(0), st.booleans()),
    st.builds(nodes.Name, st.just(0), st.sampled_from(NAMES)),
    st.builds(nodes.Hours, st.just(0), st.integers(0, 700), st.integers(701, 1440)),
)


def _grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        st.builds(nodes.Not, st.just(0), inner),
        st.builds(nodes.Minus, st.just(0), inner),
        st.builds(lambda word, parts: nodes.Logic(0, word, tuple(parts)), st.sampled_from(["and", "or"]), several),
        st.builds(nodes.Arithmetic, st.just(0), st.sampled_from("+-*/"), inner, inner),
        st.builds(_comparison, several, st.sampled_from(COMPARISONS)),
        st.builds(nodes.Choice, st.just(0), inner, inner, inner),
        st.builds(lambda name, parts: nodes.Call(0, name, tuple(parts)), st.sampled_from(["max", "f"]), several),
    )


def _comparison(parts: list[Node], sign: str) -> Node:
    count = len(parts) - 1
    return nodes.Comparison(0, (sign,) * count, (0,) * count, tuple(parts))


trees = st.recursive(leaves, _grown, max_leaves=12)
