"""Charts that are there and change: what is fixed becomes values, pods get an account."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.helm.charts import (
    NAME,
    GivenChart,
    app_version,
    changed_in,
    default_is,
    deployment_of,
    files_of,
    given_chart,
    released,
    rendered_is,
    values_of,
)
from datagen.pins import ast, documents, of_kind
from datagen.topic import Topic

_CONTAINER = "spec.template.spec.containers[0]"


@dataclass(frozen=True, slots=True)
class FixedChart(GivenChart):
    """A chart in which everything is fixed, and what one environment wants otherwise."""

    level: str
    environment: str
    more_replicas: int
    other_tag: str
    other_level: str


def _sample_fixed(rng: Random) -> FixedChart:
    chart = given_chart(rng)
    level, other = rng.sample(("debug", "info", "warning", "error"), 2)
    return FixedChart(
        **chart,
        level=level,
        environment=rng.choice(("production", "staging", "qa", "demo")),
        more_replicas=chart["replicas"] + rng.randint(1, 6),
        other_tag=app_version(rng),
        other_level=other,
    )


def _fixed_template(s: FixedChart, replicas: str, image: str, level: str) -> str:
    text = deployment_of(s)
    written = '"{{ .Values.image.repository }}:{{ .Values.image.tag }}"'
    return (
        text.replace("{{ .Values.replicaCount }}", replicas).replace(written, image)
        + f"          env:\n            - name: LOG_LEVEL\n              value: {level}\n"
    )


def _fixed_given(s: FixedChart) -> dict[str, str]:
    return files_of(s) | {
        "values.yaml": "service:\n  port: 80\n",
        "templates/deployment.yaml": _fixed_template(
            s, str(s.replicas), f"{s.repository}:{s.tag}", s.level
        ),
        f"ci/{s.environment}-values.yaml": f"""\
replicaCount: {s.more_replicas}
image:
  tag: {s.other_tag}
