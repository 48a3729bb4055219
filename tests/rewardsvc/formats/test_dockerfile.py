"""Dockerfiles: our reader, what the build makes, hadolint, and real files."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats import FORMATS
from rewardsvc.formats.dockerfile.build import build_of, substantial, substitute, tree_of
from rewardsvc.formats.dockerfile.expansion import fault
from rewardsvc.formats.dockerfile.hadolint import for_hadolint
from rewardsvc.formats.dockerfile.heredocs import heredocs_in
from rewardsvc.formats.dockerfile.images import later_stages, unknown_sources
from rewardsvc.formats.dockerfile.shell import argv_does_something, does_something
from rewardsvc.formats.dockerfile.source import DockerfileSource
from rewardsvc.formats.dockerfile.structure import misplaced_sources
from rewardsvc.formats.dockerfile.syntax import DockerfileError, parse, split_words
from rewardsvc.types import StageStatus, Target
from rewardsvc.verification.verifier import Findings, Workbench

SHARED = Path(__file__).resolve().parents[4] / "shared/data/dockerfile/upstream"
asynchronous = pytest.mark.asyncio(loop_scope="module")


def test_instructions_are_read_as_buildkit_reads_them() -> None:
    found = parse(
        "# syntax=docker/dockerfile:1\n"
        "# escape=`\n"
        "from a AS b\n"
        "RUN one && `\n"
        "  # a comment in between\n"
        "\n"
        "  two\n"
        "# a comment that ends in a backslash \\\n"
        "RUN <<-EOF cat > x\n"
        "\tFROM inside\n"
        "\tEOF\n"
        "COPY <<a <<'b' /x/\n"
        "1\n"
        "a\n"
        "2\n"
        "b\n"
        'RUN echo "<<EOF" <<<"word" $((1<<2))\n'
        "COPY --from=b --chown=1:1 a b\n"
        'CMD ["x", "y"]\n'
    )
    assert [(one.name, one.line) for one in found] == [
        ("FROM", 3), ("RUN", 4), ("RUN", 9), ("COPY", 12), ("RUN", 17), ("COPY", 18), ("CMD", 19)
    ]  # fmt: skip
    assert found[1].value.split() == ["one", "&&", "two"]
    assert found[2].value.endswith("FROM inside")
    assert found[3].value.endswith("\n1\n2")
    assert found[5].flag("from") == ("b",)
    assert found[5].rest == "a b"
    assert found[6].words == ("x", "y")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("FROM a\nFOO b\n", 2, "unknown instruction 'FOO'"),
        ("FROM a\nEXPOSE\n", 2, "EXPOSE requires arguments"),
        ("FROM a\nRUN <<EOF\nls\n", 2, "never closed"),
        ("FROM a\nONBUILD FOO\n", 2, "ONBUILD FOO"),
        ("# escape=x\nFROM a\n", 1, "escape character"),
    ],
)
def test_what_is_no_dockerfile_is_an_error_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(DockerfileError, match=says) as raised:
        parse(text)
    assert raised.value.line == line


@given(st.text() | st.text("FROMRUNCOPY <\nEOFa\\\"'#`=-[]$", max_size=120))
def test_any_text_is_instructions_or_an_error(text: str) -> None:
    try:
        instructions = parse(text)
    except DockerfileError as error:
        assert error.line >= 1
        return
    build = build_of(instructions)
    substantial(build)
    tree_of(build, instructions)
    rewritten = for_hadolint(text, instructions)
    assert rewritten.text.count("\n") == text.count("\n") + len(rewritten.inserted)
    lines = [rewritten.original_line(n) for n in range(1, rewritten.text.count("\n") + 2)]
    assert sorted(set(lines)) == list(range(1, text.count("\n") + 2))


def test_what_the_final_image_is_like() -> None:
    instructions = parse(
        "ARG TAG=3.12\nFROM python:${TAG} AS base\nENV A=1 B='two words'\nENV OLD style value\n"
        "WORKDIR /srv\nFROM base\nARG PORT=80\nEXPOSE $PORT 53/udp\nWORKDIR app\nUSER 1000\n"
        'LABEL a.b="c d"\nVOLUME ["/data"]\nCMD ["x"]\nENTRYPOINT run it\n'
    )
    final = tree_of(build_of(instructions), instructions)["final"]
    assert final["base"] == "base"
    assert final["image"] == "python:3.12"
    assert final["env"] == {"A": "1", "B": "two words", "OLD": "style value"}
    assert final["workdir"] == "/srv/app"
    assert final["expose"] == ["80", "53/udp"]
    assert final["user"] == "1000"
    assert final["labels"] == {"a.b": "c d"}
    assert final["volumes"] == ["/data"]
    assert final["cmd"] == ["x"]
    assert final["entrypoint"] == "run it"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$A ${A}b", "1 1b"),
        ("${N:-x} ${A:-x}", "x 1"),
        ("${A:+yes}${N:+no}", "yes"),
        ("$N", "$N"),
        ("\\$A", "\\$A"),
    ],
)
def test_variables_are_substituted_as_docker_does(text: str, value: str) -> None:
    assert substitute(text, {"A": "1"}) == value


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\n" + "ENV A=x$A$A\n" * 900,
        "FROM a\nENV A=" + "x" * 16_000 + "\nLABEL b=" + "$A" * 400_000 + "\n",
        "# syntax=x" + " " * 900_000 + "y\nFROM a\n",
        "FROM a\n" * 900 + "RUN b\n",
        "FROM a\nRUN x " + "<" * 900_000,
        "FROM a\nRUN " + "\\\n" * 400_000 + "ls",
    ],
    ids=["doubling", "wide", "spaces", "stages", "heredocs", "continued"],
)
def test_a_hostile_file_takes_seconds_at_most(text: str) -> None:
    started = time.process_time()
    instructions = parse(text)
    tree_of(build_of(instructions), instructions)
    assert time.process_time() - started < 5


def test_there_is_an_end_to_instructions() -> None:
    with pytest.raises(DockerfileError, match="more than 1000 instructions"):
        parse("FROM a\n" * 200_000)


def test_words_are_split_as_a_shell_splits_them() -> None:
    assert split_words("""a 'b c' "d e" f\\ g h"i"j""") == ["a", "b c", "d e", "f g", "hij"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\nRUN make\n", True),
        ("FROM a\nCOPY . .\n", True),
        ("FROM a\nLABEL x=y\nENV a=b\nEXPOSE 1\nUSER x\nCMD x\n", False),
        ("FROM a\nRUN true\n", False),
        ("FROM a\nRUN echo hello\n", False),
        ("FROM a\nRUN echo hello > /file\n", True),
        ("FROM a AS b\nRUN make\nFROM c\nCMD x\n", False),
        ("FROM a AS b\nRUN make\nFROM b\nCMD x\n", True),
        ("FROM a AS b\nRUN make\nFROM c\nCOPY --from=b /x /x\n", True),
        ("FROM a\nONBUILD COPY . .\n", False),
        ("# nothing\n", False),
        ("ARG x=1\n", False),
        ('FROM a\nRUN ["true"]\nCMD x\n', False),
        ('FROM a\nRUN ["sh", "-c", "echo make"]\n', False),
        ('FROM a\nRUN ["sh", "-c", "make"]\n', True),
        ("FROM a\nRUN : <<EOF\nmake install\nEOF\n", False),
        ("FROM a\nRUN cat <<EOF\nmake install\nEOF\n", False),
        ("FROM a\nRUN <<EOF\n# make\necho make\nEOF\n", False),
        ("FROM a\nRUN <<EOF\nset -e\nmake\nEOF\n", True),
        ("FROM a\nRUN --mount=type=cache,target=/c python3 - <<EOF\nprint()\nEOF\n", True),
        ("FROM a\nRUN if false; then apt-get install x; fi\n", False),
        ("FROM a\nRUN true || make && echo made\n", False),
        ("FROM a\nCOPY <<EOF /words\n# make\n\nEOF\n", False),
        ("FROM a\nCOPY <<EOF /app.conf\nport = 1\nEOF\n", True),
        ("FROM scratch\nLABEL make=install run=apt-get\nCMD x\n", False),
        ("FROM a AS b\nRUN make\nFROM a\nRUN --mount=from=b,target=/b true\n", True),
    ],
)
def test_substance_is_what_reaches_the_final_image(text: str, expected: bool) -> None:
    assert substantial(build_of(parse(text))) is expected


IDLE = [
    "true", ":", "exit 0", "exit 0; make", "exit 0 || x; make", "sleep 1", "# a comment",
    "true # make", "ls && pwd",
    "true && echo a; :", "false && make", "true || make", "echo 'a > b'", 'echo "make install"',
    "echo hi | cat", "echo hi > /dev/null", "echo hi 2>&1", "sh -c 'true'", 'bash -c "echo make"',
    "A=b true", "set -e; echo hi", "[ -d / ]", "while false; do make; done", "{ true; }", "(true)",
    "if false; then if x; then make; fi; make; fi", "until true; do make; done", "/bin/true",
]  # fmt: skip
BUSY = [
    "make", "echo hi > /f", "echo hi >> /f", "true; make", "true && make", "false || make",
    "set -eux; apk add x", "cat <<EOF > /x\nmake\nEOF", "if true; then make; fi", "curl a | sh",
    "if [ -f x ]; then make; fi", "sh -c 'make'", "echo $(make)", "x=$(curl a)", "a | tee /f",
    "if false; then x; else make; fi", "while false; do x; done; make", "A=b make", "(make)",
    "echo a | patch", "mkdir /x", "for f in a b; do make $f; done", "cp a b &",
    "if x\nthen\nexit 0\nfi\nmake",
    "echo a >| f", "{ make; }", "! make", "echo 'it' isn't closed", 'python3 -c "make"',
]  # fmt: skip


@pytest.mark.parametrize(
    ("script", "expected"), [(each, False) for each in IDLE] + [(each, True) for each in BUSY]
)
def test_a_script_does_something_or_nothing(script: str, expected: bool) -> None:
    assert does_something(script) is expected


@given(st.text("true false;&|$()`'\"#<>EOF\n\\{}[]if then fi", max_size=200))
def test_any_script_is_judged(script: str) -> None:
    assert does_something(script) in {True, False}
    assert argv_does_something(script.split()) in {True, False}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("FROM golang:1\nRUN make\nFROM debian:12\nCOPY --from=builder /a /a\n", "copy-from"),
        ("FROM builder\nRUN make\nFROM golang:1 AS builder\nRUN make\n", "from-later"),
        ("FROM golang:1 AS b\nCOPY --from=b /a /a\n", "copy-from"),
        ("FROM golang:1 AS b\nRUN make\nFROM b\nCOPY --from=1 /a /a\n", "copy-from"),
        ("FROM debian:12\nRUN --mount=type=bind,from=x,target=/x make\n", "copy-from"),
        ("FROM golang:1 AS b\nRUN make\nFROM debian:12\nCOPY --from=b /a /a\n", ""),
        ("FROM golang:1 AS b\nRUN make\nFROM debian:12\nCOPY --from=nginx /a /a\n", ""),
        ("FROM debian:12\nCOPY --from=ghcr.io/astral-sh/uv:0.5 /uv /uv\n", ""),
        ("FROM debian:12\nCOPY --from=$IMAGE /a /a\n", ""),
        ("FROM node\nRUN make\nFROM node:22 AS node\nRUN make\n", ""),
    ],
)
def test_names_of_stages_lead_somewhere(text: str, code: str) -> None:
    instructions = parse(text)
    source = DockerfileSource.of("Dockerfile", text, instructions, build_of(instructions))
    found = [*later_stages(source), *unknown_sources(source)]
    assert [each.code for each in found] == [code] * bool(code)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("<<EOF", ["EOF"]),
        ("cat <<-'E F' > x", ["E F"]),
        ('<<U"NI"T /srv/start.sh', ["UNIT"]),
        ("<<1END /srv/start.sh", ["1END"]),
        ("<<\\END", ["END"]),
        ("3<<A <<B cat", ["A", "B"]),
        ("(cat <<EOF) | sh", ["EOF"]),
        ("cat <<EOF>file", ["EOF"]),
        ('echo "a <<EOF"', []),
        ("echo '<<EOF'", []),
        ("cat <<< text", []),
        ("echo $((1 <<2))", []),
        ("echo $((1 << 2))", []),
        ('echo "never closed <<EOF', []),
    ],
)
def test_a_heredoc_is_a_word_of_its_own(line: str, names: list[str]) -> None:
    assert [heredoc.name for heredoc in heredocs_in(line)] == names


@pytest.mark.parametrize(
    ("path", "source", "wrong"),
    [
        ("Dockerfile", "main.py", True),
        ("Dockerfile", "./app/main.py", False),
        ("Dockerfile", "app", False),
        ("Dockerfile", "app/", False),
        ("Dockerfile", ".", False),
        ("Dockerfile", "package.json", False),
        ("Dockerfile", "*.py", False),
        ("Dockerfile", "$SRC/main.py", False),
        ("Dockerfile", "src/main.py", True),
        ("app/Dockerfile", "main.py", False),
        ("app/Dockerfile", "app/main.py", False),
        ("deploy/Dockerfile", "app/main.py", False),
        ("deploy/Dockerfile", "../app/main.py", True),
    ],
)
def test_a_file_of_the_answer_is_copied_from_where_it_is(
    path: str, source: str, wrong: bool
) -> None:
    build = build_of(parse(f"FROM debian:12\nCOPY {source} /srv/\n"))
    found = [each.code for each in misplaced_sources(build, path, ["app/main.py", ".dockerignore"])]
    assert found == ["copy-source"] * wrong


async def _verify(text: str, workbench: Workbench) -> Findings:
    artifact = Artifact((File("Dockerfile", "dockerfile", text),))
    return await FORMATS["dockerfile"].verifier.verify(artifact, workbench)


GOOD = 'FROM debian:12-slim\nCOPY app /app\nCMD ["/app"]\n'


@asynchronous
@pytest.mark.parametrize(
    "run",
    [
        "RUN <<A cat > /etc/one && <<B cat > /etc/two\none\nA\ntwo\nB\n",
        "RUN <<A cat > /etc/one && \\\n <<-'B' cat > /etc/two\none\nA\n\ttwo $HOME\n\tB\n",
        "RUN paste /dev/fd/3 /dev/fd/4 3<<A 4<<B\nFROM here\nA\nto there\nB\n",
        "RUN <<A\n#!/usr/bin/env python3\nfor n in range(3):\n    print('it is', n)\nA\n",
        "RUN <<-A\n\t#!/usr/bin/perl\n\tprint 'it is';\n\tA\n",
        "RUN <<A\n#!/usr/bin/env bash\nset -e\nmake\nA\n",
        "RUN <<A python3\nimport sys\nprint('it is', sys.version)\nA\n",
        "RUN <<A cat > /etc/app.conf\nkey: (value\nA\n",
        "RUN <<A sh -e\nmake\nA\n",
        "RUN <<-A\n\tset -e\n\tmkdir -p /srv/app\n\tA\n",
        "RUN <<-'A' sh -e\n\t\tmkdir /srv/app\nA\n",
        "RUN <<A cat > /one && <<B cat > /two && <<C python3\na\nA\nb\nB\nprint(1)\nC\n",
    ],
)
async def test_hadolint_is_given_heredocs_that_it_can_read(run: str, workbench: Workbench) -> None:
    findings = await _verify(f'FROM python:3.12-slim\n{run}CMD ["python3"]\n', workbench)
    problems = [each for stage in findings.stages for each in stage.diagnostics]
    assert [each for each in problems if each.severity != "info"] == []


@asynchronous
async def test_heredocs_may_stand_one_after_the_other(workbench: Workbench) -> None:
    """hadolint 2.15 wants an empty line after each; Docker does not."""
    heredoc = "RUN <<EOF\ncd /srv\nmake\nEOF\n"
    findings = await _verify(f"FROM debian:12\n{heredoc}{heredoc}COPY app /app\n", workbench)
    assert [stage.score for stage in findings.stages[:2]] == [1.0, 1.0]
    lines = [each.line for each in findings.stages[2].diagnostics if each.code == "SC2164"]
    assert lines == [2, 6]


@asynchronous
async def test_hadolint_is_named_and_has_nothing_to_say(workbench: Workbench) -> None:
    findings = await _verify(GOOD, workbench)
    assert [stage.score for stage in findings.stages] == [1.0, 1.0, 1.0]
    assert "hadolint 2" in findings.stages[0].diagnostics[0].message
    assert findings.projections[Target.AST]["final"]["cmd"] == ["/app"]


@asynchronous
async def test_a_shell_script_that_does_not_parse_breaks_the_build(workbench: Workbench) -> None:
    findings = await _verify(GOOD + "RUN if true; then echo\n", workbench)
    instructions = next(stage for stage in findings.stages if stage.name == "instructions")
    assert instructions.status is StageStatus.FAILED


@asynchronous
@pytest.mark.parametrize(
    "text",
    [
        "FROM debian:12\n# hadolint ignore=DL3008\nRUN apt-get install -y curl\n",
        "# hadolint global ignore=DL3008\nFROM debian:12\nRUN apt-get install -y curl\n",
        "FROM debian:12\nRUN true \\\n# hadolint ignore=DL3008\n && apt-get install -y curl\n",
    ],
)
async def test_pragmas_of_hadolint_buy_nothing(text: str, workbench: Workbench) -> None:
    findings = await _verify(text, workbench)
    assert "DL3008" in {found.code for found in findings.stages[-1].diagnostics}


@asynchronous
@pytest.mark.parametrize(
    "script",
    [
        "RUN <<EOF\n# shellcheck disable=SC2164\ncd /app\nmake\nEOF\n",
        "RUN <<EOF\n#shellcheck  disable=all\ncd /app\nmake\nEOF\n",
        "RUN : # shellcheck disable=SC2164 \\\n && cd /app ; make\n",
    ],
)
async def test_directives_of_shellcheck_buy_nothing(script: str, workbench: Workbench) -> None:
    plain = await _verify(GOOD + script.replace("shellcheck ", "remark ", 1), workbench)
    findings = await _verify(GOOD + script, workbench)
    codes = [each.code for each in findings.stages[-1].diagnostics]
    assert codes == [each.code for each in plain.stages[-1].diagnostics]
    assert findings.stages[-1].score == plain.stages[-1].score


@asynchronous
@pytest.mark.parametrize(
    ("line", "code"), [("EXPOSE 99999", "DL3011"), ("ONBUILD FROM debian", "DL3043")]
)
async def test_what_docker_refuses_costs_syntax(line: str, code: str, workbench: Workbench) -> None:
    findings = await _verify(f"{GOOD}{line}\n", workbench)
    assert code in {found.code for found in findings.stages[1].diagnostics}
    assert findings.stages[1].score == 0.5


@asynchronous
async def test_a_user_and_a_command_are_for_the_base_image_to_give(workbench: Workbench) -> None:
    findings = await _verify("FROM scratch\nCOPY app /app\n", workbench)
    said = {found.code: found.severity for found in findings.stages[1].diagnostics}
    assert (said["user"], said["command"]) == ("info", "info")
    assert findings.stages[1].score == 1.0


@asynchronous
async def test_an_answer_cannot_bring_a_configuration_for_hadolint(workbench: Workbench) -> None:
    files = (
        File("Dockerfile", "dockerfile", "FROM debian\nCOPY app /app\n"),
        File(".hadolint.yaml", "yaml", "ignored: [DL3006]\n"),
    )
    findings = await FORMATS["dockerfile"].verifier.verify(Artifact(files), workbench)
    assert any("tag" in found.message for found in findings.stages[-1].diagnostics)


@asynchronous
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")
async def test_files_that_build_earn_full_syntax(workbench: Workbench) -> None:
    for path in sorted(SHARED.iterdir()):
        findings = await _verify(path.read_text(), workbench)
        scores = [stage.score for stage in findings.stages if stage.component == "syntax"]
        assert findings.parsed and not findings.vacuous, path.name
        assert scores == [1.0, 1.0], path.name


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("${B", "missing"),
        ("${", "missing '}'"),
        ("${}", "bad substitution"),
        ("${:-a}", "bad substitution"),
        ("${B:}", "missing '}'"),
        ("${B:-a", "missing '}'"),
        ("${B/a", "missing '/'"),
        ("${B/a/b", "missing '}'"),
        ("${B!c}", "unsupported modifier (!)"),
        ("${B^^}", "unsupported modifier (^)"),
        ("${B:=c}", "unsupported modifier (:=)"),
        ("${B:-${C}", "missing '}'"),
        ("it's", "single quote"),
        ('a"b', "double quote"),
    ],
)
def test_what_buildkit_cannot_expand(word: str, says: str) -> None:
    assert says in fault(word)


@pytest.mark.parametrize(
    "word",
    [
        "$", "$B", "${B}", "$1", "${1}", "$$", "a$", r"\${", r"it\'s", "'${'", r'"\"${B:-"}"}"',
        "${B:-c}", "${B-}", "${B:+${C:-d}}", "${B:?must be given}", "${B#a*}", "${B%%.*}",
        "${B/a/b}", "${B//a/}", "",
    ],
)  # fmt: skip
def test_what_buildkit_expands(word: str) -> None:
    assert fault(word) == ""
