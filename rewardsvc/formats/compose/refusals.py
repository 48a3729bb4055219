"""What Docker Compose and the engine refuse beyond the Compose specification's schema.

``compose-go`` is github.com/compose-spec/compose-go 2.9 (``loader/validate.go``,
``validation/validation.go``, ``types/``), ``engine`` github.com/moby/moby 28 (the API's
``create``).
"""

from rewardsvc.formats.compose import interpolation, ports, references, resources, values
from rewardsvc.formats.compose.project import Project, in_services
from rewardsvc.formats.compose.values import (
    between,
    bytes_of,
    distinct,
    durations,
    matching,
    number_of,
    one_of,
    sizes,
)
from rewardsvc.verification.refusals import Refusal

_LIMITS = ("deploy", "resources", "limits")
_RESERVED = ("deploy", "resources", "reservations")

_CAPABILITIES = (
    "ALL|AUDIT_CONTROL|AUDIT_READ|AUDIT_WRITE|BLOCK_SUSPEND|BPF|CHECKPOINT_RESTORE|CHOWN"
    "|DAC_OVERRIDE|DAC_READ_SEARCH|FOWNER|FSETID|IPC_LOCK|IPC_OWNER|KILL|LEASE|LINUX_IMMUTABLE"
    "|MAC_ADMIN|MAC_OVERRIDE|MKNOD|NET_ADMIN|NET_BIND_SERVICE|NET_BROADCAST|NET_RAW|PERFMON"
    "|SETFCAP|SETGID|SETPCAP|SETUID|SYSLOG|SYS_ADMIN|SYS_BOOT|SYS_CHROOT|SYS_MODULE|SYS_NICE"
    "|SYS_PACCT|SYS_PTRACE|SYS_RAWIO|SYS_RESOURCE|SYS_TIME|SYS_TTY_CONFIG|WAKE_ALARM"
)
_LOG_DRIVERS = frozenset(
    {"awslogs", "etwlogs", "fluentd", "gcplogs", "gelf", "journald", "json-file", "local", "none"}
    | {"splunk", "syslog"}
)
_SIGNALS = (
    "ABRT|ALRM|BUS|CHLD|CLD|CONT|FPE|HUP|ILL|INT|IO|IOT|KILL|PIPE|POLL|PROF|PWR|QUIT|SEGV|STKFLT"
    "|STOP|SYS|TERM|TRAP|TSTP|TTIN|TTOU|URG|USR1|USR2|VTALRM|WINCH|XCPU|XFSZ"
)


