"""What a literal is by its looks, and which other value each kind of literal turns into. Pure.

Every family of formats takes its changes from here, so that a port is changed the same way in a
manifest, a Dockerfile and a plan. A change is meant to stay valid: another port, another region,
another of the words that a field may hold. What a tool rejects anyway says little about checks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rewardsvc.audit.mutation.mutant import Kind

_REGION = re.compile(
    r"(?:us|eu|ap|ca|sa|me|af|il|mx)-(?:gov-)?"
    r"(?:central|north|south|east|west|northeast|northwest|southeast|southwest)-\d"
)
_ZONE = re.compile(rf"({_REGION.pattern})[a-f]")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_QUANTITY = re.compile(r"(-?\d+(?:\.\d+)?)(\s?[A-Za-z%]{1,7}|%)?")
_PORTS = re.compile(r"(?:[\d.]+:)?\d+(?:-\d+)?(?::\d+(?:-\d+)?)?(?:/(?:tcp|udp))?")
_IMAGE = re.compile(r"(?:[\w.-]+(?::\d+)?/)?[\w./-]*\w(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?")
_CRON = re.compile(r"(?:[\d*/,A-Za-z-]+\s+){4}[\d*/,A-Za-z-]+")
_WORD = re.compile(r"\S+")
_DISTINCT = re.compile(r"[\d./:=@_*~^-]")
_MOST_WORDS = 40
"""Of one text; a longer script is changed at its first ones."""

CHOICES = (
    ("TCP", "UDP"), ("tcp", "udp"), ("Prefix", "Exact"), ("ClusterIP", "NodePort"),
    ("Always", "IfNotPresent"), ("OnFailure", "Never"), ("ReadWriteOnce", "ReadWriteMany"),
    ("Forbid", "Allow"), ("Replace", "Allow"), ("Ingress", "Egress"),
    ("Deployment", "StatefulSet"), ("Role", "ClusterRole"), ("ServiceAccount", "Group"),
    ("Utilization", "AverageValue"), ("RollingUpdate", "Recreate"), ("Retain", "Delete"),
    ("unless-stopped", "on-failure"), ("always", "on-failure"), ("read", "write"),
    ("on_success", "manual"), ("when_possible", "always"), ("manual", "on_success"),
    ("service_healthy", "service_started"), ("AES256", "aws:kms"),
    ("aws:kms", "AES256"), ("PAY_PER_REQUEST", "PROVISIONED"), ("private", "public-read"),
    ("S", "N"), ("N", "S"), ("gp3", "gp2"), ("optional", "required"), ("required", "optional"),
    ("MUTABLE", "IMMUTABLE"), ("IMMUTABLE", "MUTABLE"), ("application", "network"),
)  # fmt: skip
"""A word that a field may hold, and another that it may hold as well."""

SWITCHES = (
    ("true", "false"), ("Enabled", "Disabled"), ("ENABLED", "DISABLED"), ("enabled", "disabled"),
    ("Allow", "Deny"), ("on", "off"), ("yes", "no"), ("Active", "Inactive"), ("ACTIVE", "INACTIVE"),
    ("True", "False"), ("TRUE", "FALSE"),
)  # fmt: skip
"""Words that say whether something is so, and their contraries."""

_CONTRARY = dict(SWITCHES) | {other: one for one, other in SWITCHES}
_OTHER_CHOICE = dict(CHOICES)


@dataclass(frozen=True, slots=True)
class Change:
    """Another value for a literal. ``lost``: what an instruction may name of the old one."""

    kind: Kind
    after: str
    lost: tuple[str, ...]


def changes(text: str, *, image: bool = False, port: bool = False) -> Iterator[Change]:
    """The changes of one literal. ``image``, ``port``: that its field is for one.

    A text of several words (a command, a script) is changed at each word that is distinct
    (:func:`distinct`); plain words are left alone: ``install`` is no name.
    """
    stripped = text.strip()
    if not stripped:
        return
    if stripped in _CONTRARY:
        yield Change(Kind.FLIP_BOOLEAN, _CONTRARY[stripped], (text,))
    elif image and _IMAGE.fullmatch(stripped):
        yield from _of_image(stripped)
    elif (zone := _ZONE.fullmatch(stripped)) or _REGION.fullmatch(stripped):
        region = zone[1] if zone else stripped
        other = "eu-west-3" if region != "eu-west-3" else "us-west-1"
        yield Change(Kind.CHANGE_REGION, stripped.replace(region, other), (stripped, region))
    elif stripped in _OTHER_CHOICE:
        yield Change(Kind.CHANGE_CHOICE, _OTHER_CHOICE[stripped], (stripped,))
    elif port and _PORTS.fullmatch(stripped):
        yield from _of_ports(stripped)
    elif _NUMBER.fullmatch(stripped):
        kind = Kind.CHANGE_PORT if port else Kind.CHANGE_NUMBER
        yield Change(kind, more(stripped), (stripped,))
    elif match := _QUANTITY.fullmatch(stripped):
        yield Change(Kind.CHANGE_NUMBER, more(match[1]) + (match[2] or ""), (stripped,))
    elif _CRON.fullmatch(stripped):
        yield from _of_cron(stripped)
    elif _WORD.fullmatch(stripped):
        yield from _of_word(stripped, whole=True)
    else:
        yield from _of_text(text)


def distinct(word: str) -> bool:
    """Whether a word is a literal (a file, a flag, a version) and not plain language."""
    return len(word) > 1 and any(map(str.isalnum, word)) and bool(_DISTINCT.search(word))


def more(number: str) -> str:
    """A number that is one more; of a fraction or a version, in its last part (3.10: 3.11)."""
    whole, dot, last = number.rpartition(".")
    return f"{whole}{dot}{int(last) + 1}"


def switch(text: str) -> bool:
    """Whether a literal says that something is so, or is not."""
    return text.strip() in _CONTRARY


def _of_image(image: str) -> Iterator[Change]:
    path, slash, last = image.rpartition("/")
    name, colon, tag = last.partition(":")
    if colon and "@" not in tag:
        other = "latest" if tag != "latest" else "1.0.0"
        yield Change(Kind.CHANGE_IMAGE, f"{path}{slash}{name}:{other}", (image, tag))
    yield Change(
        Kind.CHANGE_IMAGE, f"{path}{slash}{name}-other{colon}{tag}", (image, f"{path}{slash}{name}")
    )


def _of_ports(text: str) -> Iterator[Change]:
    """Each number of ``8080:80``; of an address with ports only what follows the address."""
    for match in re.finditer(r"(?<![\d.])\d+(?![\d.])", text):
        after = text[: match.start()] + more(match[0]) + text[match.end() :]
        yield Change(Kind.CHANGE_PORT, after, tuple({text: None, match[0]: None}))


def _of_cron(cron: str) -> Iterator[Change]:
    """The first field of a schedule that is a number is another."""
    fields = cron.split()
    for index, field in enumerate(fields):
        if field.isdigit():
            limit = (60, 24, 28, 12, 7)[index]
            fields[index] = str((int(field) + 1) % limit or 1)
            yield Change(Kind.CHANGE_NUMBER, " ".join(fields), (cron,))
            return


def _of_word(word: str, *, whole: bool) -> Iterator[Change]:
    """One word: a name, a path, an address, a flag with its value; of ``x@y`` both parts.

    The end of the word is changed; what an instruction may name is the word, or the part at its
    end.
    """
    if whole and not any(map(str.isalnum, word)):
        return
    name, at, version = word.rpartition("@")
    if at and name and version and "/" in name:  # an action or an orb at a version
        yield Change(Kind.CHANGE_NAME, f"{name}-other@{version}", (word, name))
        yield Change(Kind.CHANGE_NAME, f"{name}@{version}-other", (word, version))
        return
    lost = (word, *parts(word)[-1:]) if _ends_in_part(word) else (word,)
    if match := re.search(r"(?<![\w.])\d+(?=[smhd]?$)", word):
        after = word[: match.start()] + more(match[0]) + word[match.end() :]
        port = bool(re.search(r"(?:port[= ]|:)$", word[: match.start()]))
        yield Change(Kind.CHANGE_PORT if port else Kind.CHANGE_NUMBER, after, (*lost, match[0]))
    elif match := re.search(r"\w(?=\W*$)", word):
        behind = word[match.end() :]
        suffix = "_OTHER" if behind.startswith("}") else "-other"
        yield Change(Kind.CHANGE_NAME, word[: match.end()] + suffix + behind, lost)


def _ends_in_part(word: str) -> bool:
    """Whether the last of a word's parts is what stands at its end."""
    found = parts(word)
    return bool(found) and word.rstrip("/*}\"'").endswith(found[-1])


