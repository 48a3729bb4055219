"""KServe: a model served by an InferenceService."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.needs import equal_resources, in_namespace
from datagen.pins import of_kind
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, ORGANISATIONS, model

_KIND = "InferenceService"
_PREDICTOR = "spec.predictor"


@dataclass(frozen=True, slots=True)
class InferenceService:
    """A model with its format, storage, scale and resources."""

    name: str
    namespace: str
    model_format: str
    storage: str
    least: int
    most: int
    cpu: int
    memory: str


def _sample(rng: Random) -> InferenceService:
    name = model(rng)
    scheme = rng.choice(("s3", "gs"))
    least = rng.randint(1, 3)
    return InferenceService(
        name=name,
        namespace=rng.choice(NAMESPACES),
        model_format=rng.choice(
            ("sklearn", "xgboost", "lightgbm", "pytorch", "tensorflow", "onnx", "huggingface")
        ),
        storage=f"{scheme}://{rng.choice(ORGANISATIONS)}-models/{name}/v{rng.randint(1, 12)}",
        least=least,
        most=least + rng.randint(1, 7),
        cpu=rng.choice((1, 2, 4, 8)),
        memory=rng.choice(("1Gi", "2Gi", "4Gi", "8Gi", "16Gi", "32Gi")),
    )


def _brief(s: InferenceService) -> Brief:
    name, kind, uri = lit(s.name), lit(s.model_format), lit(s.storage)
    return Brief(
        need(
            f"InferenceService named {name}",
            f"a KServe InferenceService named {name}",
            f"a manifest that serves a model with a KServe InferenceService called {name}",
            f"an InferenceService manifest (KServe v1beta1) called {name}",
            pins=[of_kind(_KIND, "metadata.name", s.name)],
        ),
        (
            in_namespace(_KIND, s.namespace),
            need(
                f"model format {kind}",
                f"The predictor's model format is {kind}",
                f"It is a model of format {kind}",
                pins=[of_kind(_KIND, f"{_PREDICTOR}.model.modelFormat.name", s.model_format)],
            ),
            need(
                f"storageUri {uri}",
                f"The model lies at {uri}",
                f"Load the model from {uri}",
                pins=[of_kind(_KIND, f"{_PREDICTOR}.model.storageUri", s.storage)],
            ),
            need(
                f"{num(s.least)} to {num(s.most)} replicas",
                f"Scale between {num(s.least)} and {num(s.most)} replicas",
                f"At least {num(s.least)} and at most {num(s.most)} replicas should run",
                pins=[
                    of_kind(_KIND, f"{_PREDICTOR}.minReplicas", s.least),
                    of_kind(_KIND, f"{_PREDICTOR}.maxReplicas", s.most),
                ],
            ),
            equal_resources(_KIND, f"{_PREDICTOR}.model", s.cpu, s.memory),
        ),
    )


def _answer(s: InferenceService) -> str:
    return f"""\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  predictor:
    minReplicas: {s.least}
    maxReplicas: {s.most}
    model:
      modelFormat:
        name: {s.model_format}
      storageUri: {s.storage}
      resources:
        requests:
          cpu: "{s.cpu}"
          memory: {s.memory}
        limits:
          cpu: "{s.cpu}"
          memory: {s.memory}
"""


TOPIC = Topic(
    name="kserve-inference-service",
    format="kubernetes",
    sample=_sample,
    brief=_brief,
    answer=_answer,
)
