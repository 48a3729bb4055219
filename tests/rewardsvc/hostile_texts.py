# ruff: noqa: E501 - a table of texts
"""Answers that grow in every way that has made somebody's parser slow, for each format.

:data:`CASES` has a function for each: from a size in characters, roughly, to a completion.
"""

from collections.abc import Callable, Mapping

Growth = Callable[[int], str]
"""From a size in characters to a completion."""


def many(line: str) -> Callable[[int], str]:
    """A line many times; ``{i}`` in it is its number."""

    def text(size: int) -> str:
        count = max(2, size // (len(line) + 2))
        return "".join(line.replace("{i}", str(i)) for i in range(count))

    return text


def around(before: str, inner: Callable[[int], str] | str, after: str = "") -> Callable[[int], str]:
    """What grows, between what does not."""

    def text(size: int) -> str:
        grown = inner(size) if callable(inner) else inner * max(1, size // len(inner))
        return before + grown + after

    return text


def nested(opening: str, closing: str, inner: str = "") -> Callable[[int], str]:
    """Something in something, as deep as the size allows."""

    def text(size: int) -> str:
        count = size // (len(opening) + len(closing))
        return opening * count + inner + closing * count

    return text


def both(*parts: Callable[[int], str]) -> Callable[[int], str]:
    """One behind the other, each with its share of the size."""
    return lambda size: "".join(part(size // len(parts)) for part in parts)


def _fenced(label: str, grow: Callable[[int], str]) -> Growth:
    return lambda size: f"```{label}\n{grow(size)}\n```\n"


def _labelled(label: str, grow: Callable[[int], str]) -> Growth:
    return lambda size: grow(size).replace("{label}", label)


# --- in every format ----------------------------------------------------------------------------

_TEXTS: Mapping[str, Callable[[int], str]] = {
    "one long word": around("", "a"),
    "one long number": around("", "1"),
    "white space": around("a", " ", "b"),
    "empty lines": around("a", "\n", "b"),
    "carriage returns": around("a", "\r", "b"),
    "double quotes": around("", '"' * 6),
    "single quotes": around("", "'" * 6),
    "a double quote that stays open": around("", '"' * 6, '"'),
    "a single quote that stays open": around("", "'" * 6, "'"),
    "escaped quotes": around('x = "', '\\"'),
    "back-ticks within": around("", "` "),
    "backslashes": around("", "\\"),
    "continued lines": around("RUN a", " \\\n"),
    "brackets": around("", "["),
    "braces": around("", "{"),
    "parentheses": around("", "("),
    "closing brackets": around("", "]})"),
    "expressions": around("a: ", "${{ "),
    "dollars": around("a: ", "$"),
    "templates": around("a: ", "${a:-"),
    "open comments": around("", "/* "),
    "hashes": around("a ", "# "),
    "heredocs": around("", "cat <<'E' "),
    "dashes": around("", "- "),
    "signs": around("", "!"),
    "emojis": around("", "\U0001f600"),
    "unseen characters": around("", "\u200b"),
}

_COMPLETIONS: Mapping[str, Growth] = {
    "open fences": many("```{label} path=f{i}\n"),
    "fences": many("```{label} path=f{i}.yaml\na\n```\n"),
    "indented fences": many(" " * 40 + "```{label}\na\n"),
    "long fences": around("", "`"),
    "longer fences": lambda size: "".join("`" * (3 + i) + "\n" for i in range(int(size**0.5))),
    "tildes": many("~~~{label}\n"),
    "thoughts": many("<think>\n"),
    "closed thoughts": many("<think>a</think>\n"),
    "thoughts in fences": many("```{label}\n</think>\n"),
    "attributes": around("```{label} ", 'title="a '),
    "special tokens": around("```{label}\na\n```\n", "<|im_end|>"),
}

# --- YAML ---------------------------------------------------------------------------------------

_YAML: Mapping[str, Callable[[int], str]] = {
    "keys": many("k{i}: v\n"),
    "items": around("a:\n", many("  - v\n")),
    "documents": many("---\na: {i}\n"),
    "nested flow lists": nested("[", "]"),
    "nested mappings": lambda size: "".join(" " * i + "a:\n" for i in range(int(size**0.5))),
    "nested items": around("", "- "),
    "anchors": many("a{i}: &x{i} v\n"),
    "aliases": around("a: &x [1, 2, 3]\nb:\n", many("  - *x\n")),
    "laughs": lambda size: (
        "a0: &a0 [x]\n"
        + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, size // 20))
    ),
    "merges": around("a: &x {k: v}\n", many("b{i}:\n  <<: *x\n")),
    "merges of merges": lambda size: (
        "a0: &a0 {k: v}\n"
        + "".join(f"a{i}: &a{i}\n  <<: *a{i - 1}\n  k{i}: v\n" for i in range(1, size // 24))
    ),
    "merged lists": lambda size: "a: &x {k: v}\nb:\n  <<: [" + "*x, " * (size // 4) + "*x]\n",
    "a long scalar": around("a: ", "x "),
    "a long key": around("? ", "x", "\n: v\n"),
    "a block scalar": around("a: |\n", many("  line {i}\n")),
    "a folded scalar": around("a: >\n", many("  line {i}\n\n")),
    "a quoted scalar": around('a: "', "x\\n", '"\n'),
    "a quoted scalar of many lines": around('a: "', " x\n", '"\n'),
    "tags": many("a{i}: !t v\n"),
    "directives": many("%YAML 1.1\n---\na\n...\n"),
    "comments": around("a: b\n", many("# comment {i}\n")),
    "numbers": many("a{i}: 1e{i}\n"),
}

_STEPS = "      - {step}\n"

_KUBERNETES_HEAD = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{i}}}\ndata: {{a: b}}\n---\n"
)


def _pod(size: int, part: Callable[[int], str]) -> str:
    return (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
        f"    - name: a\n      image: nginx:1\n{part(size)}"
    )


def _pods(part: Callable[[int], str]) -> Callable[[int], str]:
    return lambda size: _pod(size, part)


_KUBERNETES: Mapping[str, Callable[[int], str]] = {
    "resources": many(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c{i}}\ndata: {a: b}\n---\n"
    ),
    "one resource many times": many(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n---\n"
    ),
    "items of a list": around(
        "apiVersion: v1\nkind: List\nitems:\n",
        many("  - {apiVersion: v1, kind: ConfigMap, metadata: {name: c{i}}, data: {a: b}}\n"),
    ),
    "lists of lists": nested("{apiVersion: v1, kind: List, items: [", "]}"),
    "unknown kinds": many("apiVersion: v1\nkind: Kind{i}\nmetadata: {name: c}\n---\n"),
    "services and workloads": both(
        many(
            "apiVersion: v1\nkind: Service\nmetadata: {name: s{i}}\n"
            "spec: {selector: {a: b{i}}, ports: [{port: 80}]}\n---\n"
        ),
        many(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p{i}, labels: {a: b{i}}}\n"
            "spec: {containers: [{name: a, image: nginx}]}\n---\n"
        ),
    ),
    "an ingress and a service": both(
        around(
            "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  selector: {a: b}\n"
            "  ports:\n",
            many("    - {name: p{i}, port: 8{i}}\n"),
        ),
        around(
            "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec:\n"
            "  rules:\n    - http:\n        paths:\n",
            many(
                "          - {path: /, pathType: Prefix, backend: {service: {name: s, "
                "port: {number: 1}}}}\n"
            ),
        ),
    ),
    "a service of many ports": both(
        around(
            "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  selector: {a: b}\n"
            "  ports:\n",
            many("    - {name: p{i}, port: 8{i}}\n"),
        ),
        around(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a: b}}\nspec:\n"
            "  containers:\n    - name: a\n      image: nginx\n      ports:\n",
            many("        - {containerPort: 7{i}, name: q{i}}\n"),
        ),
    ),
    "keys of one map": both(
        around(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n", many("  k{i}: v\n")
        ),
        lambda size: (
            "---\n"
            + _pod(
                size,
                around(
                    "      env:\n",
                    many(
                        "        - {name: E{i}, valueFrom: {configMapKeyRef: {name: c, key: k{i}}}}\n"
                    ),
                ),
            )
        ),
    ),
    "mounts": _pods(
        around("      volumeMounts:\n", many("        - {name: v{i}, mountPath: /{i}}\n"))
    ),
    "containers": _pods(many("    - {name: c{i}, image: a, ports: [{containerPort: {i}}]}\n")),
    "containers and claims": _pods(
        both(
            many("    - {name: c{i}, image: a, volumeMounts: [{name: v{i}, mountPath: /a}]}\n"),
            around("  volumes:\n", many("    - {name: v{i}, emptyDir: {}}\n")),
        )
    ),
    "probes": _pods(
        around(
            "      lifecycle:\n",
            many("        hook{i}: {httpGet: {port: 1}}\n"),
            "      ports:\n" + many("        - {containerPort: {i}}\n")(2000),
        )
    ),
    "selectors": lambda size: (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector:\n"
        "    matchExpressions:\n"
        + many("      - {key: a, operator: In, values: [b]}\n")(size)
        + "  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: a, image: b}]}\n"
    ),
    "a selector of many values": lambda size: (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector:\n"
        "    matchLabels:\n"
        + many("      k{i}: v\n")(size)
        + "  template:\n    metadata:\n      labels:\n"
        + many("        k{i}: v\n")(size)
        + "    spec: {containers: [{name: a, image: b}]}\n"
    ),
    "a metric each": lambda size: (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n"
        "  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n"
        "    spec:\n      containers:\n"
        + many("        - {name: c{i}, image: b}\n")(size)
        + "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\n"
        "spec:\n  maxReplicas: 3\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}\n"
        "  metrics:\n"
        + many(
            "    - {type: Resource, resource: {name: m{i}, "
            "target: {type: Utilization, averageUtilization: 5}}}\n"
        )(size)
    ),
    "a long name in many objections": lambda size: (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: "
        + "a" * size
        + "}\nspec:\n  containers:\n"
        + many("    - {name: a, image: b}\n")(size)
    ),
    "external": around("# external: ", many("ConfigMap/c{i}, "), "\napiVersion: v1\nkind: Pod\n"),
    "external lines": around("", many("# external: ConfigMap/c{i}\n"), "apiVersion: v1\n"),
    "annotations": around(
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  annotations:\n",
        many("    k{i}: 'apiVersion: apiVersion: '\n"),
    ),
    "bindings": around(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects:\n",
        many("  - {kind: ServiceAccount, name: a{i}, namespace: b}\n"),
    ),
    "quantities": _pods(
        around("      resources:\n        limits:\n", many("          a.b/r{i}: 1{i}\n"))
    ),
}