def _of_text(text: str) -> Iterator[Change]:
    """A command or script: each distinct word is another, each flag is gone."""
    found = 0
    for match in _WORD.finditer(text):
        word = match[0].strip("'\"`;,()")
        if not word or found == _MOST_WORDS:
            continue
        start = match.start() + match[0].index(word)
        before, behind = text[:start], text[start + len(word) :]
        if word.startswith("-") and "=" not in word:
            found += 1
            gone = before + behind.lstrip(" ") if behind[:1] == " " else before.rstrip(" ") + behind
            yield Change(Kind.DROP_ATTRIBUTE, gone, (word,))
        elif _NUMBER.fullmatch(word):
            found += 1
            yield Change(Kind.CHANGE_NUMBER, before + more(word) + behind, (word,))
        elif distinct(word):
            found += 1
            for change in _of_word(word, whole=False):
                yield Change(change.kind, before + change.after + behind, change.lost)


def parts(word: str) -> tuple[str, ...]:
    """What of a composed literal an instruction may name: ``acme-logs`` of ``arn:…:acme-logs/*``.

    Only parts that are distinct themselves, or numbers of two digits and more.
    """
    pieces = re.split(r"[/:=@,'\"*{}$()\[\]]+", word)
    if word.startswith("-") and "=" in word:
        pieces.append(word.partition("=")[2])
    return tuple(
        piece
        for piece in pieces
        if piece != word and len(piece) > 1 and (distinct(piece) or piece.isdigit())
    )