logLevel: {s.other_level}
""",
    }


def _fixed_brief(s: FixedChart) -> Brief:
    values = lit(f"ci/{s.environment}-values.yaml")
    name, level = lit(s.name), f"{_CONTAINER}.env[?name=='LOG_LEVEL'].value | [0]"
    repository, tag = lit(".Values.image.repository"), lit(".Values.image.tag")
    count, log = lit(".Values.replicaCount"), lit(".Values.logLevel")
    return Brief(
        need(
            f"values for what is hard-coded in the Deployment of the Helm chart {name} below",
            f"a version of the Helm chart {name} below with what is hard-coded in its"
            " Deployment moved to values.yaml",
            f"a Deployment template for the Helm chart {name} that follows, with values in"
            " place of what is hard-coded",
            pins=[
                of_kind("Deployment", "metadata.name", released(s.name)),
                documents(f"[?kind=='Deployment'] | [0].{level}", s.level),
            ],
        ),
        (
            changed_in(s, "values.yaml", "templates/deployment.yaml"),
            need(
                f"image from {repository} and {tag}",
                f"The image becomes {repository} and its tag {tag}",
                f"Take the image from {repository} and the tag from {tag}",
                pins=[
                    default_is("image.repository", s.repository),
                    default_is("image.tag", s.tag),
                    rendered_is(
                        s.environment,
                        "Deployment",
                        f"{_CONTAINER}.image",
                        f"{s.repository}:{s.other_tag}",
                    ),
                ],
            ),
            need(
                f"replicas from {count}",
                f"The number of replicas becomes {count}",
                pins=[
                    default_is("replicaCount", s.replicas),
                    rendered_is(s.environment, "Deployment", "spec.replicas", s.more_replicas),
                ],
            ),
            need(
                f"LOG_LEVEL from {log}",
                f"The variable LOG_LEVEL becomes {log}",
                f"{log} is what LOG_LEVEL is set to",
                pins=[
                    default_is("logLevel", s.level),
                    rendered_is(
                        s.environment, "Deployment", f"{_CONTAINER}.env[0].value", s.other_level
                    ),
                ],
            ),
            need(
                "defaults as they are now: without other values the same is installed",
                "The defaults are what is hard-coded now, so that an upgrade changes nothing",
                "Without other values it must install exactly what it does now",
            ),
            need(
                f"has to work with {values}, too",
                f"Installed with {values}, what that sets must take effect",
                f"{values} is what we want to install it with",
                pins=[rendered_is(s.environment, "Service", "spec.ports[0].port", 80)],
            ),
        ),
    )


def _fixed_answer(s: FixedChart) -> dict[str, str]:
    image = '"{{ .Values.image.repository }}:{{ .Values.image.tag }}"'
    return {
        "values.yaml": f"{values_of(s)}logLevel: {s.level}\n",
        "templates/deployment.yaml": _fixed_template(
            s, "{{ .Values.replicaCount }}", image, "{{ .Values.logLevel }}"
        ),
    }


FIXED = Topic(
    name="helm-make-configurable",
    format="helm",
    sample=_sample_fixed,
    brief=_fixed_brief,
    answer=_fixed_answer,
    given=_fixed_given,
)


@dataclass(frozen=True, slots=True)
class AccountChart(GivenChart):
    """An account of its own for the pods of a given chart."""

    environment: str
    cloud: str
    identity: str
    user: int


def _sample_account(rng: Random) -> AccountChart:
    chart = given_chart(rng)
    cloud, identity = rng.choice(
        (
            (
                "eks.amazonaws.com/role-arn",
                f"arn:aws:iam::{rng.choice(('111122223333', '444455556666'))}:role/{chart['name']}",
            ),
            (
                "iam.gke.io/gcp-service-account",
                f"{chart['name']}@{rng.choice(('acme-prod', 'globex-live', 'initech-eu'))}"
                ".iam.gserviceaccount.com",
            ),
        )
    )
    return AccountChart(
        **chart,
        environment=rng.choice(("production", "staging", "cloud")),
        cloud=cloud,
        identity=identity,
        user=rng.choice((1000, 1001, 10001, 65532)),
    )


def _account_given(s: AccountChart) -> dict[str, str]:
    values = f"serviceAccount:\n  annotations:\n    {s.cloud}: {s.identity}\n"
    return files_of(s) | {f"ci/{s.environment}-values.yaml": values}


def _account_brief(s: AccountChart) -> Brief:
    values = lit(f"ci/{s.environment}-values.yaml")
    annotations = lit(".Values.serviceAccount.annotations")
    account, pod = "ServiceAccount", "spec.template.spec"
    return Brief(
        need(
            f"ServiceAccount for the pods of the Helm chart {lit(s.name)} below",
            f"a ServiceAccount of its own for the Helm chart {lit(s.name)} below",
            f"a service account in the Helm chart that follows, {lit(s.name)}, which its pods use",
            pins=[
                of_kind(account, "metadata.name", released(s.name)),
                of_kind("Deployment", f"{pod}.serviceAccountName", released(s.name)),
            ],
        ),
        (
            changed_in(
                s, "values.yaml", "templates/deployment.yaml", "templates/serviceaccount.yaml"
            ),
            need(
                "named like the chart's other objects",
                "The account has the name of the chart's other objects",
            ),
            need(
                f"annotations from {annotations}, none by default",
                f"The account has the annotations of the map {annotations}, empty by default",
                f"{annotations} (a map, empty by default) becomes the account's annotations",
                pins=[
                    ast("values.serviceAccount.annotations == `{}`"),
                    documents(
                        f"[?kind=='{account}'] | length(@) == `1` && !([0].metadata.annotations)"
                    ),
                    rendered_is(
                        s.environment, account, f'metadata.annotations."{s.cloud}"', s.identity
                    ),
                ],
            ),
            need(
                "no token mounted (automountServiceAccountToken: false on the account)",
                "The account does not have its token mounted (automountServiceAccountToken)",
                pins=[of_kind(account, "automountServiceAccountToken", False)],
            ),
            need(
                f"pods run as user {num(s.user)}, never as root (runAsNonRoot)",
                f"The pod's security context has runAsNonRoot and the user {num(s.user)}",
                pins=[
                    of_kind("Deployment", f"{pod}.securityContext.runAsUser", s.user),
                    of_kind("Deployment", f"{pod}.securityContext.runAsNonRoot", True),
                ],
            ),
            need(
                f"has to work with {values}, too",
                f"Installed with {values}, what that sets must take effect",
                f"{values} is what we install it with",
            ),
        ),
    )


def _account_answer(s: AccountChart) -> dict[str, str]:
    account = f"""\
      serviceAccountName: {NAME}
      securityContext:
        runAsNonRoot: true
        runAsUser: {s.user}
"""
    return {
        "values.yaml": f"{values_of(s)}serviceAccount:\n  annotations: {{}}\n",
        "templates/deployment.yaml": deployment_of(s, account=account),
        "templates/serviceaccount.yaml": f"""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {NAME}
  {{{{- with .Values.serviceAccount.annotations }}}}
  annotations: {{{{- toYaml . | nindent 4 }}}}
  {{{{- end }}}}
automountServiceAccountToken: false
""",
    }


ACCOUNT = Topic(
    name="helm-service-account",
    format="helm",
    sample=_sample_account,
    brief=_account_brief,
    answer=_account_answer,
    given=_account_given,
)