_COMPOSE_HEAD = "services:\n"

_COMPOSE: Mapping[str, Callable[[int], str]] = {
    "services": around(_COMPOSE_HEAD, many("  s{i}: {image: nginx}\n")),
    "dependencies": around(_COMPOSE_HEAD, many("  s{i}: {image: nginx, depends_on: [s0, s{i}]}\n")),
    "dependencies that are not there": around(
        _COMPOSE_HEAD, many("  s{i}: {image: nginx, depends_on: [t{i}]}\n")
    ),
    "extends": lambda size: (
        _COMPOSE_HEAD
        + "  s0: {image: nginx}\n"
        + "".join(f"  s{i}: {{extends: {{service: s{i - 1}}}}}\n" for i in range(1, size // 30))
    ),
    "a circle": lambda size: (
        _COMPOSE_HEAD
        + "".join(
            f"  s{i}: {{image: a, depends_on: [s{(i + 1) % (size // 40)}]}}\n"
            for i in range(size // 40)
        )
    ),
    "ports": around("services:\n  a:\n    image: nginx\n    ports:\n", many('      - "{i}:80"\n')),
    "ports of services": around(_COMPOSE_HEAD, many('  s{i}: {image: a, ports: ["{i}:80"]}\n')),
    "ports of profiles": lambda size: (
        _COMPOSE_HEAD
        + "".join(
            f'  s{i}: {{image: a, ports: ["80:80"], profiles: [p{i}]}}\n' for i in range(size // 50)
        )
    ),
    "a long port": around('services:\n  a:\n    image: b\n    ports:\n      - "', "1", '"\n'),
    "a port of many dots": around(
        'services:\n  a:\n    image: b\n    ports:\n      - "', "1.", '"\n'
    ),
    "volumes": around(
        "services:\n  a:\n    image: nginx\n    volumes:\n", many("      - v{i}:/d{i}\n")
    ),
    "volumes and services": lambda size: (
        _COMPOSE_HEAD
        + many("  s{i}: {image: a, volumes: ['v{i}:/d']}\n")(size)
        + "volumes:\n"
        + many("  v{i}: {}\n")(size)
    ),
    "container names": around(_COMPOSE_HEAD, many("  s{i}: {image: a, container_name: c}\n")),
    "interpolation": around("services:\n  a:\n    image: '", "${A:-", "'\n"),
    "closed interpolation": lambda size: (
        "services:\n  a:\n    image: '" + "${A:-" * (size // 6) + "}" * (size // 6) + "'\n"
    ),
    "half closed interpolation": around("services:\n  a:\n    image: '", "${A:-${B}", "'\n"),
    "variables": around("services:\n  a:\n    image: '", "$A ", "'\n"),
    "environment": around(
        "services:\n  a:\n    image: nginx\n    environment:\n", many("      - A{i}=$B\n")
    ),
    "a long command": around("services:\n  a:\n    image: alpine\n    command: '", "x ", "'\n"),
    "a command of one word": around(
        "services:\n  a:\n    image: alpine\n    command: '", "x", "'\n"
    ),
    "a command of assignments": around(
        'services:\n  a:\n    image: alpine\n    command: ["', "A=1 ", '"]\n'
    ),
    "a long list as command": around(
        "services:\n  a:\n    image: alpine\n    command: [", "true, ", "true]\n"
    ),
    "a long name in many objections": lambda size: (
        "services:\n  ? "
        + "a" * (size // 3)
        + "\n  :\n    image: b\n    depends_on:\n"
        + many("      - t{i}\n")(size)
    ),
    "secrets": around("services: {a: {image: b}}\nsecrets:\n", many("  s{i}: {labels: [a]}\n")),
}

_ACTIONS = "on: push\njobs:\n"
_ACTION = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"

_GITHUB: Mapping[str, Callable[[int], str]] = {
    "jobs": around(_ACTIONS, many("  j{i}: {runs-on: ubuntu-latest, steps: [{run: make}]}\n")),
    "jobs that wait": lambda size: (
        _ACTIONS
        + "  j0: {runs-on: a, if: false, steps: [{run: a}]}\n"
        + "".join(
            f"  j{i}: {{runs-on: a, needs: j{i - 1}, steps: [{{run: make}}]}}\n"
            for i in range(1, size // 50)
        )
    ),
    "jobs that wait backwards": lambda size: (
        _ACTIONS
        + "".join(
            f"  j{i}: {{runs-on: a, needs: j{i + 1}, steps: [{{run: make}}]}}\n"
            for i in range(size // 50)
        )
        + f"  j{size // 50}: {{runs-on: a, if: false, steps: [{{run: a}}]}}\n"
    ),
    "steps": around(_ACTION, many("      - run: echo {i}\n")),
    "steps that are off": around(_ACTION, many("      - {if: false, run: echo {i}}\n")),
    "conditions": around(_ACTION, many("      - {if: \"github.ref == 'x' && false\", run: a}\n")),
    "a long condition": around(_ACTION + "      - if: ", "a && ", "a\n        run: a\n"),
    "signs of a condition": lambda size: (
        _ACTION
        + f'      - if: "{"!" * min(size, 3900)}a"\n        run: a\n'
        + many("      - run: echo {i}\n")(size)
    ),
    "python": around(_ACTION, many("      - {shell: python, run: 'print({i})'}\n")),
    "expressions": around(_ACTION + "      - shell: python\n        run: ", "${{ ", "\n"),
    "a matrix": around(
        "on: push\njobs:\n  a:\n    runs-on: a\n    strategy:\n      matrix:\n",
        many("        k{i}: [1, 2]\n"),
        "    steps: [{run: a}]\n",
    ),
    "labels": around(
        "on: push\njobs:\n  a:\n    steps: [{run: a}]\n    runs-on: [self-hosted, ", "a, ", "a]\n"
    ),
    "pragmas": around(_ACTION + "      - run: |\n", many("          # shellcheck disable=SC{i}\n")),
    "pragma spaces": around(_ACTION + "      - run: '", "# ", "'\n"),
}

_GITLAB: Mapping[str, Callable[[int], str]] = {
    "jobs": many("j{i}:\n  script: make\n"),
    "extends": lambda size: (
        ".j0:\n  script: a\n"
        + "".join(f".j{i}:\n  extends: .j{i - 1}\n" for i in range(1, size // 24))
        + "j:\n  extends: .j1\n  script: a\n"
    ),
    "jobs that extend far": lambda size: (
        ".j0:\n  script: a\n"
        + "".join(
            f"j{i}:\n  extends: {'.j0' if i == 1 else f'j{i - 1}'}\n" for i in range(1, size // 24)
        )
    ),
    "extends in a circle": lambda size: "".join(
        f"j{i}:\n  script: a\n  extends: j{(i + 1) % (size // 30)}\n" for i in range(size // 30)
    ),
    "extends of many": lambda size: (
        many(".j{i}:\n  script: a\n")(size)
        + "j:\n  script: a\n  extends: ["
        + ", ".join(f".j{i}" for i in range(size // 20))
        + "]\n"
    ),
    "needs": lambda size: (
        "j0:\n  script: a\n"
        + "".join(f"j{i}:\n  script: a\n  needs: [j{i - 1}, j0]\n" for i in range(1, size // 36))
    ),
    "needs that are not there": many("j{i}:\n  script: a\n  needs: [k{i}]\n"),
    "stages": lambda size: (
        "stages: ["
        + ", ".join(f"s{i}" for i in range(size // 12))
        + "]\n"
        + many("j{i}:\n  stage: s{i}\n  script: a\n")(size)
    ),
    "references": around("j:\n  script:\n", many("    - !reference [k{i}, script]\n")),
    "references to references": lambda size: (
        "".join(
            f".j{i}:\n  script:\n    - !reference [.j{i + 1}, script]\n" for i in range(size // 40)
        )
        + "j:\n  script: a\n"
    ),
    "rules": around("j:\n  script: a\n  rules:\n", many("    - if: $A == 'b' && false\n")),
    "workflow rules and jobs": both(
        around("workflow:\n  rules:\n", many("    - if: $A == 'b'\n      when: never\n")),
        many("j{i}:\n  script: a\n"),
    ),
    "inherited rules and jobs": both(
        around(".a:\n  script: a\n  rules:\n", many("    - if: 'false'\n")),
        many("j{i}:\n  extends: .a\n"),
    ),
    "excepted refs and jobs": both(
        around(".a:\n  script: a\n  except:\n", many("    - r{i}\n")),
        many("j{i}:\n  extends: .a\n"),
    ),
    "scripts": around("j:\n  script:\n", many("    - echo {i} && make\n")),
    "a long name in many objections": lambda size: (
        "? " + "a" * (size // 3) + "\n:\n  script: a\n  needs:\n" + many("    - t{i}\n")(size)
    ),
}

_AZURE = "pool: {vmImage: ubuntu-latest}\n"

_AZURE_CASES: Mapping[str, Callable[[int], str]] = {
    "steps": around(_AZURE + "steps:\n", many("  - script: echo {i}\n")),
    "jobs": around(_AZURE + "jobs:\n", many("  - {job: j{i}, steps: [{script: a}]}\n")),
    "jobs that wait": around(
        _AZURE + "jobs:\n", many("  - {job: j{i}, dependsOn: [j0], steps: [{script: a}]}\n")
    ),
    "jobs of one name": around(_AZURE + "jobs:\n", many("  - {job: j, steps: [{script: a}]}\n")),
    "jobs of one name in a template": around(
        _AZURE + "jobs:\n", many("  - {job: j, steps: [{script: a}]}\n"), "# ${{ if a }}\n"
    ),
    "jobs of one name and open expressions": around(
        _AZURE + "jobs:\n", many("  - {job: j, steps: [{script: a}]}\n  # ${{ a\n")
    ),
    "stages": around(
        _AZURE + "stages:\n", many("  - {stage: s{i}, jobs: [{job: a, steps: [{script: a}]}]}\n")
    ),
    "templates": around(_AZURE + "steps:\n", many("  - template: t{i}.yml@r\n")),
    "a long template": around(_AZURE + "steps:\n  - template: ", "a@", "b\n"),
    "expressions as keys": around(
        _AZURE + "steps:\n", many("  - ${{ if a{i} }}:\n    - script: a\n")
    ),
    "expressions in expressions": lambda size: (
        _AZURE
        + "steps:\n"
        + "".join("  " * i + "- ${{ if a }}:\n" for i in range(1, 45))
        + "  " * 45
        + "- script: a\n"
        + many("# comment {i}\n")(size)
    ),
    "keys of expressions": around(_AZURE + "variables:\n", many("  ${{ if a{i} }}: {b{i}: c}\n")),
    "wrong steps": around(_AZURE + "steps:\n", many("  - scrip{i}: echo\n")),
    "wrong steps of jobs": around(
        _AZURE + "jobs:\n", many("  - {job: j{i}, steps: [{scrip: a}]}\n")
    ),
    "keys in any case": around(_AZURE + "steps:\n", many("  - {SCRIPT: a, K{i}: b}\n")),
    "keys in any case that are wrong": around(
        _AZURE, many("KEY{i}: a\n"), "steps: [{script: a}]\n"
    ),
    "conditions": around(
        _AZURE + "steps:\n", many("  - {script: a, condition: \"and(false, eq(a, '{i}'))\"}\n")
    ),
    "macros": around(_AZURE + "steps:\n  - script: '", "$(a", "'\n"),
    "tasks": around(_AZURE + "steps:\n", many("  - {task: Bash@3, inputs: {script: a{i}}}\n")),
    "unknown tasks": around(_AZURE + "steps:\n", many("  - {task: Mine{i}@1}\n")),
    "a long task": around(_AZURE + "steps:\n  - task: ", "a", "\n"),
    "booleans": around(_AZURE + "steps:\n", many("  - {script: a, enabled: yes}\n")),
}

_CIRCLE = (
    "version: 2.1\njobs:\n  build:\n    docker: [{image: a}]\n    steps: [checkout, c0]\n"
    "workflows: {w: {jobs: [build]}}\ncommands:\n"
)
_CIRCLE_JOB = "version: 2.1\njobs:\n  build:\n    docker: [{image: a}]\n    steps:\n"
_CIRCLE_FLOW = (
    "version: 2.1\njobs:\n  build: {docker: [{image: a}], steps: [{run: a}]}\n"
    "workflows:\n  w:\n    jobs:\n"
)

_CIRCLECI: Mapping[str, Callable[[int], str]] = {
    "commands that call each other": lambda size: (
        _CIRCLE
        + "".join(f"  c{i}: {{steps: [c{i + 1}, c{i + 1}, c{i + 1}]}}\n" for i in range(size // 40))
        + f"  c{size // 40}: {{steps: [checkout]}}\n"
    ),
    "commands in a circle": lambda size: (
        _CIRCLE
        + "".join(f"  c{i}: {{steps: [c{(i + 1) % (size // 30)}]}}\n" for i in range(size // 30))
    ),
    "steps": around(
        _CIRCLE_JOB, many("      - run: echo {i}\n"), "workflows: {w: {jobs: [build]}}\n"
    ),
    "steps that carry": around(
        _CIRCLE_JOB, "      - checkout\n", "workflows: {w: {jobs: [build]}}\n"
    ),
    "conditions": lambda size: (
        _CIRCLE_JOB
        + "".join(
            f"{' ' * (6 + 4 * i)}- when:\n{' ' * (10 + 4 * i)}condition: a\n{' ' * (10 + 4 * i)}steps:\n"
            for i in range(20)
        )
        + " " * 90
        + "- checkout\n"
        + "workflows: {w: {jobs: [build]}}\n"
        + many("# comment {i}\n")(size)
    ),
    "invoked": around(_CIRCLE_FLOW, many("      - build: {name: b{i}}\n")),
    "invoked and required": lambda size: (
        _CIRCLE_FLOW
        + "      - build: {name: b0}\n"
        + "".join(
            f"      - build: {{name: b{i}, requires: [b{i - 1}, b0]}}\n"
            for i in range(1, size // 50)
        )
    ),
    "required and not there": around(
        _CIRCLE_FLOW, many("      - build: {name: b{i}, requires: [n{i}]}\n")
    ),
    "matrices": around(
        _CIRCLE_FLOW,
        many(
            "      - build: {name: m{i}-<< matrix.a >>, matrix: {parameters: {a: [1]}}, requires: [n{i}]}\n"
        ),
    ),
    "invoked jobs and parameters": lambda size: (
        "version: 2.1\njobs:\n  build:\n    docker: [{image: a}]\n    steps: [{run: a}]\n"
        "    parameters:\n"
        + many("      p{i}: {type: string, default: a}\n")(size)
        + "workflows:\n  w:\n    jobs:\n"
        + "      - build\n" * (size // 14)
    ),
    "invoked jobs and needed parameters": lambda size: (
        "version: 2.1\njobs:\n  build:\n    docker: [{image: a}]\n    steps: [{run: a}]\n"
        "    parameters:\n"
        + many("      p{i}: {type: string}\n")(size)
        + "workflows:\n  w:\n    jobs:\n"
        + "      - build\n" * (size // 14)
    ),
    "invoked jobs with parameters": lambda size: (
        "version: 2.1\njobs:\n  build:\n    docker: [{image: a}]\n    steps: [{run: a}]\n"
        "    parameters:\n"
        + many("      p{i}: {type: string, default: a}\n")(size)
        + "workflows:\n  w:\n    jobs:\n"
        + "      - build: {p0: a}\n" * (size // 22)
    ),
    "called commands and parameters": lambda size: (
        _CIRCLE_JOB
        + "      - c: {p0: a}\n" * (size // 20)
        + "workflows: {w: {jobs: [build]}}\ncommands:\n  c:\n    steps: [{run: a}]\n    parameters:\n"
        + many("      p{i}: {type: string, default: a}\n")(size)
    ),
    "called commands and needed parameters": lambda size: (
        _CIRCLE_JOB
        + "      - c\n" * (size // 10)
        + "workflows: {w: {jobs: [build]}}\ncommands:\n  c:\n    steps: [{run: a}]\n    parameters:\n"
        + many("      p{i}: {type: string}\n")(size)
    ),
    "workflows": lambda size: (
        "version: 2.1\njobs:\n  build: {docker: [{image: a}], steps: [checkout]}\nworkflows:\n"
        + many("  w{i}: {jobs: [build]}\n")(size)
    ),
    "workflows of one long job": lambda size: (
        "version: 2.1\njobs:\n  build:\n    docker: [{image: a}]\n    steps:\n"
        + "      - checkout\n" * (size // 17)
        + "workflows:\n"
        + many("  w{i}: {jobs: [build]}\n")(size)
    ),
    "logic": lambda size: (
        _CIRCLE_FLOW
        + "      - build\n    when: "
        + "{not: " * 90
        + "true"
        + "}" * 90
        + "\n"
        + many("# comment {i}\n")(size)
    ),
    "wide logic": around(_CIRCLE_FLOW + "      - build\n    when: {and: [", "true, ", "true]}\n"),
    "parameters": around(
        _CIRCLE_JOB + "      - run: '", "<< parameters.a >>", "'\nworkflows: {w: {jobs: [build]}}\n"
    ),
    "open parameters": around(
        _CIRCLE_JOB + "      - run: '", "<< ", "'\nworkflows: {w: {jobs: [build]}}\n"
    ),
    "wide parameters": around(
        _CIRCLE_JOB + "      - run: '<<", " ", "'\nworkflows: {w: {jobs: [build]}}\n"
    ),
    "orbs": around(_CIRCLE_JOB, many("      - o{i}/c\n"), "workflows: {w: {jobs: [build]}}\n"),
    "executors": lambda size: (
        "version: 2.1\nexecutors:\n"
        + many("  e{i}: {docker: [{image: a}]}\n")(size)
        + "jobs:\n"
        + many("  j{i}: {executor: e{i}, steps: [{run: a}]}\n")(size)
        + "workflows: {w: {jobs: [j0]}}\n"
    ),
    "a long name in many objections": lambda size: (
        "version: 2.1\njobs:\n  build: {docker: [{image: a}], steps: [{run: a}]}\nworkflows:\n  ? "
        + "a" * (size // 3)
        + "\n  :\n    jobs:\n      - build\n"
        + many("      - t{i}\n")(size)
    ),
}

_BITBUCKET = "image: a\npipelines:\n  default:\n"

_BITBUCKET_CASES: Mapping[str, Callable[[int], str]] = {
    "steps": around(_BITBUCKET, many("    - step: {script: [make {i}]}\n")),
    "lines": around(
        _BITBUCKET + "    - step:\n        script:\n", many("          - make {i} && a\n")
    ),
    "parallel steps": around(
        _BITBUCKET + "    - parallel:\n", many("        - step: {script: [a{i}]}\n")
    ),
    "stages": around(
        _BITBUCKET, many("    - stage: {steps: [{step: {script: [a]}}], deployment: d{i}}\n")
    ),
    "deployments": around(_BITBUCKET, many("    - step: {script: [a], deployment: d}\n")),
    "caches": around(_BITBUCKET, many("    - step: {script: [a], caches: [c{i}]}\n")),
    "caches and definitions": lambda size: (
        "definitions:\n  caches:\n"
        + many("    c{i}: /a\n")(size)
        + _BITBUCKET
        + many("    - step: {script: [a], caches: [c{i}]}\n")(size)
    ),
    "branches": around(
        "pipelines:\n  branches:\n", many("    b{i}:\n      - step: {script: [a]}\n")
    ),
    "parallel in parallel": lambda size: (
        _BITBUCKET
        + "    - "
        + "parallel: [{" * 40
        + "step: {script: [a]}"
        + "}]" * 40
        + "\n"
        + many("# comment {i}\n")(size)
    ),
}

_QUEUE = "Type: AWS::SQS::Queue"

_CLOUDFORMATION: Mapping[str, Callable[[int], str]] = {
    "resources": around("Resources:\n", many("  R{i}: {Type: AWS::SQS::Queue}\n")),
    "resources under conditions": lambda size: (
        "Conditions:\n"
        + many("  C{i}: !Equals [a, b]\n")(size)
        + "Resources:\n"
        + many("  R{i}: {Type: AWS::SQS::Queue, Condition: C{i}}\n")(size)
    ),
    "conditions of conditions": lambda size: (
        "Conditions:\n  C0: !Equals [!Ref P, b]\n"
        + "".join(
            f"  C{i}: !And [!Condition C{i - 1}, !Condition C{i - 1}]\n"
            for i in range(1, size // 50)
        )
        + f"Resources:\n  R: {{{_QUEUE}, Condition: C{size // 50 - 1}}}\n"
    ),
    "a condition of itself": around(
        "Conditions:\n",
        many("  C{i}: !Not [!Condition C{i}]\n"),
        f"Resources:\n  R: {{{_QUEUE}}}\n",
    ),
    "a choice among many": lambda size: (
        "Parameters:\n  P:\n    Type: String\n    AllowedValues:\n"
        + many("      - v{i}\n")(size)
        + "Conditions:\n"
        + many("  C{i}: !Equals [!Ref P, w{i}]\n")(size)
        + "Resources:\n"
        + many("  R{i}: {Type: AWS::SQS::Queue, Condition: C{i}}\n")(size)
    ),
    "branches in branches": around(
        f"Conditions: {{C: !Equals [a, b]}}\nResources:\n  R:\n    {_QUEUE}\n    Properties:\n      A: ",
        nested("{Fn::If: [C, 1, ", "]}", "2"),
    ),
    "branches": around(
        f"Conditions: {{C: !Equals [a, b]}}\nResources:\n  R:\n    {_QUEUE}\n    Properties:\n",
        many("      A{i}: !If [C, !Ref AWS::NoValue, 2]\n"),
    ),
    "joined texts": around(
        "Conditions:\n  C: !Equals [b, !Join [a, [",
        "a, ",
        f"a]]]\nResources:\n  R: {{{_QUEUE}, Condition: C}}\n",
    ),
    "loops": around(
        "Resources:\n", many("  Fn::ForEach::L{i}: [N, [a], {R{i}: {Type: AWS::SQS::Queue}}]\n")
    ),
    "loops in loops": around("Resources: ", nested("{Fn::ForEach::L: [N, [a], ", "]}", "{}")),
    "attributes": around(
        f"Resources:\n  R:\n    {_QUEUE}\n    Properties:\n", many("      A{i}: !GetAtt B.C.D\n")
    ),
    "tabs in JSON": around('{"Resources": {', "\n\t\t\t", '"R": {"Type": "AWS::SQS::Queue"}}}'),
    "metadata": around("Resources:\n", many("  R{i}: {Type: AWS::SQS::Queue, Metadata: a}\n")),
}

_DOCKERFILE: Mapping[str, Callable[[int], str]] = {
    "instructions": around("FROM a:1\n", many("RUN a{i}\n")),
    "stages": many("FROM a:1 AS s{i}\nRUN b\n"),
    "stages of stages": lambda size: (
        "FROM a:1 AS s0\n"
        + "".join(f"FROM s{i - 1} AS s{i}\n" for i in range(1, size // 20))
        + "RUN a\n"
    ),
    "work directories": both(
        around("FROM a:1\nWORKDIR ", "a/", "\n"), many("WORKDIR a{i}\n"), lambda size: "RUN a\n"
    ),
    "variables and instructions": both(
        around("FROM a:1\nENV ", many("A{i}=1 "), "\n"), many("RUN make $A{i}\n")
    ),
    "variables and stages": both(
        around("FROM a:1 AS a\nENV ", many("A{i}=1 "), "\n"), many("FROM a AS s{i}\nRUN b\n")
    ),
    "stages and mounts": lambda size: (
        many("FROM a:1 AS s{i}\n")(size // 2)
        + around("RUN --mount=", many("from=s{i},"), " a\n")(size // 2)
    ),
    "copies from stages": lambda size: (
        many("FROM a:1 AS s{i}\n")(size)
        + "".join(f"COPY --from=s{i} a b\n" for i in range(size // 24))
    ),
    "stages that come later": many("FROM s{i}1 AS s{i}\n"),
    "variables": around("FROM a:1\n", many("ENV A{i}=1\n"), "RUN a\n"),
    "variables of stages": lambda size: (
        "FROM a:1 AS s0\n"
        + many("ENV A{i}=1\n")(size // 2)
        + "".join(f"FROM s{i - 1} AS s{i}\n" for i in range(1, size // 40))
        + "RUN a\n"
    ),
    "variables that repeat": lambda size: (
        "FROM a:1\nENV A0=xx\n"
        + "".join(f"ENV A{i}=$A{i - 1}$A{i - 1}\n" for i in range(1, size // 24))
        + "RUN a\n"
    ),
    "one long RUN": around("FROM a:1\nRUN ", "a && "),
    "pieces": around("FROM a:1\nRUN ", "true; ", "true\n"),
    "assignments": around("FROM a:1\nRUN ", "A=1 ", "true\n"),
    "a long word": around("FROM a:1\nRUN true ", "a", "\n"),
    "a long quoted word": around('FROM a:1\nRUN true "', "a ", '"\n'),
    "open quotes": around('FROM a:1\nRUN true "', '\\"', "\n"),
    "open quotes in compounds": around("FROM a:1\nRUN if false; then ", "if a; then ", "\n"),
    "digits": around("FROM a:1\nRUN true ", "1", "\n"),
    "heredocs of one line": around("FROM a:1\nRUN ", "<<E", "\nE\n"),
    "heredocs": around("FROM a:1\n", many("RUN <<E{i}\ntrue\nE{i}\n")),
    "a long heredoc": around("FROM a:1\nRUN <<E\n", many("true {i}\n"), "E\n"),
    "heredocs that stay open": around("FROM a:1\nRUN true <<A <<B <<C\n", many("true {i}\n")),
    "heredocs within": around("FROM a:1\nRUN sh <<'X'\n", many("cat <<E{i}\n"), "X\n"),
    "quoted heredocs": around("FROM a:1\nRUN true ", "<<'E", "\n"),
    "copied heredocs": around("FROM a:1\n", many("COPY <<E{i} /a\ntrue\nE{i}\n")),
    "comments within": around("FROM a:1\nRUN a \\\n", many("# comment {i}\n"), "b\n"),
    "continuations": around("FROM a:1\nRUN a", " \\\n ", "b\n"),
    "flags": around("FROM a:1\nRUN ", "--mount=a ", "a\n"),
    "quoted flags": around("FROM a:1\nRUN ", '--a="', "a\n"),
    "a list of words": around('FROM a:1\nRUN ["', 'a","', 'a"]\n'),
    "a nested list": around("FROM a:1\nRUN ", "[", "\n"),
    "shells": around("FROM a:1\nRUN ", "sh -c 'true' ; ", "true\n"),
    "substitutions": around("FROM a:1\nRUN true ", "$(", "\n"),
    "directives": many("# check=skip=a{i}\n"),
    "pragmas": around("FROM a:1\nRUN true ", "# shellcheck ", "\n"),
    "labels": around("FROM a:1\nLABEL ", "a=1 ", "\nRUN a\n"),
    "braces": around("FROM a:1\nENV A=", "${A:-", "\nRUN a\n"),
    "onbuild": around("FROM a:1\n", many("ONBUILD RUN a{i}\n"), "RUN a\n"),
    "sources": around("FROM a:1\nCOPY ", "a ", "b\nRUN a\n"),
    "mounts": around("FROM a:1\nRUN --mount=", "from=a,", " a\n"),
    "glue": around("FROM a:1\nRUN ", "then ", "\n"),
    "compounds": around("FROM a:1\nRUN ", "while false; do ", "\n"),
}

_BASH: Mapping[str, Callable[[int], str]] = {
    "commands": many("echo {i}\n"),
    "lists": around("echo a", " && echo b", "\n"),
    "lists of constants": around("true", " && true", "\n"),
    "alternatives": around("true", " || true", "\n"),
    "pipes": around("echo a", " | cat", "\n"),
    "comparisons": around("if [ ", "=", " x y ]; then echo; fi\n"),
    "many comparisons": many("if [ a = b ]; then echo; fi\n"),
    "elifs": around("if [ $a ]; then echo\n", "elif true; then echo\n", "fi\n"),
    "nested conditions": nested("if true; then\n", "fi\n", "echo\n"),
    "nested loops": nested("while true; do\n", "done\n", "echo\n"),
    "nested groups": nested("{ ", "; }", "echo"),
    "nested subshells": nested("( ", " )", "echo"),
    "nested substitutions": nested("echo $(", ")", "echo"),
    "nested substitutions in quotes": nested('echo "$(', ')"', "echo"),
    "nested tests": nested("[[ a && ( ", " ) ]]", "b"),
    "negations": around("", "! ", "true\n"),
    "negated conditions": around("if ", "! ", "true; then echo; fi\n"),
    "functions": many("f{i}() { echo; }\n"),
    "functions that call": lambda size: (
        "".join(f"f{i}() {{ f{i + 1}; f{i + 1}; }}\n" for i in range(size // 24)) + "f0\n"
    ),
    "nested functions": lambda size: (
        "".join(f"f{i}() {{\n" for i in range(size // 12)) + "echo\n" + "}\n" * (size // 12)
    ),
    "prefixes": around("", "exec ", "echo\n"),
    "options of prefixes": around("env ", "-i ", "echo\n"),
    "words": around("echo ", "a ", "\n"),
    "one word": around("echo ", "a", "\n"),
    "assignments": many("a{i}=1\n"),
    "variables": lambda size: many("a{i}=1\n")(size) + many("echo $a{i}\n")(size),
    "redirections": many("echo a > /dev/null\n"),
    "redirections of one": around("echo", " > /dev/null", "\n"),
    "here-documents": many("cat <<E{i}\na\nE{i}\n"),
    "a here-document": around("cat <<E\n", many("a {i}\n"), "E\n"),
    "open here-documents": many("cat <<E{i}\n"),
    "set options": around("set -", "n", "X\n"),
    "traps": many("trap 'echo {i}' EXIT\n"),
    "cases": around("case a in\n", many("a{i}) echo;;\n"), "esac\n"),
    "arithmetic": nested("((", "))", "1"),
    "a long number": around("if ((", "1", ")); then echo; fi\n"),
    "a shebang": around("#! ", "-", "\x01\necho\n"),
    "a wide shebang": around("#!", " ", "x\necho\n"),
    "pragmas": many("# shellcheck disable=SC{i}\necho\n"),
    "quotes within words": around("echo ", "'a'\"b\"", "\n"),
    "exits": many("exit {i}\n"),
    "loops of variables": many("for a{i} in b; do echo $a{i}; done\n"),
    "eval": around("eval ", "f ", "\nf() { echo; }\n"),
}

_RESOURCE = 'resource "aws_s3_bucket" "a" {\n'

_TERRAFORM: Mapping[str, Callable[[int], str]] = {
    "resources": many('resource "aws_s3_bucket" "b{i}" {}\n'),
    "attributes": around(_RESOURCE, many("  a{i} = 1\n"), "}\n"),
    "variables": lambda size: many('variable "v{i}" {}\n')(size) + _RESOURCE + "}\n",
    "used variables": lambda size: (
        many('variable "v{i}" {}\n')(size) + _RESOURCE + many("  a{i} = var.v{i}\n")(size) + "}\n"
    ),
    "variables used by themselves": lambda size: (
        _RESOURCE
        + "}\n"
        + 'variable "v" {\n  a = ['
        + "var.v, " * (size // 7)
        + "]\n}\n"
        + many('variable "v" {}\n')(size)
    ),
    "one variable many times": lambda size: (
        _RESOURCE + "}\nlocals {\n" + many("  a = local.a\n")(size) + "}\n"
    ),
    "locals": lambda size: _RESOURCE + "}\nlocals {\n" + many("  a{i} = {i}\n")(size) + "}\n",
    "data sources": lambda size: _RESOURCE + "}\n" + many('data "aws_ami" "d{i}" {}\n')(size),
    "secrets": around(_RESOURCE, many('  password = "a{i}"\n'), "}\n"),
    "requirements of another version": around(
        "terraform {\n  required_providers {\n",
        many('    p{i} = { source = "hashicorp/aws", version = "~> 1.{i}" }\n'),
        "  }\n}\n" + _RESOURCE + "}\n",
    ),
    "providers of another version": lambda size: (
        many('provider "aws" {\n  version = "~> 1.{i}"\n}\n')(size) + _RESOURCE + "}\n"
    ),
    "items of an object": around(_RESOURCE + "  a = {", many(" password{i} = 1,"), "}\n}\n"),
    "one item": around(_RESOURCE + "  a = { ", "a", " = 1 }\n}\n"),
    "an open item": around(_RESOURCE + "  a = { password = ", '"a\\', "\n}\n}\n"),
    "keys": around(_RESOURCE + '  a = "', "AKIA", '"\n}\n'),
    "private keys": around(_RESOURCE + '  a = "-----BEGIN ', "A ", '"\n}\n'),
    "private keys begun": around(_RESOURCE + '  a = "', "-----BEGIN A ", '"\n}\n'),
    "nested blocks": around("", nested("a {\n", "}\n")),
    "nested objects": around(_RESOURCE + "  a = ", nested("{ a = ", " }", "1"), "\n}\n"),
    "nested lists": around(_RESOURCE + "  a = ", nested("[", "]"), "\n}\n"),
    "nested calls": around(_RESOURCE + "  a = ", nested("f(", ")"), "\n}\n"),
    "nested templates": around(_RESOURCE + "  a = ", nested('"${', '}"', "a"), "\n}\n"),
    "templates": around(_RESOURCE + '  a = "', "${a}", '"\n}\n'),
    "open templates": around(_RESOURCE + '  a = "', "${", '"\n}\n'),
    "operators": around(_RESOURCE + "  a = ", "1 + ", "1\n}\n"),
    "a long text": around(_RESOURCE + '  a = "', "a ", '"\n}\n'),
    "a long name": around(_RESOURCE, "a", " = 1\n}\n"),
    "dots": around(_RESOURCE + "  a = a", ".a", "\n}\n"),
    "references": around(_RESOURCE + "  a = [", "var.", "]\n}\n"),
    "spaced references": around(_RESOURCE + "  a = var", " ", "\n}\n"),
    "data references": around(_RESOURCE + "  a = [", "data.a", "]\n}\n"),
    "comments": around("", many("# comment {i}\n"), _RESOURCE + "}\n"),
    "open comments": around(_RESOURCE, "/* a */ ", "}\n"),
    "comments of blocks": around("", many("/* a {i} */\n"), _RESOURCE + "}\n"),
    "heredocs": around(_RESOURCE, many("  a{i} = <<E\n  x\n  E\n"), "}\n"),
    "a long heredoc": around(_RESOURCE + "  a = <<E\n", many("  x {i}\n"), "E\n}\n"),
    "an open heredoc": around(_RESOURCE + "  a = <<E\n", many("  x {i}\n"), "}\n"),
    "spaces of a heredoc": around(_RESOURCE + "  a = <<E\n", " ", "\nE\n}\n"),
    "white space in brackets": around(_RESOURCE + "  a = [", " \n", "]\n}\n"),
    "requirements": around(
        "terraform {\n  required_providers {\n",
        many('    p{i} = { source = "a/b{i}", version = "~> 1.{i}" }\n'),
        "  }\n}\n" + _RESOURCE + "}\n",
    ),
    "backends": lambda size: (
        "terraform {\n" + many('  backend "s3" {}\n')(size) + "}\n" + _RESOURCE + "}\n"
    ),
    "versions": lambda size: (
        many('terraform {\n  required_version = "< 0.{i}"\n}\n')(size) + _RESOURCE + "}\n"
    ),
    "a wide version": around(
        'terraform {\n  required_version = "', " ", 'x"\n}\n' + _RESOURCE + "}\n"
    ),
    "terms of a version": around(
        'terraform {\n  required_version = "', ">0, ", '>0"\n}\n' + _RESOURCE + "}\n"
    ),
    "parts of a version": around(
        'terraform {\n  required_version = "1', ".1", '"\n}\n' + _RESOURCE + "}\n"
    ),
    "modules": lambda size: (
        _RESOURCE + "}\n" + many('module "m{i}" {\n  source = "a/b{i}/c"\n}\n')(size)
    ),
    "local modules": lambda size: (
        _RESOURCE + "}\n" + many('module "m{i}" {\n  source = "./m{i}"\n}\n')(size)
    ),
    "remote states": lambda size: (
        _RESOURCE + "}\n" + many('data "terraform_remote_state" "s{i}" {}\n')(size)
    ),
    "providers": lambda size: (
        many('provider "aws" {\n  alias = "a{i}"\n}\n')(size) + _RESOURCE + "}\n"
    ),
    "labels": around("resource", ' "a"', " {}\n"),
}

_JSON_HEAD = '{"resource": {"aws_s3_bucket": {"a": {"bucket": "b"}}}, '

_TERRAFORM_JSON: Mapping[str, Callable[[int], str]] = {
    "properties": around(_JSON_HEAD + '"locals": {', many('"a{i}": 1, '), '"z": 1}}\n'),
    "variables": around(_JSON_HEAD + '"variable": {', many('"a{i}": {}, '), '"z": {}}}\n'),
    "lists": around(_JSON_HEAD + '"locals": [', many('{"a{i}": 1}, '), '{"z": 1}]}\n'),
    "a long text": around(_JSON_HEAD + '"locals": {"a": "', "a", '"}}\n'),
    "an open text": around(_JSON_HEAD + '"locals": {"a": "', '\\"', "\n"),
    "a nested list": around(_JSON_HEAD + '"locals": {"a": ', "[", "\n"),
    "white space": around(_JSON_HEAD, " ", "}\n"),
    "backends": around(
        _JSON_HEAD + '"terraform": [', many('{"backend": {"s{i}": {}}}, '), "{}]}\n"
    ),
    "digits": around(_JSON_HEAD + '"locals": {"a": ', "1", "}}\n"),
}

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

_PYTHON: Mapping[str, Callable[[int], str]] = {
    "imports": many("import a{i}\n"),
    "dotted imports": around("import a", ".b", "\n"),
    "names": around("from a import (", many("b{i}, "), "c)\nprint(c)\n"),
    "calls": many("f(a={i})\n"),
    "functions": many("def f{i}(): pass\n"),
    "assignments": many("a{i} = 1\n"),
    "operators": around("a = ", "1 + ", "1\n"),
    "nested calls": around("a = ", nested("f(", ")"), "\n"),
    "nested lists": around("a = ", nested("[", "]"), "\n"),
    "attributes": around("a = b", ".c", "\n"),
    "strings": many('"a"\n'),
    "strings of one line": around("", '"a"; ', "\n"),
    "letters of two bytes and strings of one line": around("", 'é; "a"; ', "\n"),
    "comments behind code": many("a = 1  # comment {i}\n"),
    "a long string": around('"""', many("line {i}\n"), '"""\n'),
    "comments": many("# comment {i}\n"),
    "a project": around("", many("x{i}: y\n")),
}

_MLPROJECT: Mapping[str, Callable[[int], str]] = {
    "entry points": around("entry_points:\n", many("  e{i}: {command: python a.py}\n")),
    "a command of one word": around("entry_points:\n  a:\n    command: ", "a", "\n"),
    "a command of many words": around("entry_points:\n  a:\n    command: ", "a.py ", "\n"),
    "placeholders": around("entry_points:\n  a:\n    command: '", "{a}", "'\n"),
    "nested placeholders": around("entry_points:\n  a:\n    command: '", "{", "'\n"),
    "parameters": lambda size: (
        "entry_points:\n  a:\n    parameters:\n"
        + many("      p{i}: float\n")(size)
        + "    command: '"
        + many("{p{i}}")(size)
        + "'\n"
    ),
}

# --- Helm: the templates of a chart --------------------------------------------------------------

_CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n"

_TEMPLATES: Mapping[str, Callable[[int], str]] = {
    "actions": many("a{i}: {{ .Values.a }}\n"),
    "actions of one line": around("a: ", "{{ .a }}"),
    "open actions": around("a: ", "{{ "),
    "open actions and quotes": around("", '{{ "\n'),
    "open actions and back-ticks": around("", "{{ ` "),
    "comments in actions": many("{{/* {i} */}}\n"),
    "open comments in actions": around("", "{{/* \n"),
    "comments and quotes": around("", '{{- /* " \n'),
    "blank in actions": around("{{-", " ", "/* a */}}"),
    "blocks of text": many("a{i}: |\n  {{ .a }}\n"),
    "a block of text": around("a: |\n", many("  {{/* {i} */}} a\n")),
    "heads of blocks": around("", "- | "),
    "items in items": around("", "- "),
    "items": many("- {i}\n"),
    "keys without a value": many("a{i}:\n"),
    "colons": around("a", ":"),
    "separators": around("", "---\n"),
    "sources": many("# Source: web/templates/a{i}.yaml\n"),
    "resources of hooks": many(
        "---\napiVersion: v1\nkind: ConfigMap\n"
        "metadata: {name: a{i}, annotations: {helm.sh/hook: test}}\ndata: {a: b}\n"
    ),
    "resources with an unknown key": many(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a{i}}\nunknown: {a: b}\n"
    ),
    "a key that is wrong many times": around(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n",
        many("  - {port: a}\n"),
    ),
    "declarations": around(_CONFIG_MAP + "  a: b\n", many("# external: Secret/s{i}\n")),
}

_DEPENDENCIES: Mapping[str, Callable[[int], str]] = {
    "dependencies": around(
        "apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n",
        many("  - {name: a{i}, version: 1.0.0, repository: 'https://a.example'}\n"),
    ),
    "conditions": around(
        "apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n"
        "  - {name: a, repository: 'https://a.example', condition: '",
        "a.b,",
        "c'}\n",
    ),
    "a deep condition": around(
        "apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n"
        "  - {name: a, repository: 'https://a.example', condition: '",
        "a.",
        "c'}\n",
    ),
}


def _chart(grow: Callable[[int], str]) -> Growth:
    metadata = "```yaml path=Chart.yaml\napiVersion: v2\nname: web\nversion: 0.1.0\n```\n"
    return lambda size: f"{metadata}```yaml path=templates/a.yaml\n{grow(size)}\n```\n"


# --- Kustomize: kustomizations and what they refer to --------------------------------------------

_KUSTOMIZATIONS: Mapping[str, Callable[[int], str]] = {
    "resources": around("resources:\n", many("  - a{i}.yaml\n")),
    "resources that would be fetched": around("resources:\n", many("  - https://a.example/{i}\n")),
    "folders": around("resources:\n", many("  - ../a{i}\n")),
    "the folder itself": around("resources:\n", many("  - .\n")),
    "a long way up": around("resources: ['", "../", "']\n"),
    "a long way down": around("resources: ['", "a/", "']\n"),
    "a long host": around("resources: ['", "a.", "@b']\n"),
    "a long query": around("resources: ['", "a?", "ref=1']\n"),
    "a long scheme": around("resources: ['", "a+", "://b']\n"),
    "charts": around("helmCharts:\n", many("  - {name: a{i}, repo: 'https://a.example'}\n")),
    "generators": around("configMapGenerator:\n", many("  - {name: a{i}, literals: [a=b]}\n")),
}

_BUILT: Mapping[str, Callable[[int], str]] = {
    "resources with an unknown key": _TEMPLATES["resources with an unknown key"],
    "resources of one kind": many(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a{i}}\ndata: {a: b}\n"
    ),
    "resources of one name": many(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n"
    ),
    "lists": many("---\napiVersion: v1\nkind: List\nitems: [{kind: A}, {kind: B}]\n"),
}


def _kustomized(grow: Callable[[int], str]) -> Growth:
    top = "```yaml path=kustomization.yaml\nresources: [a.yaml]\nnamePrefix: b-\n```\n"
    return lambda size: f"{top}```yaml path=a.yaml\n{grow(size)}\n```\n"


def _folders(size: int) -> str:
    count = min(60, max(2, size // 600))
    return "".join(
        f"```yaml path=o{i}/kustomization.yaml\nresources: [../o{i + 1}]\n"
        + "# a comment\n" * (size // count // 12)
        + "```\n"
        for i in range(count)
    )


_OWN: Mapping[str, tuple[str, tuple[Mapping[str, Callable[[int], str]], ...]]] = {
    "kubernetes": ("yaml", (_YAML, _KUBERNETES)),
    "compose": ("yaml", (_YAML, _COMPOSE)),
    "github-actions": ("yaml", (_YAML, _GITHUB)),
    "gitlab-ci": ("yaml", (_YAML, _GITLAB)),
    "azure-pipelines": ("yaml", (_YAML, _AZURE_CASES)),
    "circleci": ("yaml", (_YAML, _CIRCLECI)),
    "bitbucket-pipelines": ("yaml", (_YAML, _BITBUCKET_CASES)),
    "cloudformation": ("yaml", (_YAML, _CLOUDFORMATION)),
    "dockerfile": ("dockerfile", (_DOCKERFILE,)),
    "bash": ("bash", (_BASH,)),
    "terraform": ("hcl", (_TERRAFORM,)),
    "jenkinsfile": ("groovy", (_JENKINSFILE,)),
    "python": ("python", (_PYTHON,)),
    "helm": ("yaml", (_YAML, _DEPENDENCIES)),
    "kustomize": ("yaml", (_YAML, _KUSTOMIZATIONS)),
}

_OF_PARTS: Mapping[str, Mapping[str, Growth]] = {
    "terraform": {
        f"JSON: {name}": _fenced("hcl path=main.tf.json", grow)
        for name, grow in _TERRAFORM_JSON.items()
    },
    "python": {
        f"MLproject: {name}": _fenced("yaml path=MLproject", grow)
        for name, grow in _MLPROJECT.items()
    },
    "helm": {
        f"templates: {name}": _chart(grow)
        for table in (_TEXTS, _YAML, _KUBERNETES, _TEMPLATES)
        for name, grow in table.items()
    },
    "kustomize": {
        "folders in a row": _folders,
        **{
            f"resources: {name}": _kustomized(grow)
            for table in (_YAML, _KUBERNETES, _BUILT)
            for name, grow in table.items()
        },
    },
}
"""Texts that stand in one of several files, or under a name of their own."""

CASES: Mapping[str, Mapping[str, Growth]] = {
    format_name: {
        **{name: _labelled(label, grow) for name, grow in _COMPLETIONS.items()},
        **{name: _fenced(label, grow) for name, grow in _TEXTS.items()},
        **{name: _fenced(label, grow) for table in tables for name, grow in table.items()},
        **_OF_PARTS.get(format_name, {}),
    }
    for format_name, (label, tables) in _OWN.items()
}
"""By format and name."""
