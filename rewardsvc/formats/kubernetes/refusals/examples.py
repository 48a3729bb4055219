"""Short manifests for the rows' examples, each whole, with room for what a row is about."""


def resource(api: str, kind: str, rest: str = "", *, meta: str = "name: web") -> str:
    """A resource; ``rest`` are its further lines."""
    return f"apiVersion: {api}\nkind: {kind}\nmetadata: {{{meta}}}\n{rest}\n"


def pod_spec(spec: str = "", container: str = "") -> str:
    """A pod's spec in one line; both begin with what follows a comma."""
    inner = f", {container}" if container else ""
    outer = f", {spec}" if spec else ""
    return f"{{containers: [{{name: web, image: 'nginx:1.27'{inner}}}]{outer}}}"


def pod(spec: str = "", container: str = "", *, meta: str = "name: web") -> str:
    """A Pod with one container."""
    return resource("v1", "Pod", f"spec: {pod_spec(spec, container)}", meta=meta)


def workload(
    kind: str = "Deployment", more: str = "", spec: str = "", labels: str = "app: web"
) -> str:
    """A Deployment, StatefulSet or DaemonSet; ``more`` is of its spec, ``spec`` of its pods'."""
    return resource(
        "apps/v1",
        kind,
        "spec:\n"
        "  selector: {matchLabels: {app: web}}\n"
        + (f"  {more}\n" if more else "")
        + f"  template:\n    metadata: {{labels: {{{labels}}}}}\n    spec: {pod_spec(spec)}",
    )


def job(more: str = "", spec: str = "restartPolicy: Never") -> str:
    """A Job."""
    lines = f"  {more}\n" if more else ""
    return resource("batch/v1", "Job", f"spec:\n{lines}  template: {{spec: {pod_spec(spec)}}}")


def cron_job(more: str = "", schedule: str = "0 3 * * *", *, meta: str = "name: web") -> str:
    """A CronJob."""
    lines = f"  {more}\n" if more else ""
    template = pod_spec("restartPolicy: Never")
    return resource(
        "batch/v1",
        "CronJob",
        f"spec:\n  schedule: {schedule!r}\n{lines}"
        f"  jobTemplate: {{spec: {{template: {{spec: {template}}}}}}}",
        meta=meta,
    )


def service(spec: str, *, meta: str = "name: web") -> str:
    """A Service."""
    return resource("v1", "Service", f"spec: {{{spec}}}", meta=meta)


def claim(spec: str) -> str:
    """A PersistentVolumeClaim."""
    return resource("v1", "PersistentVolumeClaim", f"spec: {{{spec}}}", meta="name: data")
