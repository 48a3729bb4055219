"""Groovy 2.4, the language of Jenkinsfiles: text → tokens → syntax tree, or an error and its line.

A lexer, and a parser by recursive descent; rules are those of Groovy 2.4's own (``groovy.g``). The
lookahead is bounded, nothing is read twice: the time is linear in the length of a text.

Why not a published grammar: of 68 usual Jenkins snippets and 49 broken ones that Groovy 2.4.21's
own compiler (which Jenkins uses) judged, the best published tree-sitter grammar judged 97 the same
way (it refuses ``archiveArtifacts artifacts: 'x', fingerprint: true``), and the published Earley
parser takes 6 s for 3 KB. The tests compare this one with that compiler where it is installed.
"""

from rewardsvc.formats.jenkinsfile.groovy.lexer import GroovyError
from rewardsvc.formats.jenkinsfile.groovy.statements import parse

__all__ = ["GroovyError", "parse"]
