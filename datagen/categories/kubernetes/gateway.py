"""Kubernetes, the way in: an HTTPRoute of the Gateway API, a certificate of cert-manager."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.needs import in_namespace
from datagen.pins import documents, holds, of_kind, values_of
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, NAMESPACES, ORGANISATIONS, PORTS, service


@dataclass(frozen=True, slots=True)
class Route:
    """Two versions of a service that share the requests of a path."""

    name: str
    namespace: str
    gateway: str
    gateway_namespace: str
    host: str
    path: str
    prefix: str
    stable: str
    canary: str
    port: int
    weight: int
    timeout: int
    header: tuple[str, str]


def _sample_route(rng: Random) -> Route:
    name = service(rng)
    domain = name.partition("-")[0]
    return Route(
        name=name,
        namespace=rng.choice(NAMESPACES),
        gateway=rng.choice(("public", "internal", "edge", "shared", "web")),
        gateway_namespace=rng.choice(("gateways", "ingress", "infra", "network")),
        host=f"{rng.choice(('api', 'www', 'app', domain))}.{rng.choice(ORGANISATIONS)}.com",
        path=f"/{domain}",
        prefix=rng.choice(("/", "/v1", "/v2", "/internal", f"/svc/{domain}")),
        stable=f"{name}-{rng.choice(('stable', 'main', 'v1'))}",
        canary=f"{name}-{rng.choice(('canary', 'next', 'v2'))}",
        port=rng.choice(PORTS),
        weight=rng.choice((1, 2, 5, 10, 15, 20, 25, 30)),
        timeout=rng.choice((3, 5, 10, 15, 20, 30, 45)),
        header=rng.choice(
            (("X-Env", "prod"), ("X-Team", domain), ("X-Route", name), ("X-Source", "gateway"))
        ),
    )


def _route_brief(s: Route) -> Brief:
    kind, rule = "HTTPRoute", "spec.rules[0]"
    header, value = s.header
    rewrite = f"{rule}.filters[?type=='URLRewrite'] | [0].urlRewrite.path"
    added = f"{rule}.filters[?type=='RequestHeaderModifier'] | [0].requestHeaderModifier"
    return Brief(
        need(
            f"HTTPRoute {lit(s.name)} for {lit(s.host)} at the gateway {lit(s.gateway)} of"
            f" namespace {lit(s.gateway_namespace)}",
            f"a Gateway API HTTPRoute {lit(s.name)} for the host {lit(s.host)}, attached to the"
            f" gateway {lit(s.gateway)} in the namespace {lit(s.gateway_namespace)}",
            f"an HTTPRoute manifest {lit(s.name)} (Gateway API v1) whose parent is the gateway"
            f" {lit(s.gateway)} in {lit(s.gateway_namespace)}, for {lit(s.host)}",
            pins=[
                *values_of(
                    kind,
                    {
                        "metadata.name": s.name,
                        "spec.hostnames": [s.host],
                        "spec.parentRefs[0].name": s.gateway,
                        "spec.parentRefs[0].namespace": s.gateway_namespace,
                    },
                ),
                holds(kind, "length(spec.parentRefs) == `1`"),
            ],
        ),
        (
            in_namespace(kind, s.namespace),
            need(
                f"path prefix {lit(s.path)}, rewritten to {lit(s.prefix)}",
                f"It matches the path prefix {lit(s.path)} and rewrites that prefix to"
                f" {lit(s.prefix)}",
                f"Match paths below {lit(s.path)} (PathPrefix), replacing the prefix by"
                f" {lit(s.prefix)}",
                pins=[
                    of_kind(kind, f"{rule}.matches[0].path.value", s.path),
                    holds(kind, f"{rule}.matches[0].path.type == 'PathPrefix'"),
                    holds(kind, f"({rewrite}).replacePrefixMatch == '{s.prefix}'"),
                    holds(kind, f"({rewrite}).type == 'ReplacePrefixMatch'"),
                ],
            ),
            need(
                f"{num(100 - s.weight)} of 100 requests to {lit(s.stable)}, {num(s.weight)} to"
                f" {lit(s.canary)}, both on port {num(s.port)}",
                f"The weights are {num(100 - s.weight)} for the Service {lit(s.stable)} and"
                f" {num(s.weight)} for {lit(s.canary)}, both on port {num(s.port)}",
                f"Send {num(s.weight)} of 100 requests to the Service {lit(s.canary)} and"
                f" {num(100 - s.weight)} to {lit(s.stable)}; the port is {num(s.port)}",
                pins=[
                    *(
                        documents(
                            f"[?kind=='{kind}'] | [0].{rule}.backendRefs[?name=='{name}'] | [0]"
                            ".[weight, port]",
                            [weight, s.port],
                        )
                        for name, weight in ((s.stable, 100 - s.weight), (s.canary, s.weight))
                    ),
                    holds(kind, f"length({rule}.backendRefs) == `2`"),
                ],
            ),
            need(
                f"request timeout {lit(f'{s.timeout}s')}",
                f"A request times out after {lit(f'{s.timeout}s')}",
                f"The timeout of requests is {lit(f'{s.timeout}s')}",
                pins=[of_kind(kind, f"{rule}.timeouts.request", f"{s.timeout}s")],
            ),
            need(
                f"request header {lit(f'{header}: {value}')} set",
                f"It sets the request header {lit(f'{header}: {value}')}",
                f"Set {lit(f'{header}: {value}')} on requests (RequestHeaderModifier)",
                pins=[
                    holds(
                        kind,
                        f"({added}).set[?name=='{header}' && value=='{value}'] | length(@) == `1`",
                    )
                ],
            ),
        ),
    )


def _route_answer(s: Route) -> str:
    return f"""\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  parentRefs:
    - name: {s.gateway}
      namespace: {s.gateway_namespace}
  hostnames:
    - {s.host}
  rules:
    - matches:
        - path:
            type: PathPrefix
            value: {s.path}
      filters:
        - type: URLRewrite
          urlRewrite:
            path:
              type: ReplacePrefixMatch
              replacePrefixMatch: {s.prefix}
        - type: RequestHeaderModifier
          requestHeaderModifier:
            set:
              - name: {s.header[0]}
                value: {s.header[1]}
      timeouts:
        request: {s.timeout}s
      backendRefs:
        - name: {s.stable}
          port: {s.port}
          weight: {100 - s.weight}
        - name: {s.canary}
          port: {s.port}
          weight: {s.weight}
