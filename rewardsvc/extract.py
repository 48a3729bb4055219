"""The files in a completion, and what the way they were delivered costs: completion → Artifact.

Pure and linear in the length of the text. What of it is the answer says ``rewardsvc.answer``, what
a fence is ``rewardsvc.fences``.
:func:`render_answer` is the inverse, for those who write reference answers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import count
from pathlib import PurePosixPath

from rewardsvc.answer import USUAL_MARKERS, Markers, answer_in, without_marks
from rewardsvc.artifact import Artifact, File
from rewardsvc.fences import MAX_PATH_BYTES, FencedBlock, Paths, clean_path, fenced_blocks
from rewardsvc.reward import partial_credit
from rewardsvc.types import Component, Diagnostic, Stage, StageStatus, Task
from rewardsvc.verification.verifier import Verifier

MAX_ARTIFACT_BYTES = 1024 * 1024
"""All files of an artifact together; no configuration written by hand comes near it."""

MAX_FILES = 64
"""Files of one artifact."""

MAX_BLOCKS = 1024
"""Fenced blocks, of any label, that are looked at; it bounds the work on a hostile text."""

_COMMENT_PATH = re.compile(
    r"[ \t]*(?:#|//)[ \t]*(?:(?:path|file|filename)[ \t]*[:=][ \t]*)?([^\s:]+)[ \t]*$",
    re.IGNORECASE,
)
_NAMES_A_FILE = re.compile(
    r"(?:.*\.(?:tf|tfvars|hcl|ya?ml|json|toml|ini|cfg|conf|sh|py|tpl|txt|dockerfile)"
    r"|(?:.*/)?(?:Dockerfile|Containerfile|Jenkinsfile)(?:\.[\w-]+)?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a completion contains. ``artifact`` is None where no file is usable: reward 0."""

    artifact: Artifact | None
    stage: Stage
    """The ``fences`` stage, of component format."""


def extract(
    completion: str, task: Task, verifier: Verifier, markers: Markers = USUAL_MARKERS
) -> Extraction:
    """The files of a completion that answer the task, and the ``fences`` stage.

    Without ``task.files`` every block whose label means the format counts (only the first where
    the format's answers are one file). With ``task.files`` a labelled block counts when its path
    is among them, whatever its label. Where the format has companions, blocks of other labels lie
    beside those under the paths that they carry. Only the answer is read: ``markers`` tell it from
    thoughts.
    Never raises, whatever the text.
    """
    answer = answer_in(_normalised(completion), markers)
    problems: list[Diagnostic] = []
    blocks: list[FencedBlock] = []
    for block in map(_without_mark, fenced_blocks(answer.text)):
        if len(blocks) == MAX_BLOCKS:
            return _refused("too-many-blocks", f"more than {MAX_BLOCKS} fenced blocks", block.line)
        blocks.append(block)
    files = _choose(blocks, task, verifier, problems)
    if len(files) > MAX_FILES:
        return _refused("too-many-files", f"{len(files)} files; at most {MAX_FILES} are taken")
    size = sum(len(file.text.encode()) for file in files)
    if size > MAX_ARTIFACT_BYTES:
        return _refused("too-large", f"{size} bytes of files; at most {MAX_ARTIFACT_BYTES}")
    if not files:
        why = _why_nothing(blocks, verifier, thinking=answer.thinking)
        return Extraction(None, _stage([*problems, why], score=0.0))
    return Extraction(Artifact(tuple(files)), _stage(problems))


def render_answer(files: Mapping[str, str], language: str, *, default: str = "") -> str:
    """Files (path to text) as an answer: one labelled fence, or several that carry their paths.

    The fence is as long as the texts need. Each text ends with a newline in the answer. Where
    ``default`` is given, a single file carries its path too, unless it is that one.

    Raises:
        ValueError: no file, or a path that extraction would refuse.
    """
    if not files:
        raise ValueError("an answer has at least one file")
    rendered = []
    for path, text in files.items():
        if clean_path(path) != path:
            raise ValueError(f"not a usable path: {path!r}")
        longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
        fence = "`" * (longest + 1)
        quoted = f'"{path}"' if re.search(r"[\s{},]", path) else path
        plain = len(files) == 1 and default in ("", path)
        info = language if plain else f"{language} path={quoted}"
        body = text if text.endswith("\n") or not text else text + "\n"
        rendered.append(f"{fence}{info}\n{body}{fence}\n")
    return "\n".join(rendered)


def _normalised(completion: str) -> str:
    """Line ends as newlines; what UTF-8 cannot hold as U+FFFD."""
    text = completion.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _without_mark(block: FencedBlock) -> FencedBlock:
    """The block without what nobody sees at the start of its text: programs trip over it."""
    text = without_marks(block.text)
    return block if text is block.text else replace(block, text=text)


