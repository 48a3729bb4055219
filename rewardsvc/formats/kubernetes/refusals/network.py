"""What the API server refuses of Services, Ingresses and NetworkPolicies."""

from rewardsvc.formats.kubernetes.refusals.examples import resource, service
from rewardsvc.formats.kubernetes.refusals.finders.network import (
    CONTROLLER,
    DAY,
    affinity,
    backend,
    class_twice,
    cluster_ip,
    end_port,
    excepted,
    external_name,
    fields_of_type,
    host,
    path,
    peer,
    port_key,
    port_names,
    without_ports,
    without_rules,
)
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import (
    DNS_1035,
    DNS_LABEL,
    DNS_SUBDOMAIN,
    between,
    cidr,
    distinct,
    exclusive,
    filled,
    form,
    ip_address,
    one_of,
    plain,
    port,
    port_or_name,
    qualified,
    requires,
    values_of,
)

_CORE = "kubernetes v1.34 pkg/apis/core/validation/validation.go"
_NET = "kubernetes v1.34 pkg/apis/networking/validation/validation.go"


_BACKENDS = at("Ingress", "spec.defaultBackend", "spec.rules.*.http.paths.*.backend")
_PEERS = at("NetworkPolicy", "spec.ingress.*.from.*", "spec.egress.*.to.*")


def _ingress(path: str = "", *, spec: str = "", meta: str = "name: web") -> str:
    backend = "{service: {name: web, port: {number: 80}}}"
    given = path or f"path: /, pathType: Prefix, backend: {backend}"
    rules = f"rules: [{{http: {{paths: [{{{given}}}]}}}}]"
    wanted = service("ports: [{port: 80}]")
    return (
        resource("networking.k8s.io/v1", "Ingress", f"spec: {{{spec}{rules}}}", meta=meta)
        + f"---\n{wanted}"
    )


_WEB = "backend: {service: {name: web, port: {number: 80}}}"


def _policy(spec: str) -> str:
    return resource("networking.k8s.io/v1", "NetworkPolicy", f"spec: {{podSelector: {{}}, {spec}}}")


