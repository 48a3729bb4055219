"""What the API server refuses of containers: names, ports, variables, probes, mounts, rights."""

from rewardsvc.formats.kubernetes.refusals.examples import pod
from rewardsvc.formats.kubernetes.refusals.finders.containers import (
    PROBES,
    both_ways,
    container_names,
    field_path,
    host_ports,
    huge_pages,
    on_host_network,
    only_as_sidecar,
    resource_name,
    rights,
    value_and_source,
    variable,
    without_image,
)
from rewardsvc.formats.kubernetes.refusals.rules import (
    Place,
    in_containers,
    in_pods,
    on,
    row,
)
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_LABEL,
    all_of,
    between,
    distinct,
    exclusive,
    filled,
    forbids,
    form,
    inside,
    keys_of,
    one_of,
    port,
    port_name,
    port_or_name,
    qualified,
    relative_path,
    requires,
    values_of,
    where,
)

_CORE = "kubernetes v1.34 pkg/apis/core/validation/validation.go"
_HOOKS = ("lifecycle.postStart", "lifecycle.preStop")
_HANDLERS = (*PROBES, *_HOOKS)
MAX_ID = 2**31 - 1
"""Of users and groups."""


_IDS = all_of(
    inside("runAsUser", between(0, MAX_ID)),
    inside("runAsGroup", between(0, MAX_ID)),
)
_PROFILE = where("type", frozenset({"Localhost"}), requires("localhostProfile"))
_NO_PROFILE = where(
    "type",
    frozenset({"RuntimeDefault", "Unconfined"}),
    forbids("only with the type Localhost", "localhostProfile"),
)
_CONTEXTS = (*in_containers("securityContext"), *in_pods("securityContext"))


def _profiles(kind: str) -> tuple[Place, ...]:
    return (*in_containers(f"securityContext.{kind}"), *in_pods(f"securityContext.{kind}"))


