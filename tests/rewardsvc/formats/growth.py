# ruff: noqa: E501 - a table of texts
"""Texts that grow in every way that has made somebody's parser slow, and what they are made with."""

from collections.abc import Callable, Mapping

Growth = Callable[[int], str]
"""From a size in characters, roughly, to a completion, or to a part of one."""


def many(line: str) -> Callable[[int], str]:
    """A line many times; ``{i}`` in it is its number."""

    def text(size: int) -> str:
        count = max(2, size // (len(line) + 2))
        return "".join(line.replace("{i}", str(i)) for i in range(count))

    return text


def around(before: str, inner: Callable[[int], str] | str, after: str = "") -> Callable[[int], str]:
    """What grows, between what does not."""

    def text(size: int) -> str:
        grown = inner(size) if callable(inner) else inner * max(1, size // len(inner))
        return before + grown + after

    return text


def nested(opening: str, closing: str, inner: str = "") -> Callable[[int], str]:
    """Something in something, as deep as the size allows."""

    def text(size: int) -> str:
        count = size // (len(opening) + len(closing))
        return opening * count + inner + closing * count

    return text


def both(*parts: Callable[[int], str]) -> Callable[[int], str]:
    """One behind the other, each with its share of the size."""
    return lambda size: "".join(part(size // len(parts)) for part in parts)


def fenced(label: str, grow: Callable[[int], str]) -> Growth:
    return lambda size: f"```{label}\n{grow(size)}\n```\n"


TEXTS: Mapping[str, Callable[[int], str]] = {
    "one long word": around("", "a"),
    "one long number": around("", "1"),
    "white space": around("a", " ", "b"),
    "empty lines": around("a", "\n", "b"),
    "carriage returns": around("a", "\r", "b"),
    "double quotes": around("", '"' * 6),
    "single quotes": around("", "'" * 6),
    "a double quote that stays open": around("", '"' * 6, '"'),
    "a single quote that stays open": around("", "'" * 6, "'"),
    "escaped quotes": around('x = "', '\\"'),
    "back-ticks within": around("", "` "),
    "backslashes": around("", "\\"),
    "continued lines": around("RUN a", " \\\n"),
    "brackets": around("", "["),
    "braces": around("", "{"),
    "parentheses": around("", "("),
    "closing brackets": around("", "]})"),
    "expressions": around("a: ", "${{ "),
    "dollars": around("a: ", "$"),
    "templates": around("a: ", "${a:-"),
    "open comments": around("", "/* "),
    "hashes": around("a ", "# "),
    "heredocs": around("", "cat <<'E' "),
    "dashes": around("", "- "),
    "signs": around("", "!"),
    "emojis": around("", "\U0001f600"),
    "unseen characters": around("", "\u200b"),
}
"""Files of every format."""

COMPLETIONS: Mapping[str, Growth] = {
    "open fences": many("```{label} path=f{i}\n"),
    "fences": many("```{label} path=f{i}.yaml\na\n```\n"),
    "indented fences": many(" " * 40 + "```{label}\na\n"),
    "long fences": around("", "`"),
    "longer fences": lambda size: "".join("`" * (3 + i) + "\n" for i in range(int(size**0.5))),
    "tildes": many("~~~{label}\n"),
    "thoughts": many("<think>\n"),
    "closed thoughts": many("<think>a</think>\n"),
    "thoughts in fences": many("```{label}\n</think>\n"),
    "attributes": around("```{label} ", 'title="a '),
    "special tokens": around("```{label}\na\n```\n", "<|im_end|>"),
}
"""Completions of every format; ``{label}`` is that of its fences."""

YAML: Mapping[str, Callable[[int], str]] = {
    "keys": many("k{i}: v\n"),
    "items": around("a:\n", many("  - v\n")),
    "documents": many("---\na: {i}\n"),
    "nested flow lists": nested("[", "]"),
    "nested mappings": lambda size: "".join(" " * i + "a:\n" for i in range(int(size**0.5))),
    "nested items": around("", "- "),
    "anchors": many("a{i}: &x{i} v\n"),
    "aliases": around("a: &x [1, 2, 3]\nb:\n", many("  - *x\n")),
    "laughs": lambda size: (
        "a0: &a0 [x]\n"
        + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, size // 20))
    ),
    "merges": around("a: &x {k: v}\n", many("b{i}:\n  <<: *x\n")),
    "merges of merges": lambda size: (
        "a0: &a0 {k: v}\n"
        + "".join(f"a{i}: &a{i}\n  <<: *a{i - 1}\n  k{i}: v\n" for i in range(1, size // 24))
    ),
    "merged lists": lambda size: "a: &x {k: v}\nb:\n  <<: [" + "*x, " * (size // 4) + "*x]\n",
    "a long scalar": around("a: ", "x "),
    "a long key": around("? ", "x", "\n: v\n"),
    "a block scalar": around("a: |\n", many("  line {i}\n")),
    "a folded scalar": around("a: >\n", many("  line {i}\n\n")),
    "a quoted scalar": around('a: "', "x\\n", '"\n'),
    "a quoted scalar of many lines": around('a: "', " x\n", '"\n'),
    "tags": many("a{i}: !t v\n"),
    "directives": many("%YAML 1.1\n---\na\n...\n"),
    "comments": around("a: b\n", many("# comment {i}\n")),
    "numbers": many("a{i}: 1e{i}\n"),
}
"""Files of every format that is YAML."""
