"""Mutants of Terraform files that have one more of what gives access or is reached.

One more that gives nothing is none: beside what gives everything already, told by a label alone, or
in a statement that takes access away.
"""

import re
from collections.abc import Iterator

from rewardsvc.audit.mutation.mutant import Edit, Kind
from rewardsvc.audit.mutation.values import changes
from sandbox.hcl.outline import Block, Body, HclAttribute

_NESTED = re.compile(r"ingress|egress|statement|principals|rule|subject|notification")
_RESOURCE = re.compile(
    r"aws_(?:vpc_)?security_group(?:_\w+)?_rule|aws_iam_\w+_policy_attachment"
    r"|aws_lambda_permission|aws_sns_topic_subscription"
)
_LISTS = re.compile(
    r"\"?(?P<key>actions|identifiers|resources|cidr_blocks|ipv6_cidr_blocks|allowed_methods|aliases"
    r"|allow_origins|allow_methods|Action|Service|AWS|Resource)\"?\s*[=:]\s*"
    r"(?P<list>\[(?P<items>[^\[\]{}]*)\]|(?P<one>\"[^\"\n]*\"))"
)
_STATEMENTS = re.compile(r"\"?Statement\"?\s*[=:]\s*\[")
_ACTION = re.compile(r"(\"?Action\"?\s*[=:]\s*)(\"[^\"]*\"|\[[^\]]*\])")
_LITERAL = re.compile(r"\"(?P<text>[^\"\\$\n]+)\"|(?<![\w.\"-])(?P<number>\d+)(?![\w.\"])")
_EVERYTHING = re.compile(r"(?:.*:)?\*|0\.0\.0\.0/0|::/0")
"""An item beside which another one adds nothing."""
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_EVERY_PROTOCOL = re.compile(r"\"(?:-1|all)\"")
_DENY = re.compile(r"\"?[Ee]ffect\"?\s*[=:]\s*\"Deny\"")
_EFFECT = re.compile(r"\"?Effect\"?\s*[=:]")
_LABELS = frozenset({"id", "statement_id"})
"""Attributes that name a block and say nothing of what it gives."""
_METHODS = ("DELETE", "PUT", "POST")
_TOLD_APART = frozenset(
    {"from_port", "to_port", "cidr_blocks", "cidr_ipv4", "policy_arn", "endpoint", "actions",
     "identifiers", "priority", "threshold", "id", "principal", "statement_id"}
)  # fmt: skip
"""Attributes by which such blocks are told from each other."""


def entry_edits(text: str, body: Body) -> Iterator[Edit]:
    """The edits of a file with that outline."""
    for block in body.blocks:
        path = ".".join((block.type, *block.labels))
        if block.type == "resource" and _RESOURCE.fullmatch(block.labels[0]):
            name = block.labels[-1]
            if (again := _again(text, block)) is not None:
                yield _edit(text, path, block, again.replace(f'"{name}"', f'"{name}_other"', 1))
        yield from _of_body(text, block.body, path)


def _of_body(text: str, body: Body, path: str) -> Iterator[Edit]:
    last = {block.type: block for block in body.blocks if _NESTED.fullmatch(block.type)}
    for block in last.values():
        every = _of_every_port(text, block) or _denies(text, block)
        if not every and (again := _again(text, block)) is not None:
            yield _edit(text, f"{path}.{block.type}", block, again)
    for block in body.blocks:
        if not _denies(text, block):
            yield from _of_body(text, block.body, f"{path}.{block.type}")
    for attribute in body.attributes:
        yield from _of_attribute(text, attribute, f"{path}.{attribute.name}")


def _of_attribute(text: str, attribute: HclAttribute, path: str) -> Iterator[Edit]:
    for match in _LISTS.finditer(text, attribute.at, attribute.end):
        in_json = not match["key"].islower()
        if in_json and "Statement" not in text[attribute.at : attribute.end]:
            continue
        if match["one"] is not None and not in_json:
            continue
        items = match["one"] or match["items"]
        literals = re.findall(r"\"([^\"\\$\n]+)\"", items)
        if not literals or _holds_everything(items) or _in_denial(text, attribute.at, match):
            continue
        other = _other_item(match["key"], literals)
        after = f'[{items.rstrip().rstrip(",")}, "{other}"]'
        start, end = match.span("list")
        line = text.count("\n", 0, start) + 1
        changed = text[:start] + after + text[end:]
        yield Edit(Kind.ADD_ENTRY, line, path, match["list"], after, changed, ())
    for match in _STATEMENTS.finditer(text, attribute.at, attribute.end):
        closing = _closing(text, match.end())
        if closing is None:
            continue
        statements = text[match.end() : closing].strip().rstrip(",")
        last = re.split(r"(?<=\}),\s*(?=\{)", statements)[-1]
        if _DENY.search(last):
            continue
        another = _ACTION.sub(_other_action, last)
        if another not in statements:
            line = text.count("\n", 0, match.start()) + 1
            changed = f"{text[: match.end()]}{statements}, {another}{text[closing:]}"
            yield Edit(Kind.ADD_ENTRY, line, f"{path}.Statement", "", another, changed, ())


