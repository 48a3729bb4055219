"""Completes a drafted example: what it leaves to its reader, names that mean something. Pure."""

import re
from dataclasses import dataclass, replace

from datagen.sources.documentation.companions import (
    LABEL,
    LABELLED,
    SUBNETS,
    TEMPLATES,
    role,
)
from datagen.sources.documentation.draft import drafted
from datagen.sources.documentation.essentials import (
    BESIDE,
    ONE_OF,
    VALUES,
    told_apart,
    unencrypted,
    with_essentials,
)
from datagen.sources.documentation.fallbacks import fallback, options_in
from datagen.sources.documentation.labels import connected, kept, one_region
from datagen.sources.documentation.learnt import SETTING, VAGUE, Learnt, Target, names_of
from datagen.sources.documentation.naming import (
    ACCOUNT,
    SILLY,
    Spot,
    invented,
    is_name,
    names_another,
    noun_of,
    of_account,
    sensible,
)
from datagen.sources.documentation.obsolete import successor
from datagen.sources.documentation.pages import PageBlock, Pages, TypePage
from datagen.sources.documentation.particulars import PARTICULARS
from datagen.sources.documentation.program import read_example
from datagen.sources.documentation.trust import trusting
from datagen.sources.documentation.values import (
    Body,
    Hole,
    JsonText,
    Name,
    Ref,
    Template,
    Value,
    Way,
    WrittenResource,
    leaves,
    mapped,
    references,
)

_JOINED = frozenset(
    {
        "aws_kms_key", "aws_sns_topic", "aws_iam_role", "aws_s3_bucket", "aws_security_group",
        "aws_cloudwatch_log_group", "aws_subnet", "aws_vpc", "aws_sqs_queue", "aws_lambda_function",
    }
)  # fmt: skip
"""Types that a resource is joined with where its example has it alone."""
_REGION = re.compile(r"(?<![a-z-])(?:us|eu|ap|sa|ca|me|af)-(?:gov-)?[a-z]+-\d")
_BUCKETS = re.compile(r"aws_(?:s3_|s3control_|s3tables_|lightsail_)")
_DEPTH = 3
"""Companions of companions of companions."""
_MOST = 14
"""Resources in a configuration: beyond it, an example is joined with too much."""
SECRET = re.compile(
    r"^(?!manage|master_user_secret|.*_(?:id|arn|length|name|policy|type|enabled|location)s?$)"
    r".*(?:password|passwd|secret_string|auth_token|client_secret|private_key|secret_key|api_key"
    r"|access_key|secret_binary|credentials_token|service_json)"
)


class Unfit(Exception):
    """An example cannot be made into a configuration; says why."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Resources in their order: those that others need come first."""

    resources: tuple[WrittenResource, ...]


