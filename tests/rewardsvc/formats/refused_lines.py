"""Where a finding stands, though its row's two inputs differ in another line.

A row's inputs are laid out with one key a line, and what is found stands in the line in which they
differ, or in the one that is told here, by format and code.
"""

import difflib
from collections.abc import Mapping

import yaml

from rewardsvc.verification.refusals import Refusal
from rewardsvc.yaml12 import load_documents

LAID_OUT = frozenset(
    {"azure-pipelines", "bitbucket-pipelines", "circleci", "compose", "github-actions"}
    | {"gitlab-ci", "kubernetes"}
)
"""Formats in YAML whose rows can be laid out anew."""

BESIDE_A_LACK: Mapping[str, str] = {
    "kubernetes name-servers": "dnsPolicy: None",
    "kubernetes no-image": "- name: first",
    "kubernetes host-port-twice": "hostPort: 80",
    "kubernetes variables-source": "- prefix: A_",
    "kubernetes probe-handler": "livenessProbe:",
    "kubernetes init-container": "startupProbe:",
    "kubernetes mount-both-ways": "mountPropagation: Bidirectional",
    "kubernetes huge-pages": "hugepages-2Mi: 4Mi",
    "kubernetes seccomp-profile": "seccompProfile:",
    "kubernetes restart-job": "spec:",
    "kubernetes daemon-surge": "maxSurge: 1",
    "kubernetes indexed": "completionMode: Indexed",
    "kubernetes target": "target:",
    "kubernetes service-of-type": "nodePort: 30080",
    "kubernetes no-ports": "spec:",
    "kubernetes port-name": "- port: 81",
    "kubernetes port-twice": "- port: 80",
    "kubernetes no-access-mode": "spec:",
    "kubernetes claim-size": "spec:",
    "kubernetes local-volume": "local:",
    "kubernetes secret-keys": "type: kubernetes.io/tls",
    "kubernetes subject": "- kind: ServiceAccount",
    "kubernetes review-versions": "admissionReviewVersions:",
    "kubernetes ray-job": "ttlSecondsAfterFinished: 60",
    "kubernetes workflow-step": "template: count",
    "kubernetes certificate-subject": "spec:",
    "kubernetes ray-suspend": "suspend: true",
    "kubernetes knative-percent": "traffic:",
    "kubernetes knative-route": "- percent: 100",
    "kubernetes event-destination": "uri: /events",
    "kubernetes istio-routes": "spec:",
    "kubernetes istio-server": "protocol: HTTPS",
    "kubernetes host-process": "hostProcess: true",
    "kubernetes limit-claims": "- type: PersistentVolumeClaim",
    "kubernetes policy-parameters": "paramKind:",
    "kubernetes policy-reference": "paramRef:",
    "kubernetes flow-response": "limitResponse:",
    "kubernetes workflow-argument": "template: count",
    "kubernetes workflow-output": "- name: a",
    "kubernetes gateway-certificate": "tls:",
    "azure-pipelines repository": "- template: test.yml@shared",
    "bitbucket-pipelines caches": "- cargo",
    "bitbucket-pipelines services": "- cache",
    "bitbucket-pipelines memory": "services:",
    "bitbucket-pipelines trigger": "default:",
    "circleci orb": "- node/install",
    "circleci executor": "executor: box",
    "circleci command": "- prepare",
    "circleci parameter": "level: 3",
    "circleci schedule": "- schedule:",
    "compose no-image": "app:",
    "compose service": "- db",
    "compose networks": "- back",
    "compose volumes": "- data:/data",
    "compose configs": "- site",
    "compose secrets": "- token",
    "compose models": "- small",
    "compose context": "base: service:base",
    "compose no-content": "token:",
    "compose healthcheck-test": "- curl",
    "dockerfile copy-from": "COPY --from=builder /a /a",
    "dockerfile image": "FROM python:${TAG}",
    "jenkinsfile required": "pipeline {",
    "terraform fargate-network": 'launch_type     = "FARGATE"',
    "gitlab-ci start-in": "when: delayed",
}
"""The accepted input has a line more: the finding is at what needs it, or what would hold it."""

