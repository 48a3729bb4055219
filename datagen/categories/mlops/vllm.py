"""vLLM: an OpenAI-compatible server on GPUs behind a Service."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.pins import argument, holds, of_kind, quantity, selects
from datagen.topic import Topic
from datagen.vocabulary import NAMESPACES, named

_CONTAINER = "spec.template.spec.containers[0]"
_ARGS = f"[?kind=='Deployment'].{_CONTAINER}.args[]"


@dataclass(frozen=True, slots=True)
class Server:
    """A model, how it is spread over GPUs, and the port it answers on."""

    name: str
    namespace: str
    version: str
    model: str
    replicas: int
    gpus: int
    context: int
    port: int


def _sample(rng: Random) -> Server:
    return Server(
        name=rng.choice((named(rng, "llm", "vllm", "chat", "completions"), "vllm", "llm")),
        namespace=rng.choice(NAMESPACES),
        version=f"v0.{rng.randint(6, 9)}.{rng.randint(0, 3)}",
        model=rng.choice(
            (
                "Qwen/Qwen2.5-0.5B-Instruct",
                "Qwen/Qwen2.5-7B-Instruct",
                "meta-llama/Llama-3.1-8B-Instruct",
                "meta-llama/Llama-3.3-70B-Instruct",
                "mistralai/Mistral-7B-Instruct-v0.3",
                "microsoft/phi-4",
                "google/gemma-2-9b-it",
            )
        ),
        replicas=rng.randint(2, 6),
        gpus=rng.choice((1, 2, 4, 8)),
        context=rng.choice((2048, 4096, 8192, 16384, 32768)),
        port=rng.choice((8000, 8001, 8080, 8081, 9000)),
    )


def _brief(s: Server) -> Brief:
    name, port, gpus = lit(s.name), num(s.port), num(s.gpus)
    image = f"vllm/vllm-openai:{s.version}"
    return Brief(
        need(
            f"vLLM Deployment and Service named {name}",
            f"a vLLM server on Kubernetes: a Deployment and a Service, both named {name}",
            f"Kubernetes manifests (Deployment and Service) that serve a model with vLLM as {name}",
            pins=[
                *(of_kind(kind, "metadata.name", s.name) for kind in ("Deployment", "Service")),
                selects("Deployment", "spec.selector.matchLabels", "Deployment"),
                selects("Service", "spec.selector", "Deployment"),
            ],
        ),
        (
            need(
                f"namespace {lit(s.namespace)}",
                f"Both are in the {lit(s.namespace)} namespace",
                f"Put both into namespace {lit(s.namespace)}",
                pins=[
                    of_kind(kind, "metadata.namespace", s.namespace)
                    for kind in ("Deployment", "Service")
                ],
            ),
            need(
                f"image {lit(image)}",
                f"Use the image {lit(image)}",
                f"The container runs {lit(image)}",
                pins=[of_kind("Deployment", f"{_CONTAINER}.image", image)],
            ),
            need(
                f"model {lit(s.model)} (--model)",
                f"Serve {lit(s.model)}, given with --model",
                f"The argument --model is {lit(s.model)}",
                pins=[argument(_ARGS, "model", s.model)],
            ),
            need(
                f"{num(s.replicas)} replicas",
                f"Run {num(s.replicas)} replicas",
                f"The replica count is {num(s.replicas)}",
                pins=[of_kind("Deployment", "spec.replicas", s.replicas)],
            ),
            need(
                f"{gpus} GPU a replica and --tensor-parallel-size {s.gpus}",
                f"Each replica is limited to {gpus} NVIDIA GPU, and --tensor-parallel-size is"
                f" {s.gpus} as well",
                f"Spread the model over {gpus} GPU (nvidia.com/gpu limit and"
                f" --tensor-parallel-size)",
                pins=[
                    quantity(
                        "Deployment", f'{_CONTAINER}.resources.limits."nvidia.com/gpu"', s.gpus
                    ),
                    argument(_ARGS, "tensor-parallel-size", s.gpus),
                ],
            ),
            need(
                f"--max-model-len {num(s.context)}",
                f"Set --max-model-len to {num(s.context)}",
                f"The context is {num(s.context)} tokens (--max-model-len)",
                pins=[argument(_ARGS, "max-model-len", s.context)],
            ),
            need(
                f"port {port} for the server (--port) and the Service",
                f"The server listens on port {port} (--port) and the Service offers the same",
                f"Use port {port} for --port, the container and the Service",
                pins=[
                    argument(_ARGS, "port", s.port),
                    of_kind("Deployment", f"{_CONTAINER}.ports[0].containerPort", s.port),
                    holds("Deployment", f"length({_CONTAINER}.ports) == `1`"),
                    holds("Service", "length(spec.ports) == `1`"),
                    of_kind("Service", "spec.ports[0].port", s.port),
                ],
            ),
        ),
    )


def _answer(s: Server) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {s.name}
  namespace: {s.namespace}
spec:
  replicas: {s.replicas}
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
          image: vllm/vllm-openai:{s.version}
          args:
            - --model={s.model}
            - --tensor-parallel-size={s.gpus}
            - --max-model-len={s.context}
            - --port={s.port}
          ports:
            - containerPort: {s.port}
          resources:
            limits:
              nvidia.com/gpu: {s.gpus}
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
    name="vllm-deployment",
    format="kubernetes",
    sample=_sample,
    brief=_brief,
    answer=_answer,
)