CONTAINERS = (
    row(
        "container-name",
        "the name of a container is a DNS-1123 label",
        f"{_CORE} validateContainerCommon",
        on(in_containers("name"), form(DNS_LABEL)),
        refused=pod().replace("{name: web, image", "{name: web_api, image"),
        accepted=pod().replace("{name: web, image", "{name: web-api, image"),
    ),
    row(
        "container-twice",
        "containers of a pod, those that run first among them, have names of their own",
        f"{_CORE} validateContainers, validateInitContainers",
        on(in_pods(""), container_names),
        refused=pod("initContainers: [{name: web, image: 'busybox:1'}]"),
        accepted=pod("initContainers: [{name: first, image: 'busybox:1'}]"),
    ),
    row(
        "no-image",
        "a container has an image, without blanks around it",
        f"{_CORE} validateContainerCommon",
        on(in_pods("containers.*", "initContainers.*"), without_image),
        refused=pod("initContainers: [{name: first}]"),
        accepted=pod("initContainers: [{name: first, image: 'busybox:1'}]"),
    ),
    row(
        "pull-policy",
        "imagePullPolicy is Always, IfNotPresent or Never",
        f"{_CORE} supportedPullPolicies",
        on(in_containers("imagePullPolicy"), one_of("Always", "IfNotPresent", "Never")),
        refused=pod(container="imagePullPolicy: always"),
        accepted=pod(container="imagePullPolicy: Always"),
    ),
    row(
        "termination-message",
        "terminationMessagePolicy is File or FallbackToLogsOnError",
        f"{_CORE} validateContainerCommon",
        on(in_containers("terminationMessagePolicy"), one_of("File", "FallbackToLogsOnError")),
        refused=pod(container="terminationMessagePolicy: Logs"),
        accepted=pod(container="terminationMessagePolicy: FallbackToLogsOnError"),
    ),
    row(
        "container-restart",
        "restartPolicy of a container is Always, OnFailure or Never",
        f"{_CORE} validateInitContainerRestartPolicy",
        on(in_containers("restartPolicy"), one_of("Always", "OnFailure", "Never")),
        refused=pod("initContainers: [{name: a, image: 'busybox:1', restartPolicy: always}]"),
        accepted=pod("initContainers: [{name: a, image: 'busybox:1', restartPolicy: Always}]"),
    ),
    row(
        "container-port",
        "a port of a container or of its node is between 1 and 65535",
        f"{_CORE} validateContainerPorts",
        on(in_containers("ports.*.containerPort"), port),
        on(in_containers("ports.*.hostPort"), between(0, 65535)),
        refused=pod(container="ports: [{containerPort: 80800}]"),
        accepted=pod(container="ports: [{containerPort: 8080}]"),
    ),
    row(
        "container-port-name",
        "the name of a container's port has at most 15 lower-case letters, digits and dashes",
        f"{_CORE} validateContainerPorts, IsValidPortName",
        on(in_containers("ports.*.name"), port_name),
        refused=pod(container="ports: [{containerPort: 9411, name: spans-collector-grpc}]"),
        accepted=pod(container="ports: [{containerPort: 9411, name: spans-grpc}]"),
    ),
    row(
        "container-port-twice",
        "ports of a container have names of their own",
        f"{_CORE} validateContainerPorts",
        on(in_containers("ports"), distinct("two ports of the name {!r}", "name")),
        refused=pod(
            container="ports: [{containerPort: 80, name: a}, {containerPort: 81, name: a}]"
        ),
        accepted=pod(
            container="ports: [{containerPort: 80, name: a}, {containerPort: 81, name: b}]"
        ),
    ),
    row(
        "container-protocol",
        "the protocol of a container's port is TCP, UDP or SCTP",
        f"{_CORE} supportedPortProtocols",
        on(in_containers("ports.*.protocol"), one_of("TCP", "UDP", "SCTP")),
        refused=pod(container="ports: [{containerPort: 80, protocol: tcp}]"),
        accepted=pod(container="ports: [{containerPort: 80, protocol: UDP}]"),
    ),
    row(
        "host-port-twice",
        "a port of the node is published by one container",
        f"{_CORE} checkHostPortConflicts",
        on(in_pods(""), host_ports),
        refused=pod(
            container="ports: [{containerPort: 80, hostPort: 80}, "
            "{containerPort: 81, hostPort: 80}]"
        ),
        accepted=pod(
            container="ports: [{containerPort: 80, hostPort: 80}, "
            "{containerPort: 81, hostPort: 80, protocol: UDP}]"
        ),
    ),
    row(
        "host-network-port",
        "with hostNetwork, hostPort is the containerPort",
        f"{_CORE} validateHostNetwork",
        on(in_pods(""), on_host_network),
        refused=pod("hostNetwork: true", "ports: [{containerPort: 80, hostPort: 8080}]"),
        accepted=pod("hostNetwork: true", "ports: [{containerPort: 80, hostPort: 80}]"),
    ),
    row(
        "variable-name",
        "a variable has a name, of printable ASCII characters without =",
        f"{_CORE} ValidateEnv, IsRelaxedEnvVarName",
        on(in_containers("env.*"), variable),
        refused=pod(container="env: [{name: 'A=B', value: c}]"),
        accepted=pod(container="env: [{name: 'app.A-B', value: c}]"),
    ),
    row(
        "variable-value",
        "a variable has a value or takes it from somewhere",
        f"{_CORE} validateEnvVarValueFrom",
        on(in_containers("env.*"), value_and_source),
        refused=pod(
            container="env: [{name: A, value: b, valueFrom: {fieldRef: "
            "{fieldPath: metadata.name}}}]"
        ),
        accepted=pod(
            container="env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]"
        ),
    ),
    row(
        "variable-source",
        "a variable's value comes from one place",
        f"{_CORE} validateEnvVarValueFrom",
        on(
            in_containers("env.*.valueFrom"),
            exclusive(
                "configMapKeyRef",
                "secretKeyRef",
                "fieldRef",
                "resourceFieldRef",
                "fileKeyRef",
                needed=True,
            ),
        ),
        refused=pod(container="env: [{name: A, valueFrom: {}}]"),
        accepted=pod(
            container="env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]"
        ),
    ),
    row(
        "variable-field",
        "a field that a variable takes is one that the downward API has",
        f"{_CORE} validEnvDownwardAPIFieldPathExpressions",
        on(in_containers("env.*.valueFrom.fieldRef.fieldPath"), field_path),
        refused=pod(container="env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.phase}}}]"),
        accepted=pod(
            container="env: [{name: A, valueFrom: {fieldRef: "
            "{fieldPath: \"metadata.labels['app']\"}}}]"
        ),
    ),
    row(
        "variables-source",
        "an entry of envFrom is a ConfigMap or a Secret",
        f"{_CORE} ValidateEnvFrom",
        on(
            in_containers("envFrom.*"),
            exclusive("configMapRef", "secretRef", needed=True),
        ),
        refused=pod(container="envFrom: [{prefix: A_}]"),
        accepted=pod(container="envFrom: [{prefix: A_, secretRef: {name: a}}]"),
    ),
    row(
        "probe-handler",
        "a probe has one handler: exec, httpGet, tcpSocket or grpc",
        f"{_CORE} validateHandler",
        on(
            in_containers(*PROBES),
            exclusive("exec", "httpGet", "tcpSocket", "grpc", needed=True),
        ),
        refused=pod(container="livenessProbe: {initialDelaySeconds: 5}"),
        accepted=pod(container="livenessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: 5}"),
    ),
    row(
        "hook-handler",
        "a lifecycle hook has one handler: exec, httpGet, tcpSocket or sleep",
        f"{_CORE} validateLifecycle",
        on(
            in_containers(*_HOOKS),
            exclusive("exec", "httpGet", "tcpSocket", "sleep", needed=True),
        ),
        refused=pod(
            container="lifecycle: {preStop: {exec: {command: [sync]}, sleep: {seconds: 5}}}"
        ),
        accepted=pod(container="lifecycle: {preStop: {sleep: {seconds: 5}}}"),
    ),
    row(
        "probe-counts",
        "times and thresholds of a probe are not negative",
        f"{_CORE} validateProbe",
        on(
            in_containers(*PROBES),
            all_of(
                *(
                    inside(key, between(0))
                    for key in (
                        "initialDelaySeconds",
                        "timeoutSeconds",
                        "periodSeconds",
                        "successThreshold",
                        "failureThreshold",
                    )
                ),
                inside("terminationGracePeriodSeconds", between(1)),
            ),
        ),
        refused=pod(container="livenessProbe: {tcpSocket: {port: 80}, periodSeconds: -1}"),
        accepted=pod(container="livenessProbe: {tcpSocket: {port: 80}, periodSeconds: 1}"),
    ),
    row(
        "success-threshold",
        "the successThreshold of a liveness or startup probe is 1",
        f"{_CORE} validateLivenessProbe, validateStartupProbe",
        on(
            in_containers("livenessProbe.successThreshold", "startupProbe.successThreshold"),
            lambda value: [((), f"{value} is not 1")] if type(value) is int and value > 1 else (),
        ),
        refused=pod(container="livenessProbe: {tcpSocket: {port: 80}, successThreshold: 2}"),
        accepted=pod(container="readinessProbe: {tcpSocket: {port: 80}, successThreshold: 2}"),
    ),
    row(
        "readiness-grace",
        "a readiness probe has no terminationGracePeriodSeconds",
        f"{_CORE} validateReadinessProbe",
        on(
            in_containers("readinessProbe"),
            forbids("a readiness probe ends nothing", "terminationGracePeriodSeconds"),
        ),
        refused=pod(
            container="readinessProbe: {tcpSocket: {port: 80}, terminationGracePeriodSeconds: 5}"
        ),
        accepted=pod(
            container="livenessProbe: {tcpSocket: {port: 80}, terminationGracePeriodSeconds: 5}"
        ),
    ),
    row(
        "handler-port",
        "the port of a probe or hook is between 1 and 65535, or a port's name",
        f"{_CORE} ValidatePortNumOrName",
        on(
            in_containers(
                *(f"{each}.{kind}.port" for each in _HANDLERS for kind in ("httpGet", "tcpSocket"))
            ),
            port_or_name,
        ),
        on(in_containers(*(f"{probe}.grpc.port" for probe in PROBES)), port),
        refused=pod(container="livenessProbe: {tcpSocket: {port: 70000}}"),
        accepted=pod(container="livenessProbe: {tcpSocket: {port: 7000}}"),
    ),
    row(
        "handler-scheme",
        "the scheme of a probe or hook is HTTP or HTTPS",
        f"{_CORE} supportedHTTPSchemes",
        on(
            in_containers(*(f"{each}.httpGet.scheme" for each in _HANDLERS)),
            one_of("HTTP", "HTTPS"),
        ),
        refused=pod(container="livenessProbe: {httpGet: {port: 80, scheme: https}}"),
        accepted=pod(container="livenessProbe: {httpGet: {port: 80, scheme: HTTPS}}"),
    ),
    row(
        "handler-command",
        "a command of a probe or hook has a word at least",
        f"{_CORE} validateExecAction",
        on(in_containers(*(f"{each}.exec" for each in _HANDLERS)), requires("command")),
        refused=pod(container="livenessProbe: {exec: {command: []}}"),
        accepted=pod(container="livenessProbe: {exec: {command: [cat, /tmp/healthy]}}"),
    ),
    row(
        "init-container",
        "an init container that is no sidecar has neither probes nor hooks",
        f"{_CORE} validateInitContainers",
        on(in_pods("initContainers.*"), only_as_sidecar),
        refused=pod(
            "initContainers: [{name: a, image: 'busybox:1', "
            "startupProbe: {tcpSocket: {port: 15001}}}]"
        ),
        accepted=pod(
            "initContainers: [{name: a, image: 'busybox:1', restartPolicy: Always, "
            "startupProbe: {tcpSocket: {port: 15001}}}]"
        ),
    ),
    row(
        "mount-path",
        "a mount has a path",
        f"{_CORE} ValidateVolumeMounts",
        on(in_containers("volumeMounts.*.mountPath"), filled("mountPath")),
        refused=pod(
            "volumes: [{name: a, emptyDir: {}}]", "volumeMounts: [{name: a, mountPath: ''}]"
        ),
        accepted=pod(
            "volumes: [{name: a, emptyDir: {}}]", "volumeMounts: [{name: a, mountPath: /a}]"
        ),
    ),
    row(
        "mount-twice",
        "each path of a container is mounted once",
        f"{_CORE} ValidateVolumeMounts",
        on(in_containers("volumeMounts"), distinct("{} is mounted twice", "mountPath")),
        refused=pod(
            "volumes: [{name: a, emptyDir: {}}]",
            "volumeMounts: [{name: a, mountPath: /a}, {name: a, mountPath: /a}]",
        ),
        accepted=pod(
            "volumes: [{name: a, emptyDir: {}}]",
            "volumeMounts: [{name: a, mountPath: /a}, {name: a, mountPath: /b}]",
        ),
    ),
    row(
        "sub-path",
        "the subPath of a mount is relative, without .., and there is one of its two forms",
        f"{_CORE} validateLocalDescendingPath",
        on(
            in_containers("volumeMounts.*"),
            all_of(inside("subPath", relative_path), exclusive("subPath", "subPathExpr")),
        ),
        refused=pod(
            "volumes: [{name: a, emptyDir: {}}]",
            "volumeMounts: [{name: a, mountPath: /a, subPath: ../b}]",
        ),
        accepted=pod(
            "volumes: [{name: a, emptyDir: {}}]",
            "volumeMounts: [{name: a, mountPath: /a, subPath: b/c..d}]",
        ),
    ),
    row(
        "mount-propagation",
        "mountPropagation is None, HostToContainer or Bidirectional",
        f"{_CORE} validateMountPropagation",
        on(
            in_containers("volumeMounts.*.mountPropagation"),
            one_of("None", "HostToContainer", "Bidirectional"),
        ),
        refused=pod(
            "volumes: [{name: a, emptyDir: {}}]",
            "volumeMounts: [{name: a, mountPath: /a, mountPropagation: Both}]",
        ),
        accepted=pod(
            "volumes: [{name: a, emptyDir: {}}]",
            "volumeMounts: [{name: a, mountPath: /a, mountPropagation: HostToContainer}]",
        ),
    ),
    row(
        "mount-both-ways",
        "mountPropagation: Bidirectional is for privileged containers",
        f"{_CORE} validateMountPropagation",
        on(in_pods("containers.*", "initContainers.*"), both_ways),
        refused=pod(
            "volumes: [{name: a, emptyDir: {}}]",
            "volumeMounts: [{name: a, mountPath: /a, mountPropagation: Bidirectional}]",
        ),
        accepted=pod(
            "volumes: [{name: a, emptyDir: {}}]",
            "volumeMounts: [{name: a, mountPath: /a, mountPropagation: Bidirectional}], "
            "securityContext: {privileged: true}",
        ),
    ),
    row(
        "resource-name",
        "a container asks for cpu, memory, ephemeral-storage, huge pages or a domain's devices",
        f"{_CORE} validateContainerResourceName",
        on(in_containers("resources.limits", "resources.requests"), keys_of(resource_name)),
        refused=pod(container="resources: {limits: {gpu: 1}}"),
        accepted=pod(container="resources: {limits: {nvidia.com/gpu: 1}}"),
    ),
    row(
        "resource-domain",
        "the name of a device is a qualified name",
        f"{_CORE} validateResourceName",
        on(
            in_containers("resources.limits", "resources.requests"),
            keys_of(lambda key: qualified(key) if isinstance(key, str) and "/" in key else ()),
        ),
        refused=pod(container="resources: {limits: {nvidia.com/gpu/a100: 1}}"),
        accepted=pod(container="resources: {limits: {nvidia.com/gpu.a100: 1}}"),
    ),
    row(
        "huge-pages",
        "huge pages are asked for beside cpu or memory",
        f"{_CORE} ValidateContainerResourceRequirements",
        on(in_containers("resources"), huge_pages),
        refused=pod(
            container="resources: {limits: {hugepages-2Mi: 4Mi}, requests: {hugepages-2Mi: 4Mi}}"
        ),
        accepted=pod(
            container="resources: {limits: {hugepages-2Mi: 4Mi, memory: 1Gi}, "
            "requests: {hugepages-2Mi: 4Mi}}"
        ),
    ),
    row(
        "privileges",
        "allowPrivilegeEscalation is not false where a container is privileged",
        f"{_CORE} ValidateSecurityContext",
        on(in_containers("securityContext"), rights),
        refused=pod(
            container="securityContext: {privileged: true, allowPrivilegeEscalation: false}"
        ),
        accepted=pod(
            container="securityContext: {privileged: false, allowPrivilegeEscalation: false}"
        ),
    ),
    row(
        "user-id",
        "users and groups have numbers from 0 to 2147483647",
        f"{_CORE} ValidateSecurityContext, ValidatePodSecurityContext",
        on(_CONTEXTS, _IDS),
        on(
            in_pods("securityContext"),
            all_of(
                inside("fsGroup", between(0, MAX_ID)),
                inside("supplementalGroups", values_of(between(0, MAX_ID))),
            ),
        ),
        refused=pod(container="securityContext: {runAsUser: -1}"),
        accepted=pod(container="securityContext: {runAsUser: 0}"),
    ),
    row(
        "proc-mount",
        "procMount is Default or Unmasked",
        f"{_CORE} ValidateProcMountType",
        on(in_containers("securityContext.procMount"), one_of("Default", "Unmasked")),
        refused=pod(container="securityContext: {procMount: default}"),
        accepted=pod(container="securityContext: {procMount: Default}"),
    ),
    row(
        "seccomp-type",
        "a seccomp or AppArmor profile is RuntimeDefault, Unconfined or Localhost",
        f"{_CORE} validateSeccompProfileField, validateAppArmorProfileField",
        on(
            (*_profiles("seccompProfile.type"), *_profiles("appArmorProfile.type")),
            one_of("RuntimeDefault", "Unconfined", "Localhost"),
        ),
        refused=pod(container="securityContext: {seccompProfile: {type: runtime/default}}"),
        accepted=pod(container="securityContext: {seccompProfile: {type: RuntimeDefault}}"),
    ),
    row(
        "seccomp-profile",
        "a seccomp or AppArmor profile is named where it is Localhost, and only there",
        f"{_CORE} validateSeccompProfileField, validateAppArmorProfileField",
        on(
            (*_profiles("seccompProfile"), *_profiles("appArmorProfile")),
            all_of(_PROFILE, _NO_PROFILE),
        ),
        refused=pod(container="securityContext: {seccompProfile: {type: Localhost}}"),
        accepted=pod(
            container="securityContext: {seccompProfile: "
            "{type: Localhost, localhostProfile: a.json}}"
        ),
    ),
)
"""Rows about containers."""