AT_THE_OTHER_END: Mapping[str, str] = {
    "kubernetes process-namespaces": "shareProcessNamespace: true",
    "kubernetes toleration": "value: 'true'",
    "kubernetes node-values": "- key: zone",
    "kubernetes volume-sources": "hostPath:",
    "kubernetes container-twice": "- name: web",
    "kubernetes variable-value": "valueFrom:",
    "kubernetes hook-handler": "sleep:",
    "kubernetes success-threshold": "successThreshold: 2",
    "kubernetes readiness-grace": "terminationGracePeriodSeconds: 5",
    "kubernetes privileges": "allowPrivilegeEscalation: false",
    "kubernetes recreate": "rollingUpdate:",
    "kubernetes on-delete": "rollingUpdate:",
    "kubernetes failure-policy": "podFailurePolicy:",
    "kubernetes replicas": "maxReplicas: 3",
    "kubernetes budget": "maxUnavailable: 1",
    "kubernetes volume-source": "nfs:",
    "kubernetes limit-default": "default:",
    "kubernetes role-url": "- nonResourceURLs:",
    "kubernetes training-container": "containers:",
    "kubernetes prometheus-rule": "- expr: up == 0",
    "kubernetes workflow-sequence": "end: 5",
    "kubernetes workflow-leaf": "activeDeadlineSeconds: 60",
    "kubernetes inference-framework": "model:",
    "kubernetes issuer-type": "ca:",
    "kubernetes istio-route": "- route:",
    "kubernetes istio-port-twice": "- port:",
    "kubernetes job-selector": "selector:",
    "kubernetes controller-selector": "selector:",
    "kubernetes load-balancer-field": "loadBalancerSourceRanges:",
    "kubernetes class-parameters": "namespace: team",
    "kubernetes quota-selector": "operator: In",
    "kubernetes device-choice": "count: 2",
    "kubernetes definition-keyword": "additionalProperties:",
    "kubernetes block-device": "- name: data",
    "kubernetes graph-root": "nodes:",
    "kubernetes graph-weights": "steps:",
    "kubernetes ray-fault-tolerance": "gcsFaultToleranceOptions:",
    "kubernetes ray-interactive": "backoffLimit: 2",
    "kubernetes istio-resolution": "- '*.example.org'",
    "azure-pipelines cycle": "dependsOn: b",
    "bitbucket-pipelines script": "- step:",
    "bitbucket-pipelines environment": "environment: test",
    "circleci cycle": "jobs:",
    "circleci executors": "test:",
    "compose cycle": "depends_on:",
    "compose replicas": "container_name: web",
    "compose mount-source": "source: ./site",
    "compose fixed-address": "ipv4_address: 10.0.0.5",
    "compose memory-twice": "mem_limit: 1g",
    "compose reservation-twice": "mem_reservation: 1g",
    "compose pids-twice": "pids_limit: 100",
    "compose platforms": "platforms:",
    "jenkinsfile stage-work": "stage('test') {",
    "terraform fargate-size": "memory                   = 4096",
    "terraform reserved-variable": "environment {",
    "terraform all-protocols": "egress {",
    "terraform master-user": 'username                    = "admin"',
    "terraform record-value": 'records = ["web.example.org"]',
    "terraform subnet-overlap": 'cidr_block = "10.0.1.0/24"',
    "python remote-option": "def f():",
    "python remote-quantity": "def f():",
    "gitlab-ci extends": "extends: .base",
    "gitlab-ci extends-depth": "extends: .b1",
    "gitlab-ci stage": "stage: ship",
    "gitlab-ci no-script": "unit:",
    "gitlab-ci needs-duplicate": "- job: lint",
    "gitlab-ci on-stop": "on_stop: stop",
    "github-actions concurrency-deadlock": "concurrency: deploy",
    "github-actions container-runner": "container: node:22",
}
"""Two lines do not fit together, and the inputs differ in the other one."""

OF_A_WHOLE: Mapping[str, str] = {
    "kubernetes annotations-size": "annotations:",
    "kubernetes rolling-update": "rollingUpdate:",
    "kubernetes data-size": "data:",
    "kubernetes definition-versions": "versions:",
    "bitbucket-pipelines steps": "default:",
    "circleci matrix": "- test:",
    "gitlab-ci caches": "cache:",
    "gitlab-ci matrix": "parallel:",
    "github-actions matrix-jobs": "matrix:",
}
"""It is too many or too much of something together."""

ELSEWHERE = {**BESIDE_A_LACK, **AT_THE_OTHER_END, **OF_A_WHOLE}


class _Block(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Block.add_representer(str, _text)


def laid_out(text: str) -> str:
    """The same documents and comments, one key or item a line."""
    comments = "".join(line for line in text.splitlines(True) if line.startswith("#"))
    return comments + "---\n".join(
        yaml.dump(document.value, Dumper=_Block, sort_keys=False, width=10**9, allow_unicode=True)
        for document in load_documents(text)
    )


def can_be_laid_out(format: str, rule: Refusal[object]) -> bool:
    """Not what a tag or an anchor says, which a layout would lose."""
    return format in LAID_OUT and not {"!", "&"} & {*rule.refused, *rule.accepted}


def differing(refused: str, accepted: str) -> set[int]:
    """The lines of the refused input that the accepted one does not have, 1-based."""
    one, other = refused.splitlines(), accepted.splitlines()
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return {
        line + 1
        for kind, first, last, _, _ in matcher.get_opcodes()
        if kind != "equal"
        for line in range(first, last)
    }
