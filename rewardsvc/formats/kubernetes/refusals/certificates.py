"""What cert-manager refuses of certificates and of the solvers of issuers."""

from rewardsvc.formats.kubernetes.refusals.examples import resource
from rewardsvc.formats.kubernetes.refusals.finders.certificates import (
    common_name,
    go_duration,
    renewal,
)
from rewardsvc.formats.kubernetes.refusals.rules import at, on, row
from rewardsvc.formats.kubernetes.refusals.values import between, exclusive, ip_address

_VALIDATION = "cert-manager v1.18 internal/apis/certmanager/validation"
_CERTIFICATE = "cert-manager.io/Certificate"
_ISSUERS = "cert-manager.io/Issuer cert-manager.io/ClusterIssuer"
_PROVIDERS = (
    "acmeDNS", "akamai", "azureDNS", "cloudDNS", "cloudflare", "digitalocean", "rfc2136",
    "route53", "webhook",
)  # fmt: skip


def _certificate(more: str) -> str:
    return resource(
        "cert-manager.io/v1",
        "Certificate",
        "spec: {secretName: web-tls, issuerRef: {name: ca}, "
        f"dnsNames: [web.example.org], {more}}}",
    )


def _solving(solver: str) -> str:
    return resource(
        "cert-manager.io/v1",
        "Issuer",
        "spec: {acme: {server: 'https://acme.example.org/directory', "
        f"privateKeySecretRef: {{name: account}}, solvers: [{{{solver}}}]}}}}",
    )


CERTIFICATES = (
    row(
        "certificate-name",
        "a commonName has 64 characters at most",
        f"{_VALIDATION}/certificate.go ValidateCertificateSpec",
        on(at(_CERTIFICATE, "spec.commonName"), common_name),
        refused=_certificate(f"commonName: {'a' * 61}.org"),
        accepted=_certificate(f"commonName: {'a' * 60}.org"),
    ),
    row(
        "certificate-duration",
        "durations of a Certificate are such as Go reads",
        "k8s.io/apimachinery v0.34 pkg/apis/meta/v1/duration.go UnmarshalJSON",
        on(at(_CERTIFICATE, "spec.duration", "spec.renewBefore"), go_duration),
        refused=_certificate("duration: 90d"),
        accepted=_certificate("duration: 2160h0m0s"),
    ),
    row(
        "certificate-renewal",
        "a Certificate is renewed by a time or by a percentage, and keeps a revision at least",
        f"{_VALIDATION}/certificate.go ValidateCertificateSpec, ValidateDuration",
        on(at(_CERTIFICATE, "spec"), renewal),
        on(at(_CERTIFICATE, "spec.revisionHistoryLimit"), between(1)),
        on(at(_CERTIFICATE, "spec.renewBeforePercentage"), between(1, 99)),
        refused=_certificate("revisionHistoryLimit: 0"),
        accepted=_certificate("revisionHistoryLimit: 1"),
    ),
    row(
        "certificate-address",
        "ipAddresses of a Certificate are addresses",
        f"{_VALIDATION}/certificate.go validateIPAddresses",
        on(at(_CERTIFICATE, "spec.ipAddresses.*"), ip_address),
        refused=_certificate("ipAddresses: [10.0.0]"),
        accepted=_certificate("ipAddresses: [10.0.0.5]"),
    ),
    row(
        "issuer-solver",
        "a solver is of one type, by one provider",
        f"{_VALIDATION}/issuer.go ValidateACMEIssuerChallengeSolverConfig",
        on(at(_ISSUERS, "spec.acme.solvers.*"), exclusive("dns01", "http01", needed=True)),
        on(at(_ISSUERS, "spec.acme.solvers.*.dns01"), exclusive(*_PROVIDERS, needed=True)),
        on(
            at(_ISSUERS, "spec.acme.solvers.*.http01"),
            exclusive("gatewayHTTPRoute", "ingress", needed=True),
        ),
        refused=_solving("http01: {ingress: {}}, dns01: {route53: {region: eu-west-1}}"),
        accepted=_solving("dns01: {route53: {region: eu-west-1}}"),
    ),
)
"""Rows about certificates."""
