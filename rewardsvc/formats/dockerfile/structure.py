"""What hadolint does not look at: whether the names in a Dockerfile lead anywhere."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from rewardsvc.formats.dockerfile.build import Build, BuildStage, find_stage
from rewardsvc.formats.dockerfile.syntax import Instruction, split_words
from rewardsvc.types import Diagnostic

_OFFICIAL_WORDS = """
aerospike almalinux alpine alt amazoncorretto amazonlinux api-firewall arangodb archlinux backdrop
bash buildpack-deps busybox caddy cassandra chronograf cirros clearlinux clefos clickhouse clojure
composer consul convertigo couchbase couchdb crate dart debian docker drupal eclipse-mosquitto
eclipse-temurin eggdrop elasticsearch elixir emqx erlang fedora flink fluentd gazebo gcc geonetwork
ghost golang gradle groovy haproxy haskell haxe hello-world hitch httpd hylang ibmjava influxdb
irssi jetty joomla jruby julia kapacitor kibana kong krakend lightstreamer liquibase logstash
mageia mariadb matomo maven mediawiki memcached mongo mongo-express monica mono mysql nats
nats-streaming neo4j neurodebian nextcloud nginx node notary odoo open-liberty openjdk oraclelinux
orientdb percona perl photon php php-zendserver phpmyadmin plone postfixadmin postgres pypy python
r-base rabbitmq rakudo-star redis redmine registry rethinkdb rocket.chat rockylinux ros ruby rust
sapmachine satosa scratch silverpeas solr sonarqube spark spiped storm swift swipl teamspeak
telegraf tomcat tomee traefik ubuntu unit vault varnish websphere-liberty wordpress xwiki yourls
znc zookeeper
"""
_OFFICIAL = frozenset(_OFFICIAL_WORDS.split())
"""Images with one word for a name (docker-library/official-images): such a word is no stage that
was forgotten."""

_NOT_LITERAL = re.compile(r"[$*?\\]|^\[|^<<")
_REMOTE = re.compile(r"^(?:[a-z+]+://|git@)")


def problems(build: Build, path: str) -> Iterator[Diagnostic]:
    """Stages and images that are referred to; errors are what no build gets past."""
    if not build.stages:
        yield Diagnostic("error", "there is no FROM", "no-from", path, 1)
    for stage in build.stages:
        if not stage.base:
            yield Diagnostic("error", "FROM names no image", "no-image", path, stage.line)
        elif _comes_later(build, stage):
            yield Diagnostic(
                "error",
                f"FROM {stage.base} stands before the stage of that name",
                "from-later",
                path,
                stage.line,
            )
        for reference, instruction in stage.copies_from:
            if not _leads_somewhere(build, reference, stage.index):
                yield Diagnostic(
                    "error",
                    f"--from={reference} names no stage before this one",
                    "copy-from",
                    path,
                    instruction.line,
                )
    yield from _image(build, path)


def misplaced_sources(build: Build, path: str, others: Sequence[str]) -> Iterator[Diagnostic]:
    """COPY and ADD of files that the answer holds, but in another folder.

    ``others``: the other files of the answer. The build's context is the answer's root or the
    Dockerfile's folder. What the answer does not hold at all may lie in the context already.
    """
    folder = PurePosixPath(path).parent
    contexts = dict.fromkeys((PurePosixPath("."), folder))
    known = {place for context in contexts for place in _places(others, context)}
    names = {PurePosixPath(other).name: other for other in others}
    for stage in build.stages:
        for instruction in stage.instructions:
            for source in _sources(instruction):
                name = PurePosixPath(source).name
                if source not in known and name in names:
                    yield Diagnostic(
                        "error",
                        f"there is no {source} in the build's context: the answer has it as "
                        f"{names[name]}",
                        "copy-source",
                        path,
                        instruction.line,
                    )


def _comes_later(build: Build, stage: BuildStage) -> bool:
    named = build.named.get(stage.base.lower())
    comes_later = stage.parent is None and named is not None and named[-1] >= stage.index
    return comes_later and stage.base not in _OFFICIAL


def _leads_somewhere(build: Build, reference: str, before: int) -> bool:
    if "$" in reference or find_stage(build, reference, before) is not None:
        return True
    return bool(re.search(r"[/:.@]", reference)) or reference in _OFFICIAL


def _image(build: Build, path: str) -> Iterator[Diagnostic]:
    """What the final image leaves to its base, or to whoever runs it: no error, only said."""
    if not build.stages:
        return
    last, root = build.stages[-1], build.stages[-1]
    while root.parent is not None:
        root = build.stages[root.parent]
    if not last.settings.user:
        yield Diagnostic("info", "no USER: runs as its base image does", "user", path, last.line)
    if root.base == "scratch" and not (last.settings.cmd or last.settings.entrypoint):
        words = "nothing says what to run: no CMD, no ENTRYPOINT, and no base image that has one"
        yield Diagnostic("info", words, "command", path, last.line)


def _sources(instruction: Instruction) -> Iterator[str]:
    """The literal paths that a COPY or ADD takes from the build's context, in normal form."""
    if instruction.name not in {"COPY", "ADD"} or instruction.flag("from"):
        return
    words = instruction.words or split_words(instruction.rest)
    for word in words[:-1]:
        if not _NOT_LITERAL.search(word) and not _REMOTE.match(word):
            yield str(PurePosixPath(word.lstrip("/")))


def _places(files: Sequence[str], context: PurePosixPath) -> Iterator[str]:
    """The files, and the folders that hold them, as a COPY in that context names them."""
    for file in files:
        place = PurePosixPath(file)
        if place.is_relative_to(context):
            inside = place.relative_to(context)
            yield from (str(inside), *(str(parent) for parent in inside.parents))