def _other_action(match: re.Match[str]) -> str:
    action = re.findall(r"\"([^\"]+)\"", match[2])
    if not action or _holds_everything(match[2]):
        return match[0]
    return f'{match[1]}"{_other_item("Action", action)}"'


def _other_item(key: str, items: list[str]) -> str:
    """Another item of a list of such a name."""
    last = items[-1]
    if key in ("actions", "Action"):
        service = last.partition(":")[0]
        if service == "sts":
            return "sts:TagSession"
        return f"{service}:Delete*" if not last.startswith(f"{service}:Delete") else f"{service}:*"
    if key in ("allowed_methods", "allow_methods"):
        return next(each for each in (*_METHODS, "*") if each not in items)
    if key.endswith("cidr_blocks"):
        return "2001:db8:77::/48" if ":" in last else "198.51.100.0/24"
    if last.endswith(".amazonaws.com"):
        return "batch.amazonaws.com" if last != "batch.amazonaws.com" else "ec2.amazonaws.com"
    if re.fullmatch(r"arn:aws:iam::\d{12}:\w+", last) or re.fullmatch(r"\d{12}", last):
        return "arn:aws:iam::999999999999:root"
    return next((each.after for each in changes(last)), f"{last}-other")


def _holds_everything(expression: str) -> bool:
    return any(map(_EVERYTHING.fullmatch, re.findall(r"\"([^\"\n]*)\"", expression)))


def _denies(text: str, block: Block) -> bool:
    effect = block.body.attribute("effect")
    return effect is not None and _DENY.search(text, effect.at, effect.end) is not None


def _in_denial(text: str, at: int, match: re.Match[str]) -> bool:
    """Whether a match of an expression that begins there is in a statement that takes access away:
    the innermost object around it that has an effect."""
    opened: list[int] = []
    for each in re.finditer(r'"(?:[^"\\]|\\.)*"|[{}]', text[at : match.start()]):
        if each[0] == "{":
            opened.append(at + each.end())
        elif each[0] == "}" and opened:
            opened.pop()
    for start in reversed(opened):
        statement = text[start : _closing(text, start)]
        if _EFFECT.search(statement):
            return _DENY.search(statement) is not None
    return False


def _of_every_port(text: str, block: Block) -> bool:
    """Whether it opens all ports, whatever other numbers they had."""
    names = ("protocol", "ip_protocol", "from_port", "to_port")
    found = [block.body.attribute(name) for name in names]
    protocol, ip_protocol, first, last = (
        text[each.start : each.end].strip() if each else "" for each in found
    )
    every = _EVERY_PROTOCOL.fullmatch(protocol) or _EVERY_PROTOCOL.fullmatch(ip_protocol)
    return bool(every) or (first, last) == ("0", "65535")


def _again(text: str, block: Block) -> str | None:
    """A block once more, told from the one that is there; None where nothing that gives anything
    tells it."""
    again = text[block.start : block.end]
    every_port = _of_every_port(text, block)
    gives = False
    bodies = [block.body, *(inner.body for inner in block.body.blocks)]
    told = [each for body in bodies for each in body.attributes if each.name in _TOLD_APART]
    for attribute in sorted(told, key=lambda each: each.start, reverse=True):
        expression = text[attribute.start : attribute.end]
        if _holds_everything(expression) or (every_port and attribute.name.endswith("_port")):
            continue
        if attribute.name == "policy_arn":
            other = f'"{_ADMINISTRATOR}"'
        elif match := _LITERAL.search(expression):
            literal = match["text"] or match["number"]
            if match["number"] and attribute.name.endswith(("port", "priority", "threshold")):
                changed = str(int(literal) + 1)
            else:
                changed = _other_item(attribute.name, [literal])
            other = expression[: match.start(match.lastgroup or 0)] + changed
            other += expression[match.end(match.lastgroup or 0) :]
        else:
            continue
        gives |= other != expression and attribute.name not in _LABELS
        start, end = attribute.start - block.start, attribute.end - block.start
        again = again[:start] + other + again[end:]
    return again if gives else None


def _closing(text: str, at: int) -> int | None:
    """Where the bracket closes that is open at a place; None where it does not."""
    depth = 1
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{(]|[\])}]', text[at:]):
        if match[0] in "[{(":
            depth += 1
        elif match[0] in "])}":
            depth -= 1
            if not depth:
                return at + match.start()
    return None


def _edit(text: str, path: str, block: Block, again: str) -> Edit:
    line = text.count("\n", 0, block.start) + 1
    changed = f"{text[: block.end]}\n\n{again}{text[block.end :]}"
    return Edit(Kind.ADD_ENTRY, line, path, "", again, changed, ())
