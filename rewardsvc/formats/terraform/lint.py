"""What Terraform accepts and a reviewer would not: declarations that nothing uses, secrets in the
open. Pure.

Both are opinions, so they are warnings. What counts as unused is what tflint's rule
terraform_unused_declarations says (https://github.com/terraform-linters/tflint-ruleset-terraform),
without its pragmas: comments have no effect. What counts as a secret goes by well-known names and
forms; a provider's schema marks more as sensitive, but also much that is none (a user's name).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rewardsvc.types import Diagnostic
from sandbox.hcl.outline import Block, Body, HclAttribute
from sandbox.hcl.survey import OutlinedFile, by_folder, outlines

_SECRET_NAME = re.compile(
    r"(?:.*_)?(?:password|passwd|password_wo|secret_key|secret_access_key|api_key|auth_token"
    r"|client_secret|private_key|secret_string|secret_string_wo)",
    re.IGNORECASE,
)
"""Names of arguments, variables and environment variables that hold a secret."""

_QUOTED = r'"(?:[^"\\$%\n]++|\\.|[$%](?!\{))++"'
_TEXT = re.compile(_QUOTED)
_ITEM = re.compile(
    rf'(?<![\w-])(?:(?![A-Za-z_])[\w-])*+([A-Za-z_][\w-]*+)"?[ \t]*+[=:][ \t]*+({_QUOTED})'
)
"""An item of an object whose value is text without templates. It begins where a word begins, and
is not tried again within that word."""

_SECRET_FORMS = {
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
}

_REFERENCE = re.compile(
    r"(?<![\w.-])(?:(var|local)\s*\.\s*([\w-]+)|(data)\s*\.\s*([\w-]+)\s*\.\s*([\w-]+))"
)

_MAKES = ("resource", "data", "module", "ephemeral")


@dataclass(frozen=True, slots=True)
class _Declared:
    """A declaration: what refers to it, what it is called to the reader, and where it stands."""

    reference: str
    title: str
    source: OutlinedFile
    line: int
    within: tuple[str, int, int]
    """The file and the part of it in which a reference does not count: its own."""


def warnings_of(files: Mapping[str, bytes]) -> tuple[Diagnostic, ...]:
    """Warnings, in the order of the files and their lines; none for files that are not HCL."""
    sources = outlines(files)
    found = [*_unused(sources), *(item for source in sources for item in _secrets(source))]
    return tuple(sorted(found, key=lambda item: (item.file, item.line, item.message)))


def _unused(sources: tuple[OutlinedFile, ...]) -> Iterator[Diagnostic]:
    for _, here in sorted(by_folder(sources).items()):
        if not any(map(_makes, here)):
            continue  # a part of a module, whose rest is not there to use it
        used: dict[str, list[tuple[str, int]]] = {}
        for source in here:
            for attribute in _attributes(source.body):
                for reference, at in _references(source, attribute):
                    used.setdefault(reference, []).append((source.path, at))
        for declared in _declared(here):
            path, start, end = declared.within
            elsewhere = (
                (at_path, at)
                for at_path, at in used.get(declared.reference, ())
                if at_path != path or not start <= at < end
            )
            if next(elsewhere, None) is None:
                yield Diagnostic(
                    "warning",
                    f"{declared.title} is declared and never used",
                    "unused",
                    declared.source.path,
                    declared.line,
                )


def _makes(source: OutlinedFile) -> bool:
    """Whether there is something in it that could use a declaration."""
    return next(source.body.named(*_MAKES), None) is not None


def _declared(sources: Sequence[OutlinedFile]) -> Iterator[_Declared]:
    for source in sources:
        for block in source.body.named("variable", "data", "locals"):
            within = (source.path, block.start, block.end)
            if block.type == "variable" and len(block.labels) == 1:
                name = block.labels[0]
                yield _Declared(
                    f"var.{name}", f'variable "{name}"', source, source.line(block.start), within
                )
            elif block.type == "data" and len(block.labels) == 2:
                name = ".".join(block.labels)
                title = f"data source {name}"
                yield _Declared(f"data.{name}", title, source, source.line(block.start), within)
            elif block.type == "locals":
                for item in block.body.attributes:
                    yield _Declared(
                        f"local.{item.name}",
                        f"local value {item.name}",
                        source,
                        source.line(item.at),
                        (source.path, item.at, item.end),
                    )


def _references(source: OutlinedFile, attribute: HclAttribute) -> Iterator[tuple[str, int]]:
    for match in _REFERENCE.finditer(source.text, attribute.start, attribute.end):
        kind, name, data, type_, data_name = match.groups()
        yield (f"{kind}.{name}" if kind else f"{data}.{type_}.{data_name}"), match.start()


def _attributes(body: Body) -> Iterator[HclAttribute]:
    yield from body.attributes
    for block in body.blocks:
        yield from _attributes(block.body)


def _secrets(source: OutlinedFile) -> Iterator[Diagnostic]:
    for block in source.body.blocks:
        if block.type == "variable":
            yield from _default(source, block)
        for attribute in _attributes(block.body):
            yield from _secrets_of(source, attribute)


def _default(source: OutlinedFile, block: Block) -> Iterator[Diagnostic]:
    default = block.body.attribute("default")
    if default is None or not block.labels or not _SECRET_NAME.fullmatch(block.labels[0]):
        return
    if _TEXT.fullmatch(source.text, default.start, default.end):
        yield _secret(source, default.at, f'the default of variable "{block.labels[0]}"')


def _secrets_of(source: OutlinedFile, attribute: HclAttribute) -> Iterator[Diagnostic]:
    start, end = attribute.start, attribute.end
    if _SECRET_NAME.fullmatch(attribute.name) and _TEXT.fullmatch(source.text, start, end):
        yield _secret(source, attribute.at, attribute.name)
    elif source.text[start : start + 1] != '"':
        for match in _ITEM.finditer(source.text, start, end):
            if _SECRET_NAME.fullmatch(match[1]):
                yield _secret(source, match.start(), match[1])
    for what, form in _SECRET_FORMS.items():
        if found := form.search(source.text, start, end):
            yield _secret(source, found.start(), what)


def _secret(source: OutlinedFile, at: int, what: str) -> Diagnostic:
    words = f"a secret in the open: {what}"
    return Diagnostic("warning", words, "secret", source.path, source.line(at))