NETWORK = (
    row(
        "service-type",
        "the type of a Service is ClusterIP, ExternalName, LoadBalancer or NodePort",
        f"{_CORE} supportedServiceType",
        on(
            at("Service", "spec.type"),
            one_of("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"),
        ),
        refused=service("type: Foo, ports: [{port: 80}]"),
        accepted=service("type: NodePort, ports: [{port: 80}]"),
    ),
    row(
        "service-enumerations",
        "policies, affinity and families of a Service are spelt as the API has them",
        f"{_CORE} ValidateService",
        on(at("Service", "spec.sessionAffinity"), one_of("ClientIP", "None")),
        on(at("Service", "spec.ipFamilies.*"), one_of("IPv4", "IPv6")),
        on(
            at("Service", "spec.ipFamilyPolicy"),
            one_of("SingleStack", "PreferDualStack", "RequireDualStack"),
        ),
        on(
            at("Service", "spec.externalTrafficPolicy", "spec.internalTrafficPolicy"),
            one_of("", "Cluster", "Local"),
        ),
        on(
            at("Service", "spec.trafficDistribution"),
            one_of("PreferClose", "PreferSameZone", "PreferSameNode"),
        ),
        refused=service("sessionAffinity: ClientIp, ports: [{port: 80}]"),
        accepted=service("sessionAffinity: ClientIP, ports: [{port: 80}]"),
    ),
    row(
        "affinity-time",
        "sessionAffinityConfig goes with ClientIP and lasts a day at most",
        f"{_CORE} validateClientIPAffinityConfig",
        on(at("Service", "spec"), affinity),
        on(
            at("Service", "spec.sessionAffinityConfig.clientIP.timeoutSeconds"),
            between(1, DAY),
        ),
        refused=service(
            "sessionAffinity: ClientIP, sessionAffinityConfig: "
            "{clientIP: {timeoutSeconds: 86401}}, ports: [{port: 80}]"
        ),
        accepted=service(
            "sessionAffinity: ClientIP, sessionAffinityConfig: "
            "{clientIP: {timeoutSeconds: 86400}}, ports: [{port: 80}]"
        ),
    ),
    row(
        "service-of-type",
        "what is of nodes and load balancers is not of another type's Service",
        f"{_CORE} ValidateService, validateServiceExternalTrafficFieldsValue",
        on(at("Service", "spec"), fields_of_type),
        refused=service("ports: [{port: 80, nodePort: 30080}]"),
        accepted=service("type: NodePort, ports: [{port: 80, nodePort: 30080}]"),
    ),
    row(
        "no-ports",
        "a Service has ports, unless it is headless or of the type ExternalName",
        f"{_CORE} ValidateService",
        on(at("Service", "spec"), without_ports),
        refused=service("selector: {app: web}"),
        accepted=service("selector: {app: web}, clusterIP: None"),
    ),
    row(
        "port-name",
        "of several ports of a Service each has a name, a DNS-1123 label",
        f"{_CORE} validateServicePort",
        on(at("Service", "spec"), port_names),
        on(at("Service", "spec.ports.*.name"), form(DNS_LABEL)),
        refused=service("ports: [{port: 80, name: web}, {port: 81}]"),
        accepted=service(
            "ports: [{port: 80, name: web}, {port: 81, name: metrics-and-more-of-it}]"
        ),
    ),
    row(
        "port-twice",
        "ports of a Service differ in their names, and in number or protocol",
        f"{_CORE} ValidateService",
        on(at("Service", "spec.ports"), distinct("two ports of the name {!r}", "name")),
        on(at("Service", "spec.ports"), distinct("has port {} twice", port_key)),
        refused=service("ports: [{port: 80, name: a}, {port: 80, name: b}]"),
        accepted=service("ports: [{port: 80, name: a}, {port: 80, name: b, protocol: UDP}]"),
    ),
    row(
        "service-port-range",
        "ports of Services are between 1 and 65535, or names of ports",
        f"{_CORE} validateServicePort",
        on(at("Service", "spec.ports.*.port"), port),
        on(at("Service", "spec.ports.*.targetPort"), port_or_name),
        on(at("Service", "spec.ports.*.nodePort"), between(0, 65535)),
        refused=service("ports: [{port: 80800}]"),
        accepted=service("ports: [{port: 8080, targetPort: http}]"),
    ),
    row(
        "service-protocol",
        "protocols of Services and NetworkPolicies are TCP, UDP and SCTP",
        f"{_CORE} supportedPortProtocols, {_NET} ValidateNetworkPolicyPort",
        on(at("Service", "spec.ports.*.protocol"), one_of("TCP", "UDP", "SCTP")),
        on(
            at(
                "NetworkPolicy",
                "spec.ingress.*.ports.*.protocol",
                "spec.egress.*.ports.*.protocol",
            ),
            one_of("TCP", "UDP", "SCTP"),
        ),
        refused=service("ports: [{port: 80, protocol: HTTP}]"),
        accepted=service("ports: [{port: 80, protocol: SCTP}]"),
    ),
    row(
        "external-name",
        "a Service of the type ExternalName leads to a DNS name",
        f"{_CORE} ValidateService",
        on(at("Service", "spec"), external_name),
        refused=service("type: ExternalName, externalName: 'https://db.example.org'"),
        accepted=service("type: ExternalName, externalName: db.example.org"),
    ),
    row(
        "service-address",
        "addresses of Services are IP addresses, and sources of load balancers CIDR blocks",
        f"{_CORE} ValidateServiceClusterIPsRelatedFields",
        on(at("Service", "spec.clusterIP", "spec.clusterIPs.*"), cluster_ip),
        on(at("Service", "spec.externalIPs.*"), ip_address),
        on(at("Service", "spec.loadBalancerSourceRanges.*"), cidr),
        refused=service("clusterIP: none, ports: [{port: 80}]"),
        accepted=service("clusterIP: None, ports: [{port: 80}]"),
    ),
    row(
        "app-protocol",
        "appProtocol is a qualified name",
        f"{_CORE} validateServicePort",
        on(at("Service", "spec.ports.*.appProtocol"), qualified),
        refused=service("ports: [{port: 80, appProtocol: 'h2c://'}]"),
        accepted=service("ports: [{port: 80, appProtocol: kubernetes.io/h2c}]"),
    ),
    row(
        "path-type",
        "pathType is Exact, Prefix or ImplementationSpecific",
        f"{_NET} supportedPathTypes",
        on(
            at("Ingress", "spec.rules.*.http.paths.*.pathType"),
            one_of("Exact", "Prefix", "ImplementationSpecific"),
        ),
        refused=_ingress(f"path: /, pathType: prefix, {_WEB}"),
        accepted=_ingress(f"path: /, pathType: ImplementationSpecific, {_WEB}"),
    ),
    row(
        "ingress-path",
        "a path begins with /, and has neither // nor /. nor /.. where it is Exact or Prefix",
        f"{_NET} validateHTTPIngressPath",
        on(at("Ingress", "spec.rules.*.http.paths.*"), path),
        refused=_ingress(f"path: web, pathType: Prefix, {_WEB}"),
        accepted=_ingress(f"path: /web/.well-known, pathType: Prefix, {_WEB}"),
    ),
    row(
        "ingress-backend",
        "a backend is a service with a port's name or number, or a resource",
        f"{_NET} validateIngressBackend",
        on(_BACKENDS, exclusive("service", "resource", needed=True)),
        on(_BACKENDS, backend),
        on(
            tuple((kind, (*path, "service", "port")) for kind, path in _BACKENDS),
            exclusive("name", "number"),
        ),
        refused=_ingress("path: /, pathType: Prefix, backend: {}"),
        accepted=_ingress(),
    ),
    row(
        "ingress-service",
        "the service of a backend has a Service's name and a port's number or name",
        f"{_NET} validateIngressBackend",
        on(tuple((kind, (*path, "service", "name")) for kind, path in _BACKENDS), form(DNS_1035)),
        on(
            tuple((kind, (*path, "service", "port", "number")) for kind, path in _BACKENDS),
            between(0, 65535),
        ),
        refused="# external: Service/web.shop\n"
        + _ingress(
            "path: /, pathType: Prefix, backend: {service: {name: web.shop, port: {number: 80}}}"
        ),
        accepted=_ingress(),
    ),
    row(
        "ingress-host",
        "a host is a DNS name, its first part may be *, and no address",
        f"{_NET} validateIngressRules",
        on(at("Ingress", "spec.rules.*.host", "spec.tls.*.hosts.*"), host),
        refused=_ingress().replace("{http:", "{host: 10.0.0.5, http:"),
        accepted=_ingress().replace("{http:", "{host: '*.example.org', http:"),
    ),
    row(
        "ingress-rules",
        "an Ingress has rules or a default backend, and a rule has paths",
        f"{_NET} ValidateIngressSpec, validateHTTPIngressRuleValue",
        on(at("Ingress", "spec"), without_rules),
        on(at("Ingress", "spec.rules.*.http.paths"), filled("paths")),
        refused=resource(
            "networking.k8s.io/v1", "Ingress", "spec: {ingressClassName: nginx, rules: []}"
        ),
        accepted=_ingress(spec="ingressClassName: nginx, "),
    ),
    row(
        "ingress-class",
        "the class of an Ingress is given once, as ingressClassName or by the old annotation",
        f"{_NET} ValidateIngressCreate",
        on(at("Ingress", ""), class_twice),
        on(at("Ingress", "spec.ingressClassName"), form(DNS_SUBDOMAIN)),
        refused=_ingress(
            spec="ingressClassName: nginx, ",
            meta="name: web, annotations: {kubernetes.io/ingress.class: nginx}",
        ),
        accepted=_ingress(meta="name: web, annotations: {kubernetes.io/ingress.class: nginx}"),
    ),
    row(
        "policy-types",
        "policyTypes of a NetworkPolicy are Ingress and Egress",
        f"{_NET} ValidateNetworkPolicySpec",
        on(at("NetworkPolicy", "spec.policyTypes.*"), one_of("Ingress", "Egress")),
        refused=_policy("policyTypes: [ingress]"),
        accepted=_policy("policyTypes: [Ingress]"),
    ),
    row(
        "policy-peer",
        "a peer of a NetworkPolicy is selected or a block of addresses",
        f"{_NET} ValidateNetworkPolicyPeer",
        on(_PEERS, peer),
        refused=_policy("ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]"),
        accepted=_policy("ingress: [{from: [{podSelector: {}, namespaceSelector: {}}]}]"),
    ),
    row(
        "policy-cidr",
        "a block of a NetworkPolicy is in CIDR notation",
        f"{_NET} ValidateIPBlock",
        on(tuple((kind, (*path, "ipBlock", "cidr")) for kind, path in _PEERS), cidr),
        on(tuple((kind, (*path, "ipBlock", "except")) for kind, path in _PEERS), values_of(cidr)),
        on(tuple((kind, (*path, "ipBlock")) for kind, path in _PEERS), requires("cidr")),
        refused=_policy("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/33}}]}]"),
        accepted=_policy("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/32}}]}]"),
    ),
    row(
        "policy-except",
        "what a block excepts is a part of it",
        f"{_NET} ValidateIPBlock",
        on(tuple((kind, (*path, "ipBlock")) for kind, path in _PEERS), excepted),
        refused=_policy(
            "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}]}]"
        ),
        accepted=_policy(
            "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}]"
        ),
    ),
    row(
        "policy-port",
        "a port of a NetworkPolicy is a number in range or a name; endPort is not before it",
        f"{_NET} ValidateNetworkPolicyPort",
        on(
            at("NetworkPolicy", "spec.ingress.*.ports.*.port", "spec.egress.*.ports.*.port"),
            port_or_name,
        ),
        on(at("NetworkPolicy", "spec.ingress.*.ports.*", "spec.egress.*.ports.*"), end_port),
        refused=_policy("egress: [{ports: [{port: 9000, endPort: 8000}]}]"),
        accepted=_policy("egress: [{ports: [{port: 8000, endPort: 9000}]}]"),
    ),
    row(
        "controller",
        "the controller of an IngressClass is DOMAIN/PATH",
        f"{_NET} ValidateIngressClass",
        on(
            at("IngressClass", "spec.controller"),
            lambda value: (
                [((), f"{value!r} is not DOMAIN/PATH, as example.com/ingress is")]
                if isinstance(value, str) and plain(value) and not CONTROLLER.fullmatch(value)
                else ()
            ),
        ),
        refused=resource("networking.k8s.io/v1", "IngressClass", "spec: {controller: nginx}"),
        accepted=resource(
            "networking.k8s.io/v1", "IngressClass", "spec: {controller: k8s.io/ingress-nginx}"
        ),
    ),
)
"""Rows about Services, Ingresses and NetworkPolicies."""