def _web(*lines: str, more: str = "") -> str:
    """A file with one service, which has these lines, and what stands below the services."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"services:\n  web:\n    image: nginx:1.27\n{body}{more}"


REFUSALS: tuple[Refusal[Project], ...] = (
    Refusal(
        code="interpolation",
        what="a dollar sign begins a variable, or is written twice",
        source="compose-go template/template.go",
        find=interpolation.unreadable,
        refused=_web("command: echo $(date)"),
        accepted=_web("command: echo $$(date) ${TAG:-1}"),
    ),
    Refusal(
        code="no-image",
        what="a service has an image, a build or a provider",
        source="compose-go loader/validate.go checkConsistency",
        find=references.without_image,
        refused=_web(more="  app:\n    ports: ['80:80']\n"),
        accepted=_web(more="  app:\n    build: .\n    ports: ['80:80']\n"),
    ),
    Refusal(
        code="service",
        what="a service that another one refers to is there",
        source="compose-go loader/validate.go checkConsistency",
        find=references.unknown_services,
        refused=_web("depends_on: [db]"),
        accepted=_web("depends_on: [db]", more="  db:\n    image: postgres:17\n"),
    ),
    Refusal(
        code="disabled",
        what="a service that another one needs starts without a profile of its own",
        source="compose-go types/project.go WithProfiles",
        find=references.disabled_services,
        refused=_web(
            "depends_on: [db]", more="  db:\n    image: postgres:17\n    profiles: [data]\n"
        ),
        accepted=_web(
            "depends_on: {db: {condition: service_started, required: false}}",
            more="  db:\n    image: postgres:17\n    profiles: [data]\n",
        ),
    ),
    *(
        Refusal(
            code=section,
            what=f"what services name of {section} is among the top-level {section}",
            source="compose-go loader/validate.go checkConsistency",
            find=references.unknown_resources(section),
            refused=_web(f"{section}: [{name}]"),
            accepted=_web(f"{section}: [{name}]", more=f"{section}:\n  {known}\n"),
        )
        for section, name, known in (
            ("networks", "back", "back:"),
            ("volumes", "data:/data", "data:"),
            ("configs", "site", "site: {content: a}"),
            ("secrets", "token", "token: {environment: TOKEN}"),
            ("models", "small", "small: {model: ai/smollm2}"),
        )
    ),
    Refusal(
        code="context",
        what="a build's additional context names a service that is there",
        source="compose-go loader/validate.go checkConsistency",
        find=references.additional_contexts,
        refused=_web("build: {context: ., additional_contexts: {base: 'service:base'}}"),
        accepted=_web(
            "build: {context: ., additional_contexts: {base: 'service:base'}}",
            more="  base:\n    build: base\n",
        ),
    ),
    Refusal(
        code="cycle",
        what="services do not wait for each other, or extend each other, in a circle",
        source="compose-go graph/cycle.go",
        find=references.cycles,
        refused=_web(
            "depends_on: [db]", more="  db:\n    image: postgres:17\n    depends_on: [web]\n"
        ),
        accepted=_web("depends_on: [db]", more="  db:\n    image: postgres:17\n"),
    ),
    Refusal(
        code="network-mode",
        what="network_mode excludes networks, and another's network the publishing of ports",
        source="compose-go loader/validate.go checkConsistency; engine: conflicting options",
        find=in_services("network-mode", "network_mode", references.network_modes),
        refused=_web("network_mode: host", "networks: [back]", more="networks:\n  back:\n"),
        accepted=_web("network_mode: host"),
    ),
    Refusal(
        code="replicas",
        what="scale and deploy.replicas agree, and are one where the container has a name",
        source="compose-go loader/validate.go checkConsistency",
        find=in_services("replicas", "scale container_name deploy", references.counts),
        refused=_web("container_name: web", "deploy: {replicas: 3}"),
        accepted=_web("container_name: web", "deploy: {replicas: 1}"),
    ),
    Refusal(
        code="no-content",
        what="a secret or a config says where its content comes from",
        source="compose-go validation/validation.go checkFileObject",
        find=references.without_content,
        refused=_web(more="secrets:\n  token: {name: token}\n"),
        accepted=_web(more="secrets:\n  token: {external: true, name: token}\n"),
    ),
    Refusal(
        code="content-twice",
        what="the content of a secret or a config comes from one place",
        source="compose-go validation/validation.go checkFileObject",
        find=resources.content_twice,
        refused=_web(more="secrets:\n  token: {file: ./token, environment: TOKEN}\n"),
        accepted=_web(more="secrets:\n  token: {file: ./token}\n"),
    ),
    Refusal(
        code="external",
        what="what is external has a name and no settings of its own",
        source="compose-go validation/external.go checkExternal",
        find=resources.external_and_more,
        refused=_web(more="volumes:\n  data: {external: true, driver: local}\n"),
        accepted=_web(more="volumes:\n  data: {external: true, name: shared, x-note: a}\n"),
    ),
    Refusal(
        code="external-name",
        what="what is external has one name",
        source="compose-go transform/external.go: name and external.name conflict",
        find=resources.named_twice,
        refused=_web(more="volumes:\n  data:\n    external: {name: shared}\n    name: other\n"),
        accepted=_web(more="volumes:\n  data:\n    external: {name: shared}\n    name: shared\n"),
    ),
    Refusal(
        code="subnet",
        what="a subnet is a network, and its gateway lies in it",
        source="engine: libnetwork ipamutils, invalid subnet",
        find=resources.subnets,
        refused=_web(more="networks:\n  back: {ipam: {config: [{subnet: 10.0.0.0/33}]}}\n"),
        accepted=_web(
            more="networks:\n  back:\n    ipam:\n      config:\n"
            "        - {subnet: 10.0.0.0/24, gateway: 10.0.0.1}\n"
        ),
    ),
    Refusal(
        code="fixed-address",
        what="a fixed address lies in a subnet that its network is configured with",
        source="engine: user specified IP address is supported only when connecting to networks"
        " with user configured subnets",
        find=resources.fixed_addresses,
        refused=_web(
            "networks: {back: {ipv4_address: 10.0.0.5}}",
            more="networks:\n  back:\n",
        ),
        accepted=_web(
            "networks: {back: {ipv4_address: 10.0.0.5}}",
            more="networks:\n  back: {ipam: {config: [{subnet: 10.0.0.0/24}]}}\n",
        ),
    ),
    Refusal(
        code="address",
        what="an address in a network is one of its family",
        source="engine: invalid IPv4 address",
        find=in_services("address", "networks", values.own_addresses),
        refused=_web(
            "networks: {back: {ipv4_address: 10.0.0.300}}",
            more="networks:\n  back: {ipam: {config: [{subnet: 10.0.0.0/16}]}}\n",
        ),
        accepted=_web(
            "networks: {back: {ipv4_address: 10.0.0.30}}",
            more="networks:\n  back: {ipam: {config: [{subnet: 10.0.0.0/16}]}}\n",
        ),
    ),
    Refusal(
        code="project-name",
        what="a project's name has lower-case letters, digits, dashes and underscores",
        source="compose-go loader/loader.go NormalizeProjectName",
        find=resources.project_name,
        refused="name: My Shop\n" + _web(),
        accepted="name: my-shop_2\n" + _web(),
    ),
    Refusal(
        code="port",
        what="a port in short syntax is [[address:]port:]port[/protocol]",
        source="docker/go-connections nat.ParsePortSpec",
        find=in_services("port", "ports", ports.unreadable),
        refused=_web("ports: ['8000-8001:80-85']"),
        accepted=_web("ports: ['8000-8001:80-81', '[::1]:82:80/udp']"),
    ),
    Refusal(
        code="host-ip",
        what="a port is published on an address of the host",
        source="compose-go validation/validation.go checkIPAddress",
        find=in_services("host-ip", "ports", values.host_addresses),
        refused=_web("ports: [{target: 80, published: '80', host_ip: localhost}]"),
        accepted=_web("ports: [{target: 80, published: '80', host_ip: '::1'}]"),
    ),
    Refusal(
        code="expose",
        what="expose has ports or ranges of the container, without the host's",
        source="engine: nat.ParsePortRange, invalid containerPort",
        find=in_services("expose", "expose", values.exposed_ports),
        refused=_web("expose: ['8080:80']"),
        accepted=_web("expose: ['80', '8000-8010/udp', 9090]"),
    ),
    Refusal(
        code="healthcheck-test",
        what="a healthcheck's list begins with CMD, CMD-SHELL or NONE",
        source="compose-go loader/validate.go checkConsistency",
        find=in_services("healthcheck-test", "healthcheck", values.healthcheck_test),
        refused=_web("healthcheck: {test: [curl, -f, 'http://localhost']}"),
        accepted=_web("healthcheck: {test: [CMD, curl, -f, 'http://localhost']}"),
    ),
    Refusal(
        code="duration",
        what="times are Go's durations",
        source="compose-go types/duration.go",
        find=in_services(
            "duration",
            "healthcheck stop_grace_period deploy",
            durations(
                *(
                    f"healthcheck.{key}"
                    for key in ("interval", "timeout", "start_period", "start_interval")
                ),
                "stop_grace_period",
                "deploy.restart_policy.delay",
                "deploy.restart_policy.window",
                "deploy.update_config.delay",
            ),
        ),
        refused=_web("healthcheck: {test: curl localhost, interval: 30 seconds}"),
        accepted=_web("healthcheck: {test: curl localhost, interval: 1m30s}"),
    ),
    Refusal(
        code="size",
        what="amounts of memory are a number with b, k, m, g or their like",
        source="docker/go-units RAMInBytes",
        find=in_services(
            "size",
            "mem_limit mem_reservation memswap_limit shm_size deploy",
            sizes(
                "mem_limit",
                "mem_reservation",
                "memswap_limit",
                "shm_size",
                "deploy.resources.limits.memory",
                "deploy.resources.reservations.memory",
            ),
        ),
        refused=_web("mem_limit: 2 gigabytes"),
        accepted=_web("mem_limit: 2gb", "shm_size: '64m'"),
    ),
    Refusal(
        code="memory",
        what="a container has 6 MB at least, and reservation and swap fit the limit",
        source="engine: daemon/daemon_unix.go verifyPlatformContainerResources",
        find=in_services("memory", "mem_limit", values.memory),
        refused=_web("mem_limit: 512m", "mem_reservation: 1g"),
        accepted=_web("mem_limit: 1g", "mem_reservation: 512m", "memswap_limit: -1"),
    ),
    Refusal(
        code="cpus-twice",
        what="cpus and deploy.resources.limits.cpus agree",
        source="compose-go loader/validate.go checkConsistency",
        find=in_services("cpus-twice", "cpus", distinct("cpus", (*_LIMITS, "cpus"), number_of)),
        refused=_web("cpus: 2", "deploy: {resources: {limits: {cpus: '1'}}}"),
        accepted=_web("cpus: 1", "deploy: {resources: {limits: {cpus: '1.0'}}}"),
    ),
    Refusal(
        code="memory-twice",
        what="mem_limit and deploy.resources.limits.memory agree",
        source="compose-go loader/validate.go checkConsistency",
        find=in_services(
            "memory-twice", "mem_limit", distinct("mem_limit", (*_LIMITS, "memory"), bytes_of)
        ),
        refused=_web("mem_limit: 1g", "deploy: {resources: {limits: {memory: 512M}}}"),
        accepted=_web("mem_limit: 1g", "deploy: {resources: {limits: {memory: 1024M}}}"),
    ),
    Refusal(
        code="reservation-twice",
        what="mem_reservation and deploy.resources.reservations.memory agree",
        source="compose-go loader/validate.go checkConsistency",
        find=in_services(
            "reservation-twice",
            "mem_reservation",
            distinct("mem_reservation", (*_RESERVED, "memory"), bytes_of),
        ),
        refused=_web("mem_reservation: 1g", "deploy: {resources: {reservations: {memory: 1m}}}"),
        accepted=_web("mem_reservation: 1g", "deploy: {resources: {reservations: {memory: 1g}}}"),
    ),
    Refusal(
        code="pids-twice",
        what="pids_limit and deploy.resources.limits.pids agree",
        source="compose-go loader/validate.go checkConsistency",
        find=in_services(
            "pids-twice", "pids_limit", distinct("pids_limit", (*_LIMITS, "pids"), number_of)
        ),
        refused=_web("pids_limit: 100", "deploy: {resources: {limits: {pids: 50}}}"),
        accepted=_web("pids_limit: 100", "deploy: {resources: {limits: {pids: 100}}}"),
    ),
    Refusal(
        code="device-request",
        what="a reservation of devices counts them or names them",
        source="compose-go validation/validation.go checkDeviceRequest",
        find=in_services("device-request", "gpus deploy", values.device_requests),
        refused=_web("gpus: [{driver: nvidia, count: 1, device_ids: ['0']}]"),
        accepted=_web("gpus: [{driver: nvidia, device_ids: ['0']}]"),
    ),
    Refusal(
        code="device-count",
        what="so many devices is a number, or all",
        source="compose-go types/device.go DeviceCount",
        find=in_services("device-count", "gpus deploy", values.device_counts),
        refused=_web("gpus: [{driver: nvidia, count: some}]"),
        accepted=_web("gpus: [{driver: nvidia, count: all}]"),
    ),
    Refusal(
        code="mounted-twice",
        what="each place in a container is mounted once",
        source="compose-go loader/validate.go checkConsistency: target already mounted",
        find=in_services("mounted-twice", "volumes", values.mounted_twice),
        refused=_web("volumes: ['./a:/srv', './b:/srv/']"),
        accepted=_web("volumes: ['./a:/srv', './b:/srv/b']"),
    ),
    Refusal(
        code="mount-source",
        what="a mount of type bind has a source, one of type tmpfs none",
        source="engine: volume/mounts/linux_parser.go, field Source must (not) be empty",
        find=in_services("mount-source", "volumes", values.mount_sources),
        refused=_web("volumes: [{type: tmpfs, target: /srv/site, source: ./site}]"),
        accepted=_web("volumes: [{type: bind, target: /srv/site, source: ./site}]"),
    ),
    Refusal(
        code="mount-target",
        what="a volume is mounted at an absolute path",
        source="engine: invalid mount path: mount path must be absolute",
        find=in_services("mount-target", "volumes", values.relative_target),
        refused=_web("volumes: ['./site:site']"),
        accepted=_web("volumes: ['./site:/srv/site:ro', /var/cache]"),
    ),
    Refusal(
        code="image",
        what="an image is [registry/]repository[:tag][@digest], the repository in lower case",
        source="distribution/reference reference.go",
        find=in_services("image", "image", values.image_reference),
        refused="services:\n  web:\n    image: registry.example/Shop/Web:1\n",
        accepted="services:\n  web:\n    image: registry.example:5000/shop/web:1.2-RC_1\n",
    ),
    Refusal(
        code="platforms",
        what="a build's platforms have the service's platform",
        source="compose-go loader/validate.go checkConsistency",
        find=in_services("platforms", "platform", values.build_platforms),
        refused=_web("platform: linux/arm64", "build: {context: ., platforms: [linux/amd64]}"),
        accepted=_web("platform: linux/amd64", "build: {context: ., platforms: [linux/amd64]}"),
    ),
    Refusal(
        code="dockerfile-twice",
        what="a Dockerfile is a file or stands in the file",
        source="compose-go loader/validate.go checkConsistency",
        find=in_services("dockerfile-twice", "build", values.dockerfile_twice),
        refused=_web("build: {context: ., dockerfile: D, dockerfile_inline: FROM debian:12}"),
        accepted=_web("build: {context: ., dockerfile_inline: FROM debian:12}"),
    ),
    Refusal(
        code="watch",
        what="what is synchronised by watch has a path, and a target",
        source="compose-go loader/validate.go checkConsistency",
        find=in_services("watch", "develop", values.watch_targets),
        refused=_web("build: .", "develop: {watch: [{action: sync, path: ./src}]}"),
        accepted=_web("build: .", "develop: {watch: [{action: rebuild, path: ./src}]}"),
    ),
    Refusal(
        code="restart",
        what="restart is no, always, unless-stopped or on-failure[:times]",
        source="engine: api/types/container ValidateRestartPolicy",
        find=in_services(
            "restart",
            "restart",
            one_of(
                ("restart",),
                frozenset({"no", "always", "unless-stopped"}),
                also=r"on-failure(?::\d+)?",
            ),
        ),
        refused=_web("restart: on-error"),
        accepted=_web("restart: on-failure:5"),
    ),
    Refusal(
        code="restart-condition",
        what="deploy.restart_policy.condition is none, on-failure or any",
        source="Compose Deploy Specification, restart_policy",
        find=in_services(
            "restart-condition",
            "deploy",
            one_of(
                ("deploy", "restart_policy", "condition"),
                frozenset({"none", "on-failure", "any", "always", "unless-stopped"}),
            ),
        ),
        refused=_web("deploy: {restart_policy: {condition: on-error}}"),
        accepted=_web("deploy: {restart_policy: {condition: on-failure}}"),
    ),
    Refusal(
        code="endpoint-mode",
        what="deploy.endpoint_mode is vip or dnsrr",
        source="Compose Deploy Specification, endpoint_mode",
        find=in_services(
            "endpoint-mode",
            "deploy",
            one_of(("deploy", "endpoint_mode"), frozenset({"vip", "dnsrr"})),
        ),
        refused=_web("deploy: {endpoint_mode: round-robin}"),
        accepted=_web("deploy: {endpoint_mode: dnsrr}"),
    ),
    Refusal(
        code="deploy-mode",
        what="deploy.mode is replicated, global or a job of these",
        source="Compose Deploy Specification, mode",
        find=in_services(
            "deploy-mode",
            "deploy",
            one_of(
                ("deploy", "mode"),
                frozenset({"replicated", "global", "replicated-job", "global-job"}),
            ),
        ),
        refused=_web("deploy: {mode: replica}"),
        accepted=_web("deploy: {mode: global}"),
    ),
    Refusal(
        code="capability",
        what="capabilities are Linux's, with or without CAP_",
        source="engine: oci/caps NormalizeLegacyCapabilities; capabilities(7)",
        find=in_services(
            "capability",
            "cap_add cap_drop",
            matching(("cap_add", "*"), rf"(?i:(?:CAP_)?(?:{_CAPABILITIES}))", "capability"),
            matching(("cap_drop", "*"), rf"(?i:(?:CAP_)?(?:{_CAPABILITIES}))", "capability"),
        ),
        refused=_web("cap_add: [NET_ADMINISTRATOR]"),
        accepted=_web("cap_add: [CAP_NET_ADMIN, SYS_TIME]", "cap_drop: [all]"),
    ),
    Refusal(
        code="log-driver",
        what="a driver of logs is one of the engine's, or a plugin",
        source="engine: daemon/logger, no log driver named",
        find=in_services(
            "log-driver",
            "logging",
            one_of(("logging", "driver"), _LOG_DRIVERS, also=r"[^:/]*+[:/](?s:.*)"),
        ),
        refused=_web("logging: {driver: json}"),
        accepted=_web("logging: {driver: json-file, options: {max-size: 10m}}"),
    ),
    Refusal(
        code="signal",
        what="a stop signal is one of Linux's, by name or number",
        source="moby/sys signal.ParseSignal; signal(7)",
        find=in_services(
            "signal",
            "stop_signal",
            matching(
                ("stop_signal",),
                rf"(?i:(?:SIG)?(?:{_SIGNALS}|RTM(?:IN|AX)(?:[+-]\d+)?))|\d{{1,2}}",
                "signal of Linux",
            ),
        ),
        refused=_web("stop_signal: SIGSTOPPED"),
        accepted=_web("stop_signal: SIGRTMIN+3"),
    ),
    Refusal(
        code="ulimit",
        what="a soft limit is at most the hard one",
        source="docker/go-units ulimit.go",
        find=in_services("ulimit", "ulimits", values.ulimits),
        refused=_web("ulimits: {nofile: {soft: 65536, hard: 1024}}"),
        accepted=_web("ulimits: {nofile: {soft: 1024, hard: 65536}, nproc: 65535}"),
    ),
    Refusal(
        code="working-dir",
        what="a working directory is an absolute path",
        source="engine: the working directory is invalid, it needs to be an absolute path",
        find=in_services(
            "working-dir",
            "working_dir",
            matching(("working_dir",), r"(?s)/.*|[A-Za-z]:.*", "absolute path"),
        ),
        refused=_web("working_dir: srv/app"),
        accepted=_web("working_dir: /srv/app"),
    ),
    Refusal(
        code="extra-hosts",
        what="an extra host is a name and an address, or host-gateway",
        source="docker/cli opts/hosts.go ValidateExtraHost",
        find=in_services("extra-hosts", "extra_hosts", values.extra_hosts),
        refused=_web("extra_hosts: ['db:database.example']"),
        accepted=_web("extra_hosts: ['db:10.0.0.2', 'host.docker.internal=host-gateway']"),
    ),
    Refusal(
        code="dns",
        what="name servers are addresses",
        source="docker/cli opts/opts.go ValidateIPAddress",
        find=in_services("dns", "dns", values.name_servers),
        refused=_web("dns: [dns.google]"),
        accepted=_web("dns: [8.8.8.8, '2001:4860:4860::8888']"),
    ),
    Refusal(
        code="swappiness",
        what="mem_swappiness is between 0 and 100",
        source="engine: daemon/daemon_unix.go verifyPlatformContainerResources",
        find=in_services("swappiness", "mem_swappiness", between(("mem_swappiness",), -1, 100)),
        refused=_web("mem_swappiness: 150"),
        accepted=_web("mem_swappiness: 0"),
    ),
    Refusal(
        code="hostname",
        what="a hostname has at most 63 characters",
        source="engine: runconfig/opts validateHostname; hostname(7)",
        find=in_services(
            "hostname", "hostname", matching(("hostname",), r"(?s).{0,63}", "name of a host")
        ),
        refused=_web(f"hostname: {'w' * 64}"),
        accepted=_web(f"hostname: {'w' * 63}"),
    ),
    Refusal(
        code="container-name",
        what="a container's name has letters, digits, _ . and -",
        source="engine: daemon/names RestrictedNameChars",
        find=in_services(
            "container-name",
            "container_name",
            matching(("container_name",), r"[a-zA-Z0-9][a-zA-Z0-9_.-]+", "name of a container"),
        ),
        refused=_web("container_name: web server"),
        accepted=_web("container_name: web_server-1"),
    ),
    Refusal(
        code="environment",
        what="a variable of the environment has a name",
        source="docker/cli opts/env.go ValidateEnv",
        find=in_services("environment", "environment", values.environment),
        refused=_web("environment: ['=value']"),
        accepted=_web("environment: ['NAME=', OTHER]"),
    ),
)