def _choose(
    blocks: Sequence[FencedBlock], task: Task, verifier: Verifier, problems: list[Diagnostic]
) -> list[File]:
    """The files that count; what is wrong with them goes to ``problems``."""
    asked = dict.fromkeys(path for path in map(clean_path, task.files) if path).keys()
    candidates = []
    companions = []
    for block in blocks:
        given = block.path or _comment_path(block.text, asked)
        path = clean_path(given) if given else ""
        if not block.language:
            continue
        if path is None:
            problems.append(_problem("bad-path", f"not a usable path: {given!r}", block))
        elif block.language.lower() in verifier.languages or path in asked:
            candidates.append((block, path))
        elif path and verifier.companions:
            companions.append((block, path))
    one = next(iter(asked)) if len(asked) == 1 else ""
    given_paths = {path for _, path in candidates}
    renames_first = one not in given_paths
    taken = Paths()
    defaults = _numbered(verifier.default_path)
    chosen: dict[str, File] = {}
    for number, (block, given) in enumerate(candidates, start=1):
        path = given
        problem = _unexpected(path, number, asked, renames_first, verifier.many)
        if problem:
            problems.append(_problem("unexpected-file", problem, block))
            if not verifier.many and (chosen or len(asked) > 1 or not renames_first):
                continue
        if one and renames_first and not chosen:
            path = one
        elif not path:
            path = next(free for free in defaults if free not in given_paths and free not in taken)
        if not taken.add(path):
            problems.append(_problem("path-twice", f"{path} was given before", block))
            continue
        if not block.closed:
            problems.append(_problem("unclosed-fence", "the fence is never closed", block, path))
        chosen[path] = File(path, block.language, block.text)
    nameless = [block for block, path in candidates if not path]
    if len(nameless) > 1 and verifier.many and not asked:
        what = f"{len(nameless)} files carry no path; each carries one where there are several"
        problems.append(_problem("no-path", what, nameless[1]))
    for block, path in companions if chosen else ():
        if taken.add(path):
            chosen[path] = File(path, block.language, block.text)
    problems.extend(
        Diagnostic("error", f"{path} was asked for and is not there", "missing-file", path)
        for path in asked
        if chosen and path not in chosen
    )
    return list(chosen.values())


def _unexpected(path: str, number: int, asked: Set[str], renames_first: bool, many: bool) -> str:
    """Why the block of that number, with that path, was not to be expected; "" where it was."""
    one_too_many = "more than one block where one file is asked for"
    if not asked:
        return one_too_many if number > 1 and not many else ""
    if path in asked:
        return ""
    if len(asked) > 1:
        return f"{path or 'a block without a path'} is not among the files asked for"
    if number > 1 or not renames_first:
        return one_too_many
    return f"{path} is not the file asked for" if path else ""


def _comment_path(text: str, asked: Set[str]) -> str:
    """The path that a first-line comment names, "" where it names none."""
    first, _, _ = text.lstrip("\n")[: MAX_PATH_BYTES * 2].partition("\n")
    match = _COMMENT_PATH.match(first)
    if match and (_NAMES_A_FILE.fullmatch(match[1]) or clean_path(match[1]) in asked):
        return match[1]
    return ""


def _numbered(default: str) -> Iterator[str]:
    """The default path, then that with a number."""
    yield default
    base = PurePosixPath(default)
    for number in count(2):
        yield str(base.with_name(f"{base.stem}-{number}{base.suffix}"))


def _why_nothing(
    blocks: Sequence[FencedBlock], verifier: Verifier, *, thinking: bool
) -> Diagnostic:
    wanted = ", ".join(sorted(verifier.languages))
    if thinking:
        message = "the completion ends in a thought: no marker closes it, so there is no answer"
    elif not blocks:
        message = f"no fenced block; the files must be in fences labelled {wanted}"
    elif not any(block.language for block in blocks):
        message = f"no fence carries a label; expected {wanted}"
    else:
        labels = ", ".join(sorted({block.language[:40] for block in blocks[:20]} - {""}))
        message = f"no usable file in the fenced blocks (labels: {labels}; expected {wanted})"
    return Diagnostic("error", message, "no-file")


def _problem(code: str, message: str, block: FencedBlock, path: str = "") -> Diagnostic:
    return Diagnostic("error", f"{message} (line {block.line} of the answer)", code, path)


def _refused(code: str, message: str, line: int = 0) -> Extraction:
    return Extraction(None, _stage([Diagnostic("error", message, code, "", line)], score=0.0))


def _stage(problems: Sequence[Diagnostic], score: float | None = None) -> Stage:
    return Stage(
        "fences",
        Component.FORMAT,
        StageStatus.FAILED if problems else StageStatus.PASSED,
        partial_credit(len(problems)) if score is None else score,
        diagnostics=tuple(problems[:MAX_FILES]),
    )
