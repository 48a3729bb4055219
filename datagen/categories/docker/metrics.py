"""A compose file that watches services: Prometheus, Grafana, and what they keep."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.pins import documents, raw
from datagen.topic import Topic
from datagen.vocabulary import named

_SERVICES = "[0].services"


@dataclass(frozen=True, slots=True)
class MetricsStack:
    """Two services on a network of their own, each with a named volume."""

    prometheus: str
    grafana: str
    days: int
    host_port: int
    series: str
    boards: str
    network: str
    restart: str


def _sample(rng: Random) -> MetricsStack:
    return MetricsStack(
        prometheus=rng.choice(("v2.53.2", "v2.54.1", "v2.55.1", "v3.0.1", "v3.1.0")),
        grafana=rng.choice(("10.4.12", "11.1.9", "11.3.2", "11.4.0")),
        days=rng.choice((7, 14, 15, 30, 45, 60, 90)),
        host_port=rng.choice((3000, 3001, 8080, 8300, 9300)),
        series=named(rng, "metrics", "prometheus", "tsdb").replace("-", "_"),
        boards=named(rng, "grafana", "dashboards", "boards").replace("-", "_"),
        network=rng.choice(("monitoring", "metrics", "observability", "watch")),
        restart=rng.choice(("unless-stopped", "always", "on-failure")),
    )


def _brief(s: MetricsStack) -> Brief:
    prometheus, grafana = f"prom/prometheus:{s.prometheus}", f"grafana/grafana:{s.grafana}"
    configuration = "/etc/prometheus/prometheus.yml"
    retention = f"--storage.tsdb.retention.time={s.days}d"
    return Brief(
        need(
            "compose file with the services prometheus and grafana",
            "a Docker Compose file that runs Prometheus (prometheus) and Grafana (grafana)",
            "a compose.yaml with the two services prometheus and grafana",
            pins=[documents(f"sort(keys({_SERVICES}))", ["grafana", "prometheus"])],
        ),
        (
            need(
                f"images {lit(prometheus)} and {lit(grafana)}",
                f"The images are {lit(prometheus)} and {lit(grafana)}",
                f"Run {lit(prometheus)} and {lit(grafana)}",
                pins=[
                    documents(
                        f"{_SERVICES}.[prometheus.image, grafana.image]", [prometheus, grafana]
                    )
                ],
            ),
            need(
                f"prometheus.yml beside the file mounted read-only at {configuration}",
                f"Mount ./prometheus.yml read-only at {configuration}",
                pins=[
                    documents(
                        f"length({_SERVICES}.prometheus.volumes[?"
                        f"@=='./prometheus.yml:{configuration}:ro'"
                        f" || (source=='./prometheus.yml' && target=='{configuration}'"
                        " && read_only==`true`)]) > `0`"
                    )
                ],
            ),
            need(
                f"prometheus keeps {num(s.days)} days: command with --config.file={configuration}"
                f" and {lit(retention)}",
                f"Its command has --config.file={configuration} and {lit(retention)}, for"
                f" {num(s.days)} days",
                pins=[
                    documents(
                        f"{_SERVICES}.prometheus.command[]"
                        f" | contains(@, {raw(f'--config.file={configuration}')})"
                        f" && contains(@, {raw(retention)})"
                    )
                ],
            ),
            need(
                f"named volumes: {lit(s.series)} at /prometheus, {lit(s.boards)} at"
                " /var/lib/grafana",
                f"prometheus keeps its data on the named volume {lit(s.series)} (/prometheus),"
                f" grafana on {lit(s.boards)} (/var/lib/grafana)",
                pins=[
                    *(
                        documents(
                            f"length({_SERVICES}.{name}.volumes[?@=='{volume}:{path}'"
                            f" || (source=='{volume}' && target=='{path}')]) > `0`"
                        )
                        for name, volume, path in (
                            ("prometheus", s.series, "/prometheus"),
                            ("grafana", s.boards, "/var/lib/grafana"),
                        )
                    ),
                    documents("sort(keys([0].volumes))", sorted((s.series, s.boards))),
                ],
            ),
            need(
                f"grafana published on {num(s.host_port)} (container port 3000); prometheus on no"
                " port of the host",
                f"Publish port 3000 of grafana as {num(s.host_port)} on the host, and nothing of"
                " prometheus",
                pins=[
                    documents(
                        f"length({_SERVICES}.grafana.ports[?to_string(@)=='{s.host_port}:3000'"
                        f" || (to_string(published)=='{s.host_port}'"
                        " && to_string(target)=='3000')]) > `0`"
                    ),
                    documents(f"length({_SERVICES}.grafana.ports) == `1`"),
                    documents(f"{_SERVICES}.prometheus && !({_SERVICES}.prometheus.ports)"),
                ],
            ),
            need(
                f"both on the network {lit(s.network)}, restart {lit(s.restart)}; grafana depends"
                " on prometheus",
                f"Both are on the network {lit(s.network)}, which the file defines, with the"
                f" restart policy {lit(s.restart)}; grafana starts after prometheus (depends_on)",
                pins=[
                    *(
                        documents(
                            f"contains(to_string({_SERVICES}.{name}.networks), '\"{s.network}\"')"
                        )
                        for name in ("prometheus", "grafana")
                    ),
                    documents("keys([0].networks)", [s.network]),
                    documents(
                        f"{_SERVICES}.[prometheus.restart, grafana.restart]", [s.restart, s.restart]
                    ),
                    documents(f"contains(to_string({_SERVICES}.grafana.depends_on), 'prometheus')"),
                ],
            ),
            need(
                "Grafana's admin password (GF_SECURITY_ADMIN_PASSWORD) from the variable"
                " GRAFANA_PASSWORD",
                "Take GF_SECURITY_ADMIN_PASSWORD from the environment variable GRAFANA_PASSWORD"
                " (interpolated)",
                pins=[
                    documents(
                        f"to_string({_SERVICES}.grafana.environment) | contains(@,"
                        " 'GF_SECURITY_ADMIN_PASSWORD') && contains(@, '${GRAFANA_PASSWORD')"
                    )
                ],
            ),
        ),
    )


def _answer(s: MetricsStack) -> str:
    return f"""\
services:
  prometheus:
    image: prom/prometheus:{s.prometheus}
    command:
      - --config.file=/etc/prometheus/prometheus.yml
      - --storage.tsdb.retention.time={s.days}d
    volumes:
      - ./prometheus.yml:/etc/prometheus/prometheus.yml:ro
      - {s.series}:/prometheus
    networks: [{s.network}]
    restart: {s.restart}
  grafana:
    image: grafana/grafana:{s.grafana}
    environment:
      GF_SECURITY_ADMIN_PASSWORD: ${{GRAFANA_PASSWORD}}
    ports:
      - "{s.host_port}:3000"
    volumes:
      - {s.boards}:/var/lib/grafana
    networks: [{s.network}]
    restart: {s.restart}
    depends_on: [prometheus]
volumes:
  {s.series}:
  {s.boards}:
networks:
  {s.network}:
"""


TOPIC = Topic(
    name="compose-metrics",
    format="compose",
    sample=_sample,
    brief=_brief,
    answer=_answer,
    bench_only=True,
)
