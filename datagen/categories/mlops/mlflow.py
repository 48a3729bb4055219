"""MLflow: a tracking server with a volume behind a Service."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num, size
from datagen.pins import argument, documents, holds, of_kind, selects
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, named

_CONTAINER = "spec.template.spec.containers[0]"


@dataclass(frozen=True, slots=True)
class TrackingServer:
    """A server, its port, and the size of the volume that keeps runs and artifacts."""

    name: str
    namespace: str
    version: str
    port: int
    storage: str
    path: str


def _sample(rng: Random) -> TrackingServer:
    return TrackingServer(
        name=rng.choice((named(rng, "mlflow", "tracking", "experiments"), "mlflow")),
        namespace=rng.choice(NAMESPACES),
        version=f"v2.{rng.randint(9, 19)}.{rng.randint(0, 3)}",
        port=rng.choice((5000, 5001, 5005, 8000, 8080, 8081, 8500, 8888)),
        storage=rng.choice(("5Gi", "10Gi", "20Gi", "50Gi", "100Gi", "200Gi", "500Gi")),
        path=rng.choice(("/mlflow", "/data", "/mnt/mlflow", "/var/lib/mlflow", "/mlruns")),
    )


def _brief(s: TrackingServer) -> Brief:
    name, path, port = lit(s.name), lit(s.path), num(s.port)
    image = f"ghcr.io/mlflow/mlflow:{s.version}"
    kinds = ("Deployment", "Service", "PersistentVolumeClaim")
    return Brief(
        need(
            f"MLflow tracking server {name}: Deployment, Service, PersistentVolumeClaim",
            f"an MLflow tracking server on Kubernetes (Deployment, Service and"
            f" PersistentVolumeClaim, all named {name})",
            f"Kubernetes manifests for MLflow: a PersistentVolumeClaim, a Deployment and a"
            f" Service, each called {name}",
            pins=[
                *(of_kind(kind, "metadata.name", s.name) for kind in kinds),
                selects("Deployment", "spec.selector.matchLabels", "Deployment"),
                selects("Service", "spec.selector", "Deployment"),
            ],
        ),
        (
            need(
                f"namespace {lit(s.namespace)}",
                f"All three are in the {lit(s.namespace)} namespace",
                f"Put everything into namespace {lit(s.namespace)}",
                pins=[of_kind(kind, "metadata.namespace", s.namespace) for kind in kinds],
            ),
            need(
                f"image {lit(image)}, started with mlflow server",
                f"Use the image {lit(image)} and start it with mlflow server",
                f"The container runs {lit(image)} with the command mlflow server",
                pins=[
                    of_kind("Deployment", f"{_CONTAINER}.image", image),
                    documents(
                        f"[?kind=='Deployment'].{_CONTAINER}.[command, args][][]"
                        " | starts_with(join(' ', @), 'mlflow server ')"
                    ),
                ],
            ),
            need(
                f"port {port} for the server and the Service",
                f"The server listens on port {port} and the Service offers the same port",
                f"Use port {port} for both the container and the Service",
                pins=[
                    of_kind("Service", "spec.ports[0].port", s.port),
                    of_kind("Deployment", f"{_CONTAINER}.ports[0].containerPort", s.port),
                    holds("Deployment", f"length({_CONTAINER}.ports) == `1`"),
                    holds("Service", "length(spec.ports) == `1`"),
                    argument(f"[?kind=='Deployment'].{_CONTAINER}.args[]", "port", s.port),
                ],
            ),
            need(
                f"a ReadWriteOnce volume of {size(s.storage)} mounted at {path}, which is the"
                f" --backend-store-uri",
                f"Claim a ReadWriteOnce volume of {size(s.storage)}, mount it at {path} and give"
                f" that as --backend-store-uri",
                f"Its data lies on a {size(s.storage)} ReadWriteOnce volume mounted at {path}"
                f" (--backend-store-uri)",
                pins=[
                    of_kind("PersistentVolumeClaim", "spec.resources.requests.storage", s.storage),
                    of_kind("PersistentVolumeClaim", "spec.accessModes", ["ReadWriteOnce"]),
                    documents(
                        "[?kind=='Deployment'] | [0].spec.template.spec | length("
                        f"containers[0].volumeMounts[?mountPath=='{s.path}']) == `1`"
                        f" && (containers[0].volumeMounts[?mountPath=='{s.path}'] | [0].name)"
                        f" == (volumes[?persistentVolumeClaim.claimName=='{s.name}'] | [0].name)"
                    ),
                    argument(
                        f"[?kind=='Deployment'].{_CONTAINER}.args[]", "backend-store-uri", s.path
                    ),
                ],
            ),
        ),
    )


def _answer(s: TrackingServer) -> str:
    return f"""\
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: {s.storage}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  selector:
    matchLabels:
      app: {s.name}
  template:
    metadata:
      labels:
        app: {s.name}
    spec:
      containers:
        - name: app
          image: ghcr.io/mlflow/mlflow:{s.version}
          command: ["mlflow", "server"]
          args: ["--host=0.0.0.0", "--port={s.port}", "--backend-store-uri={s.path}"]
          ports:
            - containerPort: {s.port}
          volumeMounts:
            - name: data
              mountPath: {s.path}
      volumes:
        - name: data
          persistentVolumeClaim:
            claimName: {s.name}
---
apiVersion: v1
kind: Service
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  selector:
    app: {s.name}
  ports:
    - port: {s.port}
"""


TOPIC = Topic(
    name="mlflow-server",
    format="kubernetes",
    sample=_sample,
    brief=_brief,
    answer=_answer,
)