"""


ROUTE = Topic(
    name="http-route",
    format="kubernetes",
    sample=_sample_route,
    brief=_route_brief,
    answer=_route_answer,
)


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """An ACME issuer, and a certificate that it issues."""

    issuer: str
    namespace: str
    mailbox: str
    account: str
    solver: str
    name: str
    secret: str
    names: tuple[str, ...]
    days: int
    renewal: int
    algorithm: tuple[str, int]


def _sample_certificate(rng: Random) -> IssuedCertificate:
    domain, organisation = rng.choice(DOMAINS), rng.choice(ORGANISATIONS)
    hosts = ("api", "www", "app", "admin", "static")
    days = rng.choice((30, 60, 90))
    return IssuedCertificate(
        issuer=rng.choice(("letsencrypt", "acme", "letsencrypt-prod", "public-ca")),
        namespace=rng.choice(NAMESPACES),
        mailbox=f"{rng.choice(('certs', 'ops', 'security', 'platform'))}@{organisation}.com",
        account=f"{domain}-{rng.choice(('acme-account', 'account-key', 'acme'))}",
        solver=rng.choice(("nginx", "traefik", "haproxy", "contour", "kong")),
        name=f"{domain}-{rng.choice(('tls', 'cert', 'certificate', 'https'))}",
        secret=f"{domain}-{rng.choice(('tls-secret', 'server-tls', 'keypair'))}",
        names=tuple(
            f"{host}.{domain}.{organisation}.com" for host in rng.sample(hosts, rng.choice((2, 3)))
        ),
        days=days,
        renewal=rng.choice((5, 7, 10, 14, 20)),
        algorithm=rng.choice((("ECDSA", 256), ("ECDSA", 384), ("RSA", 3072), ("RSA", 4096))),
    )


_ACME = "https://acme-v02.api.letsencrypt.org/directory"


def _certificate_brief(s: IssuedCertificate) -> Brief:
    issuer, kind = "Issuer", "Certificate"
    algorithm, bits = s.algorithm
    return Brief(
        need(
            f"cert-manager Issuer {lit(s.issuer)} and Certificate {lit(s.name)} from it",
            f"a cert-manager Issuer {lit(s.issuer)} and a Certificate {lit(s.name)} that it issues",
            f"manifests for cert-manager: the Issuer {lit(s.issuer)}, and the Certificate"
            f" {lit(s.name)} issued by it",
            pins=[
                of_kind(issuer, "metadata.name", s.issuer),
                of_kind(kind, "metadata.name", s.name),
                of_kind(kind, "spec.issuerRef.name", s.issuer),
                documents(
                    f"[?kind=='{kind}'] | [0].spec.issuerRef | name != null && (kind ||"
                    " 'Issuer') == 'Issuer'"
                ),
            ],
        ),
        (
            need(
                f"both in namespace {lit(s.namespace)}",
                f"Both lie in the namespace {lit(s.namespace)}",
                f"The namespace of both is {lit(s.namespace)}",
                pins=[
                    of_kind(issuer, "metadata.namespace", s.namespace),
                    of_kind(kind, "metadata.namespace", s.namespace),
                ],
            ),
            need(
                f"ACME at {lit(_ACME)} for {lit(s.mailbox)}, account key in {lit(s.account)}",
                f"The issuer speaks ACME with {lit(_ACME)} as {lit(s.mailbox)} and keeps its"
                f" account key in the Secret {lit(s.account)}",
                f"Use the ACME server {lit(_ACME)} with the e-mail {lit(s.mailbox)}; the Secret"
                f" {lit(s.account)} has the account key",
                pins=values_of(
                    issuer,
                    {
                        "spec.acme.server": _ACME,
                        "spec.acme.email": s.mailbox,
                        "spec.acme.privateKeySecretRef.name": s.account,
                    },
                ),
            ),
            need(
                f"HTTP-01 by ingresses of class {lit(s.solver)}",
                f"Challenges are HTTP-01, solved by ingresses of the class {lit(s.solver)}"
                f" (ingressClassName)",
                f"Solve HTTP-01 with the ingressClassName {lit(s.solver)}",
                pins=[
                    of_kind(
                        issuer, "spec.acme.solvers[0].http01.ingress.ingressClassName", s.solver
                    )
                ],
            ),
            need(
                f"for {lits(s.names)}, stored in {lit(s.secret)}",
                f"The certificate is for {lits(s.names)} and ends up in the Secret {lit(s.secret)}",
                f"Certify {lits(s.names)}; the Secret is {lit(s.secret)}",
                pins=[
                    of_kind(kind, "spec.dnsNames", list(s.names)),
                    of_kind(kind, "spec.secretName", s.secret),
                ],
            ),
            need(
                f"valid {lit(f'{24 * s.days}h')}, renewed {lit(f'{24 * s.renewal}h')} before",
                f"It is valid for {lit(f'{24 * s.days}h')} and renewed"
                f" {lit(f'{24 * s.renewal}h')} before it ends",
                f"Its duration is {lit(f'{24 * s.days}h')}, and renewBefore"
                f" {lit(f'{24 * s.renewal}h')}",
                pins=values_of(
                    kind,
                    {
                        "spec.duration": f"{24 * s.days}h",
                        "spec.renewBefore": f"{24 * s.renewal}h",
                    },
                ),
            ),
            need(
                f"{lit(algorithm)} key of {num(bits)} bits, new at each renewal (rotationPolicy"
                f" Always)",
                f"The private key is {lit(algorithm)} with {num(bits)} bits, and its rotation"
                f" policy Always",
                f"Use an {lit(algorithm)} key of size {num(bits)} with the rotationPolicy Always",
                pins=values_of(
                    kind,
                    {
                        "spec.privateKey.algorithm": algorithm,
                        "spec.privateKey.size": bits,
                        "spec.privateKey.rotationPolicy": "Always",
                    },
                ),
            ),
        ),
    )


def _certificate_answer(s: IssuedCertificate) -> str:
    names = "\n".join(f"    - {name}" for name in s.names)
    return f"""\
apiVersion: cert-manager.io/v1
kind: Issuer
metadata:
  name: {s.issuer}
  namespace: {s.namespace}
spec:
  acme:
    server: {_ACME}
    email: {s.mailbox}
    privateKeySecretRef:
      name: {s.account}
    solvers:
      - http01:
          ingress:
            ingressClassName: {s.solver}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  secretName: {s.secret}
  duration: {24 * s.days}h
  renewBefore: {24 * s.renewal}h
  dnsNames:
{names}
  privateKey:
    algorithm: {s.algorithm[0]}
    size: {s.algorithm[1]}
    rotationPolicy: Always
  issuerRef:
    name: {s.issuer}
"""


CERTIFICATE = Topic(
    name="cert-manager-certificate",
    format="kubernetes",
    sample=_sample_certificate,
    brief=_certificate_brief,
    answer=_certificate_answer,
)
