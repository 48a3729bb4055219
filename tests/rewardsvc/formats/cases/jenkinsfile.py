# ruff: noqa: E501 - a table of texts
"""Jenkinsfiles: what the tests of all formats try on them."""

from collections.abc import Callable, Mapping

from tests.rewardsvc.formats.format_cases import FormatCases
from tests.rewardsvc.formats.growth import around, many, nested

_STAGE = "pipeline {\n  agent any\n  stages {\n    stage('a') {\n      steps {\n"

_END = "      }\n    }\n  }\n}\n"

_JENKINSFILE: Mapping[str, Callable[[int], str]] = {
    "steps": around(_STAGE, many("        sh 'make {i}'\n"), _END),
    "echoes": around(_STAGE, many("        echo '{i}'\n"), _END),
    "stages": around(
        "pipeline {\n  agent any\n  stages {\n",
        many("    stage('s{i}') { steps { sh 'a' } }\n"),
        "  }\n}\n",
    ),
    "stages of one name": around(
        "pipeline {\n  agent any\n  stages {\n",
        many("    stage('s') { steps { sh 'a' } }\n"),
        "  }\n}\n",
    ),
    "nested stages": around(
        "pipeline {\n  agent any\n", nested("stages { stage('a') { ", "} }"), "}\n"
    ),
    "nested blocks": around(_STAGE, nested("script { ", "}", "sh 'a'"), _END),
    "nested parallels": around(_STAGE, nested("dir('a') { ", "}", "sh 'a'"), _END),
    "closures": around(_STAGE, "a { } ", _END),
    "calls": around(_STAGE + "script { a", "(b)", "}\n" + _END),
    "members": around(_STAGE + "script { a", ".b", "}\n" + _END),
    "indexes": around(_STAGE + "script { a", "[b]", "}\n" + _END),
    "operators": around(_STAGE + "script { a = ", "1 + ", "1 }\n" + _END),
    "strengths": around(_STAGE + "script { a = ", "1 + 2 * 3 ** 4 == ", "1 }\n" + _END),
    "powers": around(_STAGE + "script { a = ", "1 ** ", "1 }\n" + _END),
    "choices": around(_STAGE + "script { a = ", "b ? c : ", "1 }\n" + _END),
    "lines of choices": around(_STAGE + "script { a = b", "\n", "? c : d }\n" + _END),
    "assignments": around(_STAGE + "script { ", "a = ", "1 }\n" + _END),
    "signs": around(_STAGE + "script { a = ", "!", "a }\n" + _END),
    "casts": around(_STAGE + "script { a = ", "(int) ", "a }\n" + _END),
    "generics": around(_STAGE + "script { ", "Map<", "a }\n" + _END),
    "generics that are compared": around(_STAGE + "script { ", "a < b\n", "}\n" + _END),
    "dotted types": around(_STAGE + "script { a", ".B", " c = 1 }\n" + _END),
    "dotted types in lines": around(_STAGE + "script {\n", "a.b.c.d.e.F < \n", "}\n" + _END),
    "parentheses": around(_STAGE + "script { a = ", nested("(", ")", "1"), " }\n" + _END),
    "lists": around(_STAGE + "script { a = [", "1, ", "1] }\n" + _END),
    "maps": around(_STAGE + "script { a = [", many("k{i}: 1, "), "z: 1] }\n" + _END),
    "strings": around(_STAGE + 'sh "', "a ", '"\n' + _END),
    "interpolation": around(_STAGE + 'sh "', "$a.b ", '"\n' + _END),
    "interpolated code": around(_STAGE + 'sh "', "${a} ", '"\n' + _END),
    "dotted interpolation": around(_STAGE + 'sh "$a', ".b", '"\n' + _END),
    "open strings": around(_STAGE + "sh ", "'\\'", "\n" + _END),
    "triple strings": around(_STAGE + "sh '''", "\\'''", "'''\n" + _END),
    "slashy strings": around(_STAGE + "script { a = ", "/a\\/", " }\n" + _END),
    "escapes": around(_STAGE + "sh '", "\\u0041", "'\n" + _END),
    "many u": around(_STAGE + "sh '\\", "u", "0041'\n" + _END),
    "commands": around(_STAGE + "script { ", "a b ", "c }\n" + _END),
    "commands with commas": around(_STAGE + "script { a b", ", c", "}\n" + _END),
    "labels": around(_STAGE + "script { ", "a: ", "b }\n" + _END),
    "else": around(_STAGE + "script { if (a) { b } ", "else if (a) { b } ", "}\n" + _END),
    "lines before else": around(_STAGE + "script { if (a) { b }", "\n", "c }\n" + _END),
    "conditions before lines": around(_STAGE + "script { ", "if (a) { b }\n\n\n", "c }\n" + _END),
    "tries": around(_STAGE + "script { try { a } ", "catch (e) { b } ", "}\n" + _END),
    "cases": around(_STAGE + "script { switch (a) {", many("case {i}: b\n"), "} }\n" + _END),
    "loops": around(_STAGE + "script { ", "for (a in b) { c }\n", "}\n" + _END),
    "declarations": around(_STAGE + "script { ", "def (a, b) = c\n", "}\n" + _END),
    "methods": many("def f{i}() { a }\n"),
    "classes": many("class A{i} { def b }\n"),
    "annotations": around("", "@A ", "def f() { a }\n"),
    "imports": many("import a.b{i}\n"),
    "dotted imports": around("import a", ".b", "\n"),
    "comments": around("", many("// comment {i}\n"), _STAGE + "sh 'a'\n" + _END),
    "block comments": around("", many("/* a {i} */\n"), _STAGE + "sh 'a'\n" + _END),
    "when": around(
        "pipeline {\n  agent any\n  stages { stage('a') { when { anyOf {\n",
        many("branch 'b{i}'\n"),
        "} }\n steps { sh 'a' } } }\n}\n",
    ),
    "nested when": around(
        "pipeline {\n  agent any\n  stages { stage('a') { when { ",
        nested("not { ", "}", "branch 'a'"),
        "}\n steps { sh 'a' } } }\n}\n",
    ),
    "environment": around(
        "pipeline {\n  agent any\n  environment {\n",
        many("A{i} = 'b'\n"),
        "}\n  stages { stage('a') { steps { sh 'a' } } }\n}\n",
    ),
    "axes": around(
        "pipeline {\n  agent any\n  stages { stage('a') { matrix { axes {\n",
        many("axis { name 'A{i}'; values 'a', 'b' }\n"),
        "}\n stages { stage('b') { steps { sh 'a' } } } } } }\n}\n",
    ),
    "post": around(
        "pipeline {\n  agent any\n  stages { stage('a') { steps { sh 'a' } } }\n  post { always {\n",
        many("sh 'a{i}'\n"),
        "} }\n}\n",
    ),
    "shells": around(_STAGE + "sh '''", many("echo {i}\n"), "'''\n" + _END),
    "expressions of when": around(
        "pipeline {\n  agent any\n  stages { stage('a') { when { expression { ",
        "a && ",
        "a } }\n steps { sh 'a' } } }\n}\n",
    ),
    "code in code": around(_STAGE, nested("script { a {", "} }", "b"), _END),
}

CASES = FormatCases(
    growing=_JENKINSFILE,
    telling=(
        "conditions before lines",
        "dotted interpolation",
        "dotted types",
        "generics",
        "interpolated code",
        "many u",
        "nested blocks",
        "slashy strings",
    ),
)