class Completion:
    """Makes a configuration of one example."""

    def __init__(self, pages: Pages, learnt: Learnt, page: TypePage) -> None:
        self._pages = pages
        self._learnt = learnt
        self._page = page
        self._made: dict[str, WrittenResource] = {}

    def configuration(self, example: str) -> Configuration:
        """The example as a whole configuration; of "", what the schema alone demands.

        Raises:
            Unfit: it does not declare the type, or needs what nobody can tell.
        """
        resources = drafted(read_example(example, self._pages.types), self._pages.pages)
        if not example:
            resources = [WrittenResource(self._page.type, LABEL, {})]
        if not any(each.type == self._page.type for each in resources):
            raise Unfit("the example does not declare the type itself")
        resources = kept(resources, self._page.type)
        for each in resources:
            self._made[each.address] = each
        for each in resources:
            self._made[each.address] = self._completed(each, 0)
        self._round_off()
        found = self.current
        if len(found.resources) > _MOST:
            raise Unfit(f"it takes {len(found.resources)} resources")
        return found

    def _round_off(self) -> None:
        """Give what works with none of several arguments one of them, and names that differ."""
        for each in list(self._made.values()):
            beside = BESIDE.get(each.type, each.type)
            if not any(other.type == beside for other in self._made.values()):
                page = self._pages.pages[each.type]
                made_beside = self._companion(beside, page, 0)
                if made_beside is not None:
                    self._made[made_beside.address] = replace(made_beside, companion=False)
        for each in list(self._made.values()):
            schema = self._pages.pages[each.type].schema
            for block, number, argument in unencrypted(each, schema):
                page = self._pages.pages[each.type]
                found = self._referred(("aws_acm_certificate", "arn"), page, 0)
                bodies = self._made[each.address].body[block]
                assert isinstance(bodies, list)
                changed = [*bodies]
                changed[number] = {**bodies[number], argument: found}
                body: Body = {**self._made[each.address].body, block: changed}
                self._made[each.address] = replace(each, body=body)
        for each in list(self._made.values()):
            known = TEMPLATES.get(each.type)
            attached = each.type == "aws_internet_gateway"  # by what comes with it
            if not each.body and known and each.type != self._page.type and not attached:
                page = self._pages.pages[each.type]
                self._made[each.address] = replace(each, body=self._bound(known, page, 0))
            elif not each.body and known and not any(references(known)):
                self._made[each.address] = replace(each, body=self._rebound(known))
        for each in list(self._made.values()):
            wanted = ONE_OF.get(each.type, ())
            there = any(each.body.get(name, [{}]) != [{}] for name in wanted)
            if wanted and not there and (each.type, wanted[0]) not in VALUES:
                added: Body = {**each.body, wanted[0]: self.added(each, (wanted[0],))}
                self._made[each.address] = replace(self._made[each.address], body=added)
        types = frozenset(each.type for each in self._made.values())
        made = [
            with_essentials(each, self._pages.pages[each.type].schema, types)
            for each in list(self._made.values())
        ]
        made = [replace(each, body=self._rebound(each.body)) for each in made]
        wanted_beside = frozenset(BESIDE.get(each.type, "") for each in made)
        made = connected(one_region(made), self._page.type, wanted_beside)
        self._made = {each.address: each for each in told_apart(made)}

    def joined(self, configuration: Configuration) -> Configuration | None:
        """The configuration with something beside a resource that stands alone; None if nothing
        fits. What fits is what the type may refer to, or a parameter that hands on its ARN."""
        self.resume(configuration)
        (only,) = configuration.resources
        page = self._pages.pages[only.type]
        for name, attribute in page.schema.attributes.items():
            if not attribute.settable or name in only.body:
                continue
            target = self._learnt.by_path.get((only.type, (name,)))
            if target is None or target[0] not in _JOINED or target[0] == only.type:
                continue
            found = self._referred(target, page, 1)
            if found is not None:
                listed = isinstance(attribute.type, list)
                body = {**only.body, name: self._several(found) if listed else found}
                self._made[only.address] = replace(only, body=body)
                return self.current
        for attribute_name in ("arn", _own_id(page)):
            if attribute_name in page.schema.attributes:
                parameter: Body = {
                    "name": Name(
                        "/", "kebab", f"/{noun_of(only.type)}-{attribute_name[-3:].strip('_')}"
                    ),
                    "type": "String",
                    "value": Ref(only.type, only.label, attribute_name),
                }
                self._made["aws_ssm_parameter.main"] = WrittenResource(
                    "aws_ssm_parameter", "main", parameter
                )
                return self.current
        return None

    def added(self, resource: WrittenResource, path: tuple[str, ...]) -> Value:
        """What an argument that is missing is given; what it refers to is made, too.

        Raises:
            Unfit: nothing tells.
        """
        page = self._pages.pages[resource.type]
        block = page.schema
        for step in path[:-1]:
            block = block.blocks[step].block
        return self._missing(path[-1], block, page, path, 0)

    def resume(self, configuration: Configuration) -> None:
        """Go on from a configuration that this made."""
        self._made = {each.address: each for each in configuration.resources}

    @property
    def current(self) -> Configuration:
        """All that was made so far, without companions that nothing needs."""
        found = sorted(self._made.values(), key=lambda each: not each.companion)
        while True:
            used = {ref.address for each in found for ref in references(each.body)}
            needed = [each for each in found if not each.companion or each.address in used]
            if len(needed) == len(found):
                services = {type: page.service for type, page in self._pages.pages.items()}
                return Configuration(tuple(trusting(found, services)))
            found = needed

    def _completed(self, resource: WrittenResource, depth: int) -> WrittenResource:
        page = self._pages.pages[resource.type]
        body = self._filled(resource.body, page.schema, page, (), depth)
        return replace(resource, body=body)

    def _filled(
        self, body: Body, block: PageBlock, page: TypePage, prefix: tuple[str, ...], depth: int
    ) -> Body:
        particulars = {} if prefix else self._particulars(page)
        made: Body = {}
        for name, value in body.items():
            if not prefix and (name in ("tags", "timeouts") or name in particulars):
                continue
            path = (*prefix, name)
            if name in block.blocks and isinstance(value, list):
                nested = block.blocks[name]
                bodies = [
                    self._filled(each, nested.block, page, path, depth)
                    for each in value
                    if isinstance(each, dict)
                ]
                bodies = _unrepeated([each for each in bodies if each or not nested.block.names])
                if bodies:
                    made[name] = bodies
                continue
            found = self._value(value, block, page, path, depth)
            if found not in (None, [], {}):
                made[name] = found
        made.update({name: v for name, v in self._bound(particulars, page, depth).items() if v})
        for name in block.required:
            if name not in made:
                made[name] = self._missing(name, block, page, (*prefix, name), depth)
        return made

    def _particulars(self, page: TypePage) -> Body:
        """What is written whatever the example has, of what this provider knows."""
        return {
            name: value
            for name, value in PARTICULARS.get(page.type, {}).items()
            if name in page.schema.names
            and all(ref.type in self._pages.pages for ref in references(value))
        }

    def _bound(self, particulars: Body, page: TypePage, depth: int) -> Body:
        """Particulars with what they refer to made."""
        for ref in references(particulars):
            if ref.label != LABEL and (ref.type, ref.label) in LABELLED:
                self._labelled(ref, page, depth)
            elif ref.type != page.type:
                self._needs(ref.type, page, depth)
        made = self._rebound(particulars)
        if lost := [ref for ref in references(made) if ref.address not in self._made]:
            raise Unfit(f"{page.type} needs {lost[0]}, and nothing makes it")
        return made

    def _labelled(self, ref: Ref, page: TypePage, depth: int) -> None:
        body = LABELLED[ref.type, ref.label]
        for other in references(body):
            self._needs(other.type, page, depth)
        made = WrittenResource(ref.type, ref.label, self._rebound(body), True)
        self._made.setdefault(made.address, made)

    def _missing(
        self, name: str, block: PageBlock, page: TypePage, path: tuple[str, ...], depth: int
    ) -> Value:
        if SECRET.search(name):
            raise Unfit(f"{page.type} needs a secret, {'.'.join(path)}")
        if name in block.blocks:
            nested = block.blocks[name].block
            return [self._filled({}, nested, page, path, depth) or self._least(nested, page, path)]
        type = block.attributes[name].type
        listed = isinstance(type, list) and type[0] in ("list", "set")
        if (target := self._learnt.target(page, path)) is not None:
            found = self._referred(target, page, depth)
            if found is not None:
                return self._several(found) if listed else found
        text = page.arguments.get(".".join(path), "")
        if (related := self._by_stem(name, page, depth)) is not None:
            return self._several(related) if listed else related
        value = fallback(Spot(page.type, path, "", text), type, self._page.service)
        if value is not None:
            return value
        raise Unfit(f"{page.type} needs {'.'.join(path)}, and nothing tells what")

    def _least(self, block: PageBlock, page: TypePage, path: tuple[str, ...]) -> Body:
        """A block that must be there and demands nothing: the first in it that refers to
        something, or whose text tells its values."""
        for name in block.names:
            if name not in block.attributes or SECRET.search(name):
                continue
            inner = (*path, name)
            listed = isinstance(block.attributes[name].type, list)
            target = self._learnt.target(page, inner)
            if target is None and name in ("id", "name") and f"aws_{path[-1]}" in TEMPLATES:
                target = (f"aws_{path[-1]}", name)
            if target is not None and (found := self._referred(target, page, 1)) is not None:
                return {name: self._several(found) if listed else found}
        for name in block.names:
            text = page.arguments.get(".".join((*path, name)), "")
            told = name in block.attributes and block.attributes[name].type == "string"
            if told and (options := options_in(text)):
                return {name: options[0]}
        return {}

    def _value(
        self,
        value: Value,
        block: PageBlock,
        page: TypePage,
        path: tuple[str, ...],
        depth: int,
    ) -> Value:
        def change(way: Way, leaf: Value) -> Value:
            names = (*path, *names_of(way))
            if isinstance(leaf, Hole):
                return self._hole(leaf, page, names, depth)
            of_account = isinstance(leaf, Ref | Hole) and leaf.attribute == "account_id"
            if of_account and names[-1].endswith("account_id"):
                return ACCOUNT  # another one: a member's, a receiver's
            if isinstance(leaf, Ref):
                return leaf if leaf.address in self._made else None
            if isinstance(leaf, Template):
                return self._template(leaf)
            if not isinstance(leaf, str):
                return leaf
            return self._text(leaf, page, names, depth)

        made = mapped(value, change)
        lost = any(leaf is None for _, leaf in leaves(made))
        kind = block.attributes[path[-1]].type if path[-1] in block.attributes else ""
        if isinstance(kind, list) and kind[0] in ("list", "set") and isinstance(made, Ref):
            made = self._several(made)
        if isinstance(made, list) and len(made) > 1 and len(set(map(_key, made))) == 1:
            made = self._several(made[0])  # several of something are two subnets, or one
        if isinstance(made, list) and made and all(isinstance(each, str) for each in made):
            made = list(dict.fromkeys(made))  # what took the place of two may be one
        if lost and isinstance(made, list):
            made = [each for each in made if all(leaf is not None for _, leaf in leaves(each))]
            lost = not made
        if lost and isinstance(made, dict) and not isinstance(made, JsonText):
            made = {k: v for k, v in made.items() if all(leaf is not None for _, leaf in leaves(v))}
            lost = not made
        if lost:
            if path[-1] in block.required:
                return self._missing(path[-1], block, page, path, depth)
            return None
        return made

    def _by_stem(self, name: str, page: TypePage, depth: int) -> Value:
        """A reference by the name alone, within the service: ``stack_id`` of an OpsWorks layer."""
        if re.search(r"(?:^|_)role(?:_arn)?$|^principal_arn$", name):
            return self._referred(("aws_iam_role", "arn"), page, depth)
        if name in ("account_id", "aws_account_id", "admin_account_id", "owner_account_id"):
            return ACCOUNT
        if re.search(r"^kms_key(?:_arn)?$", name):
            return self._referred(("aws_kms_key", "arn"), page, depth)
        if name == "image_uri":
            return self._referred(("aws_ecr_repository", "repository_url"), page, depth)
        if re.search(r"(?:^|_)buckets?(?:_name)?$", name) and not _BUCKETS.match(page.type):
            return self._referred(("aws_s3_bucket", "bucket"), page, depth)
        found = re.fullmatch(r"(.+?)(?:_(identifier|id|arn|name)s?)?", name)
        assert found is not None
        parts = page.type.split("_")
        stem = re.sub(r"^(?:source|target|parent|primary|origin)_", "", found[1])
        stem = re.sub(r"_config$", "_configuration", stem)
        for end in range(len(parts) - 1, 0, -1):
            type = "_".join([*parts[:end], stem])
            known = self._pages.pages.get(type)
            if known is None or type == page.type:
                continue
            if end == 1 and (not found[2] or type not in TEMPLATES or type in VAGUE):
                continue
            for attribute in (name, found[2] or "name", "id"):
                if attribute in known.schema.attributes:
                    return self._referred((type, attribute), page, depth)
        return None

    def _text(self, text: str, page: TypePage, names: tuple[str, ...], depth: int) -> Value:
        last = names[-1]
        if SECRET.search(last) and "$json" not in names:
            return None  # nobody writes a secret down
        if re.fullmatch(r"[a-z]{2}-[a-z]+-\d[a-z]", text):
            return f"$zone-{text[-1] if text[-1] in 'abc' else 'a'}"
        if re.fullmatch(r"(?:us|eu|ap)-[a-z]+-\d", text) and "region" in last:
            return "$region"
        if re.fullmatch(r"arn:aws[\w-]*:[\w-]+:[\w-]*:(?:aws)?:[\w.:/-]+", text):
            return text  # AWS' own
        if (
            re.search(r"(?<![a-z-])(?:us|eu|ap|sa|ca|me|af)-(?:gov-)?[a-z]+-\d", text)
            and "/" not in text
        ):
            return None  # a text with somebody else's region in it
        if of_account(Spot(page.type, names, text, "")):
            return ACCOUNT
        looks_like_id = re.match(r"(?:arn:|(?:vpc|subnet|sg|eni|rtb|igw|vol|tgw)-[0-9a-f]*)", text)
        if looks_like_id or (SILLY.search(text) and re.search(r"_(?:arn|id)s?$", last)):
            target = self._learnt.target(page, names)
            return self._referred(target, page, depth) if target else None
        text = successor(text)
        if invented(text) and "$json" not in names:
            target = self._learnt.target(page, names)
            return (self._referred(target, page, depth) if target else None) or text
        said = page.arguments.get(".".join(name for name in names if name != "$json"), "")
        spot = Spot(page.type, names, text, said)
        if is_name(spot) or (
            len(names) > 1 and last.endswith(("_name", "bucket")) and "$json" not in names
        ):
            handed_on = self._learnt.by_path.get((page.type, names))
            if handed_on is not None and not SETTING.search(last):
                found = self._referred(handed_on, page, depth)
                if found is not None:
                    return found
            another = names_another(page.type, last) or (
                bool(re.search(r"(?:^|_)bucket(?:_name)?$", last)) and not _BUCKETS.match(page.type)
            )
            if another and (related := self._by_stem(last, page, depth)) is not None:
                return related
            if another and last.endswith(("_id", "_identifier")):
                return None  # nobody has it before that thing is there
        return sensible(spot)

    def _template(self, template: Template) -> Value:
        parts: list[str | Ref] = []
        for part in template.parts:
            if isinstance(part, Ref) and part.address not in self._made:
                return None
            if isinstance(part, str) and SILLY.search(part):
                return None
            parts.append(part)
        return Template(tuple(parts))

    def _hole(self, hole: Hole, page: TypePage, names: tuple[str, ...], depth: int) -> Value:
        if hole.type and hole.attribute:
            return self._referred((hole.type, hole.attribute), page, depth)
        target = self._learnt.target(page, names)
        if target is None:
            return None
        return self._referred(target, page, depth)

    def _referred(self, target: Target, page: TypePage, depth: int) -> Value:
        """A reference to a resource of a type: one that is there, or a companion."""
        type, attribute = target
        if type not in self._pages.pages or (type == page.type and depth):
            return None
        there = [each for each in self._made.values() if each.type == type]
        there = [each for each in there if each.type != page.type] or there
        root = re.split(r"[.\[]", attribute)[0]
        schema = self._pages.pages[type].schema
        if root not in schema.attributes and root not in schema.blocks:
            return None
        if there and type != page.type:
            return Ref(type, there[0].label, attribute)
        if type == page.type:
            return None
        made = self._companion(type, page, depth + 1)
        return Ref(type, made.label, attribute) if made else None

    def _several(self, found: Value) -> list[Value]:
        """As a list: both subnets, where it is one of them."""
        if isinstance(found, Ref) and found.address == "aws_subnet.a":
            return [found, Ref("aws_subnet", "b", found.attribute)]
        return [found]

    def _companion(self, type: str, page: TypePage, depth: int) -> WrittenResource | None:
        if type == "aws_subnet":
            self._needs("aws_vpc", page, depth)
            for label, body in SUBNETS.items():
                resource = WrittenResource(type, label, self._rebound(body), True)
                self._made[resource.address] = resource
            return self._made["aws_subnet.a"]
        if type == "aws_iam_role":
            body = role()
        elif type in TEMPLATES:
            body = TEMPLATES[type]
            for ref in list(references(body)):
                self._needs(ref.type, page, depth)
            body = self._rebound(body)
        else:
            return self._from_example(type, depth)
        made = WrittenResource(type, LABEL, body, True)
        self._made[made.address] = made
        return made

    def _needs(self, type: str, page: TypePage, depth: int) -> None:
        if not any(each.type == type for each in self._made.values()):
            self._companion(type, page, depth + 1)

    def _rebound(self, body: Body) -> Body:
        """With references to what is there under another label."""

        def there(leaf: Ref) -> Ref:
            if leaf.address in self._made:
                return leaf
            other = next((each for each in self._made.values() if each.type == leaf.type), None)
            return Ref(leaf.type, other.label, leaf.attribute) if other else leaf

        def change(_: Way, leaf: Value) -> Value:
            if isinstance(leaf, Template):
                return Template(tuple(p if isinstance(p, str) else there(p) for p in leaf.parts))
            return there(leaf) if isinstance(leaf, Ref) else leaf

        made = mapped(body, change)
        assert isinstance(made, dict)
        return {
            key: list(dict.fromkeys(value)) if _all_refs(value) else value
            for key, value in made.items()
        }

    def _from_example(self, type: str, depth: int) -> WrittenResource | None:
        """A companion without a template: what its own documentation's first example needs."""
        if depth > _DEPTH:
            return None
        page = self._pages.pages[type]
        for example in page.examples[:2]:
            for each in drafted(read_example(example, self._pages.types), self._pages.pages):
                if each.type != type:
                    continue
                needed = set(page.schema.required) | {"name", "cidr"}
                least = {key: value for key, value in each.body.items() if key in needed}
                try:
                    body = self._filled(least, page.schema, page, (), depth + 1)
                except Unfit:
                    continue
                made = WrittenResource(type, LABEL, body, True)
                self._made[made.address] = made
                return made
        return None


def _own_id(page: TypePage) -> str:
    """The id that AWS gives it: ``file_system_id``; "" where its ``id`` repeats what is known."""
    computed = (
        name
        for name, each in page.schema.attributes.items()
        if each.computed and not each.settable and page.type.endswith(name.removesuffix("_id"))
    )
    return next((name for name in computed if name.endswith("_id")), "")


def _unrepeated(bodies: list[Body]) -> list[Body]:
    """Blocks without those that refer to what the first refers to and differ in a number alone."""
    if len(bodies) < 2 or not any(references(bodies[0])):
        return bodies

    def words(body: Body) -> Body:
        return {name: value for name, value in body.items() if not isinstance(value, int)}

    return [bodies[0], *(each for each in bodies[1:] if words(each) != words(bodies[0]))]


def _key(value: Value) -> object:
    """What makes two references one; other values are each their own."""
    return value if isinstance(value, Ref) else id(value)


def _all_refs(value: Value) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(e, Ref) for e in value)
