"""What BuildKit refuses in a Dockerfile that can be read.

``instructions`` is github.com/moby/buildkit 0.27 ``frontend/dockerfile/instructions``, ``parser``
its ``frontend/dockerfile/parser``, ``convert`` its ``frontend/dockerfile/dockerfile2llb``. Another
frontend (``# syntax=``) has rules of its own, of which nothing is known here.
"""

from rewardsvc.formats.dockerfile import arguments, expansion, flags, images, mounts
from rewardsvc.formats.dockerfile.source import DockerfileSource, in_instructions
from rewardsvc.verification.refusals import Refusal


def _of(line: str, more: str = "") -> str:
    """A Dockerfile that is sound but for this line."""
    return f"FROM debian:12.11-slim\n{line}\nWORKDIR /srv\nCOPY run.sh ./\n{more}"


REFUSALS: tuple[Refusal[DockerfileSource], ...] = (
    Refusal(
        code="no-image",
        what="FROM names an image",
        source="instructions/parse.go parseBuildStageName",
        find=images.no_image,
        refused="FROM --platform=linux/amd64\n" + _of("ENV A=b"),
        accepted="FROM scratch\n" + _of("ENV A=b"),
    ),
    Refusal(
        code="from-arguments",
        what="FROM takes one argument, or three with AS in their midst; a comment is none",
        source="instructions/parse.go parseBuildStageName",
        find=in_instructions("from-arguments", "FROM", arguments.from_form),
        refused=_of("ENV A=b").replace("-slim", "-slim # the base"),
        accepted=_of("ENV A=b").replace("-slim", "-slim AS base"),
    ),
    Refusal(
        code="stage-name",
        what="a stage's name begins with a letter and has letters, digits, dashes, _ and .",
        source="instructions/parse.go validStageName",
        find=in_instructions("stage-name", "FROM", arguments.stage_name),
        refused=_of("ENV A=b").replace("-slim", "-slim AS 1st"),
        accepted=_of("ENV A=b").replace("-slim", "-slim AS Stage_1.a-b"),
    ),
    Refusal(
        code="image",
        what="FROM names a stage or the reference of an image, from variables that are declared",
        source="convert.go: failed to parse stage name; base name should not be blank",
        find=images.references,
        refused=_of("ARG TAG=1.2").replace("debian:12.11-slim", "python:${TAG}"),
        accepted="ARG TAG=1.2\n" + _of("ARG TAG").replace("debian:12.11-slim", "python:${TAG}"),
    ),
    Refusal(
        code="from-later",
        what="a stage is built from one that stands before it",
        source="Dockerfile reference, FROM",
        find=images.later_stages,
        refused="FROM base\nRUN make\n" + _of("ENV A=b").replace("-slim", "-slim AS base"),
        accepted=_of("ENV A=b", "FROM base\nRUN make\n").replace("-slim", "-slim AS base"),
    ),
    Refusal(
        code="copy-from",
        what="--from names a stage that stands before, or an image",
        source="convert.go toCommand: invalid stage index, pull access denied",
        find=images.unknown_sources,
        refused=_of("COPY --from=builder /a /a"),
        accepted=_of("COPY --from=builder /a /a").replace(
            "FROM", "FROM golang:1.24 AS builder\nRUN make\nFROM", 1
        ),
    ),
    Refusal(
        code="from-variable",
        what="--from has no variables",
        source="convert.go toCommand: variable expansion is not supported for --from",
        find=images.variable_sources,
        refused="ARG B=build\nFROM golang:1.24 AS build\nRUN make\n"
        + _of("ARG B\nCOPY --from=${B} /a /a"),
        accepted="ARG B=build\nFROM golang:1.24 AS build\nRUN make\nFROM ${B} AS chosen\n"
        + _of("COPY --from=chosen /a /a"),
    ),
    Refusal(
        code="platform",
        what="a platform is os/architecture/variant, or a known word",
        source="github.com/containerd/platforms 1.0 Parse",
        find=in_instructions(
            "platform", "FROM", flags.values("platform", flags.is_platform, "linux/arm64")
        ),
        refused="FROM --platform=linux/arm/v7/hf golang:1.24 AS b\n" + _of("ENV A=b"),
        accepted="FROM --platform=$BUILDPLATFORM golang:1.24 AS b\n" + _of("ENV A=b"),
    ),
    Refusal(
        code="flag",
        what="an instruction has the flags that are its own; no others begin its arguments",
        source="instructions/bflag.go: unknown flag",
        find=in_instructions("flag", "", flags.unknown),
        refused=_of("RUN --mnt=type=cache,target=/c make"),
        accepted=_of("RUN --mount=type=cache,target=/c make --jobs=2"),
    ),
    Refusal(
        code="flag-value",
        what="a flag's value is behind an equals sign",
        source="instructions/bflag.go: missing a value on flag",
        find=in_instructions("flag-value", "", flags.without_value),
        refused=_of("COPY --chmod 755 start.sh ./"),
        accepted=_of("COPY --chmod=755 --link start.sh /srv/"),
    ),
    Refusal(
        code="flag-truth",
        what="a flag that is on or off is true or false",
        source="instructions/bflag.go: expecting boolean value for flag",
        find=in_instructions("flag-truth", "COPY ADD", flags.no_truth),
        refused=_of("COPY --link=yes start.sh /srv/"),
        accepted=_of("COPY --link=True start.sh /srv/"),
    ),
    Refusal(
        code="flag-twice",
        what="a flag is given once, but for those that are lists",
        source="instructions/bflag.go: duplicate flag specified",
        find=in_instructions("flag-twice", "", flags.twice),
        refused=_of("COPY --chmod=755 --chmod=644 start.sh /srv/"),
        accepted=_of("COPY --exclude=*.md --exclude=*.txt start.sh /srv/"),
    ),
    Refusal(
        code="chmod",
        what="--chmod is an octal mode, or a symbolic one",
        source="convert.go dispatchCopy: invalid chmod parameter",
        find=in_instructions(
            "chmod", "COPY ADD", flags.values("chmod", flags.is_mode, "755 or u=rwX,go=rX")
        ),
        refused=_of("COPY --chmod=rwxr-xr-x start.sh /srv/"),
        accepted=_of("COPY --chmod=u=rwX,go=rX start.sh /srv/"),
    ),
    Refusal(
        code="checksum",
        what="--checksum is a digest, or the commit of a repository",
        source="github.com/opencontainers/go-digest Parse; Dockerfile reference, ADD --checksum",
        find=in_instructions(
            "checksum", "ADD", flags.values("checksum", flags.is_checksum, "sha256:…")
        ),
        refused=_of("ADD --checksum=sha256:12 https://example.org/a.tgz /srv/"),
        accepted=_of(f"ADD --checksum=sha256:{'0a' * 32} https://example.org/a.tgz /srv/"),
    ),
    Refusal(
        code="checksum-local",
        what="--checksum is for what is downloaded",
        source="convert.go dispatchCopy: checksum can't be specified for non-HTTP(S) sources",
        find=in_instructions("checksum-local", "ADD", flags.checksum_of_local),
        refused=_of(f"ADD --checksum=sha256:{'0a' * 32} a.tgz /srv/"),
        accepted=_of(f"ADD --checksum={'0a' * 20} https://example.org/a.git /srv/"),
    ),
    Refusal(
        code="network",
        what="RUN --network is default, none or host",
        source="instructions/commands_runnetwork.go",
        find=in_instructions(
            "network",
            "RUN",
            flags.values(
                "network", {"default", "none", "host"}.__contains__, "default, none or host"
            ),
        ),
        refused=_of("RUN --network=bridge make"),
        accepted=_of("RUN --network=none make"),
    ),
    Refusal(
        code="security",
        what="RUN --security is sandbox or insecure",
        source="instructions/commands_runsecurity.go",
        find=in_instructions(
            "security",
            "RUN",
            flags.values("security", {"sandbox", "insecure"}.__contains__, "sandbox or insecure"),
        ),
        refused=_of("RUN --security=privileged make"),
        accepted=_of("RUN --security=insecure make"),
    ),
    Refusal(
        code="mount-type",
        what="a mount is of a type that there is",
        source="instructions/commands_runmount.go allowedMountTypes",
        find=in_instructions("mount-type", "RUN", mounts.types),
        refused=_of("RUN --mount=type=volume,target=/c make"),
        accepted=_of("RUN --mount=type=cache,target=/c make"),
    ),
    Refusal(
        code="mount-key",
        what="a mount has keys that there are, with their values",
        source="instructions/commands_runmount.go: unexpected key",
        find=in_instructions("mount-key", "RUN", mounts.keys),
        refused=_of("RUN --mount=type=cache,path=/c make"),
        accepted=_of("RUN --mount=type=cache,dst=/c,ro make"),
    ),
    Refusal(
        code="mount-fitting",
        what="a key of a mount fits its type",
        source="instructions/commands_runmount.go validateMount",
        find=in_instructions("mount-fitting", "RUN", mounts.fitting),
        refused=_of("RUN --mount=type=bind,target=/c,uid=1000 make"),
        accepted=_of("RUN --mount=type=cache,target=/c,uid=1000 make"),
    ),
    Refusal(
        code="mount-value",
        what="modes, numbers, sizes and truths of a mount are such",
        source="instructions/commands_runmount.go: invalid value",
        find=in_instructions("mount-value", "RUN", mounts.values),
        refused=_of("RUN --mount=type=cache,target=/c,uid=app make"),
        accepted=_of("RUN --mount=type=cache,target=/c,uid=1000,mode=0755 make"),
    ),
    Refusal(
        code="mount-sharing",
        what="a cache is shared, private or locked",
        source="instructions/commands_runmount.go allowedSharingModes",
        find=in_instructions("mount-sharing", "RUN", mounts.sharing),
        refused=_of("RUN --mount=type=cache,target=/c,sharing=exclusive make"),
        accepted=_of("RUN --mount=type=cache,target=/c,sharing=Locked make"),
    ),
    Refusal(
        code="mount-secret",
        what="a secret has an id or a source, and comes from no stage",
        source="instructions/commands_runmount.go validateMount",
        find=in_instructions("mount-secret", "RUN", mounts.secrets),
        refused=_of("RUN --mount=type=secret,required=true make"),
        accepted=_of("RUN --mount=type=secret,id=token,required=true make"),
    ),
    Refusal(
        code="mount-target",
        what="a mount does not cover the root",
        source="convert_runmount.go: invalid mount target",
        find=in_instructions("mount-target", "RUN", mounts.targets),
        refused=_of("RUN --mount=type=bind,target=/ make"),
        accepted=_of("RUN --mount=type=bind,target=/c make"),
    ),
    Refusal(
        code="copy-arguments",
        what="COPY and ADD have a source and a destination",
        source="instructions/parse.go errNoDestinationArgument",
        find=in_instructions("copy-arguments", "COPY ADD", arguments.source_and_destination),
        refused=_of("COPY start.sh"),
        accepted=_of("COPY start.sh /srv/"),
    ),
    Refusal(
        code="heredoc",
        what="a heredoc is no destination",
        source="instructions/parse.go errBadHeredoc",
        find=in_instructions("heredoc", "COPY ADD", arguments.heredoc_destination),
        refused=_of("COPY start.sh <<EOF\n/srv/\nEOF"),
        accepted=_of('COPY <<1E"N"D /srv/start.sh\necho\n1END'),
    ),
    Refusal(
        code="pairs",
        what="ENV and LABEL have name=value, or one name and its value",
        source="parser/line_parsers.go parseNameVal",
        find=in_instructions("pairs", "ENV LABEL", arguments.pairs),
        refused=_of("ENV A=1 # a comment"),
        accepted=_of('ENV A=1 B="two words" \\\n    C=3'),
    ),
    Refusal(
        code="name",
        what="a variable or a label has a name",
        source="instructions/parse.go errBlankCommandNames",
        find=in_instructions("name", "ENV LABEL ARG", arguments.blank_names),
        refused=_of("ENV =b"),
        accepted=_of("ENV A="),
    ),
    Refusal(
        code="expansion",
        what="variables and quotes can be read",
        source="github.com/moby/buildkit 0.27 frontend/dockerfile/shell/lex.go",
        find=expansion.unreadable,
        refused=_of("ENV A=${B"),
        accepted=_of("ENV A=${B:-c} C='it' D=${E#*.}$ F=${G//a/b}"),
    ),
    Refusal(
        code="json",
        what="a list in JSON has strings only",
        source="parser/line_parsers.go errDockerfileNotStringArray",
        find=in_instructions(
            "json",
            "RUN CMD ENTRYPOINT SHELL COPY ADD VOLUME HEALTHCHECK",
            arguments.lists_of_texts,
        ),
        refused=_of("ENV A=b", 'CMD ["serve", 8080]\n'),
        accepted=_of("ENV A=b", 'CMD ["serve", "8080"]\n'),
    ),
    Refusal(
        code="shell",
        what="SHELL takes a list in JSON",
        source="instructions/parse.go errNotJSON",
        find=in_instructions("shell", "SHELL", arguments.shell),
        refused=_of("SHELL /bin/bash -c"),
        accepted=_of('SHELL ["/bin/zsh", "-c"]\nRUN print -l /usr/*(/) > /dirs'),
    ),
    Refusal(
        code="volume",
        what="a volume has a path",
        source="instructions/parse.go parseVolume",
        find=in_instructions("volume", "VOLUME", arguments.volumes),
        refused=_of('VOLUME [""]'),
        accepted=_of('VOLUME ["/data"]'),
    ),
    Refusal(
        code="signal",
        what="STOPSIGNAL is a signal's name or number",
        source="github.com/moby/sys/signal 0.7 ParseSignal",
        find=in_instructions("signal", "STOPSIGNAL", arguments.stop_signal),
        refused=_of("STOPSIGNAL SIGSTOPP"),
        accepted=_of("STOPSIGNAL SIGRTMIN+3"),
    ),
    Refusal(
        code="port",
        what="EXPOSE has ports or ranges of them, of tcp, udp or sctp",
        source="convert_expose.go parsePortSpec",
        find=in_instructions("port", "EXPOSE", arguments.ports),
        refused=_of("EXPOSE 8080/http"),
        accepted=_of("EXPOSE 8080/TCP 9000-9010/sctp ${PORT:-80}"),
    ),
    Refusal(
        code="healthcheck",
        what="HEALTHCHECK is NONE, or CMD and a command",
        source="instructions/parse.go parseHealthcheck",
        find=in_instructions("healthcheck", "HEALTHCHECK", arguments.healthcheck),
        refused=_of("HEALTHCHECK --interval=30s curl -f localhost"),
        accepted=_of('HEALTHCHECK --interval=30s cmd ["curl", "localhost"]'),
    ),
    Refusal(
        code="duration",
        what="times of a healthcheck are Go's durations, of a millisecond at least",
        source="instructions/parse.go parseOptInterval",
        find=in_instructions("duration", "HEALTHCHECK", flags.durations),
        refused=_of('HEALTHCHECK --interval=30 CMD ["curl", "localhost"]'),
        accepted=_of('HEALTHCHECK --interval=1m30s --start-interval=5s CMD ["curl", "localhost"]'),
    ),
    Refusal(
        code="retries",
        what="--retries is a number",
        source="instructions/parse.go parseHealthcheck",
        find=in_instructions(
            "retries", "HEALTHCHECK", flags.values("retries", flags.is_count, "a number")
        ),
        refused=_of('HEALTHCHECK --retries=three CMD ["curl", "localhost"]'),
        accepted=_of('HEALTHCHECK --retries=3 CMD ["curl", "localhost"]'),
    ),
)
