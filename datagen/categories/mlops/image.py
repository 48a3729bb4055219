"""Training image: a Dockerfile on a PyTorch base."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need
from datagen.needs import base_image, created_user, working_directory
from datagen.pins import ast, instruction, word_in
from datagen.topic import Topic

_BASES = (
    "pytorch/pytorch:2.3.1-cuda12.1-cudnn8-runtime",
    "pytorch/pytorch:2.4.1-cuda12.4-cudnn9-runtime",
    "pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime",
    "pytorch/pytorch:2.6.0-cuda12.6-cudnn9-runtime",
)
_PACKAGES = {
    "transformers": ("4.44.2", "4.46.3", "4.49.0"),
    "datasets": ("2.21.0", "3.2.0"),
    "accelerate": ("0.34.2", "1.2.1"),
    "peft": ("0.13.2", "0.14.0"),
    "mlflow": ("2.17.2", "2.19.0"),
    "scikit-learn": ("1.5.2", "1.6.0"),
    "lightning": ("2.4.0", "2.5.0"),
    "wandb": ("0.18.7", "0.19.1"),
    "pandas": ("2.2.2", "2.2.3"),
    "optuna": ("4.0.0", "4.1.0"),
    "deepspeed": ("0.15.4", "0.16.2"),
}


@dataclass(frozen=True, slots=True)
class TrainingImage:
    """A base, pinned packages, and a script that trains."""

    base: str
    packages: tuple[str, ...]
    workdir: str
    script: str
    user: str
    hub: str


def _sample(rng: Random) -> TrainingImage:
    names = sorted(rng.sample(sorted(_PACKAGES), 3))
    return TrainingImage(
        base=rng.choice(_BASES),
        packages=tuple(f"{name}=={rng.choice(_PACKAGES[name])}" for name in names),
        workdir=rng.choice(("/workspace", "/app", "/opt/train", "/srv/training")),
        script=rng.choice(("train.py", "finetune.py", "main.py", "src/train.py", "run.py")),
        user=rng.choice(("trainer", "ml", "app", "worker")),
        hub=rng.choice(("/cache/hf", "/data/hf", "/models", "/mnt/hf-cache")),
    )


def _brief(s: TrainingImage) -> Brief:
    script = lit(f"python {s.script}")
    return Brief(
        need(
            "Dockerfile of a training image with the code of its folder",
            "a Dockerfile for a model-training image that copies the code in",
            "a Dockerfile that packages our PyTorch training code (COPY of the whole folder)",
            pins=[instruction("COPY", "starts_with(value, '. ')")],
        ),
        (
            base_image(s.base),
            working_directory(s.workdir),
            need(
                f"pip packages {lits(s.packages)}, without pip's cache",
                f"Install {lits(s.packages)} with pip (--no-cache-dir)",
                f"pip installs {lits(s.packages)}, with --no-cache-dir",
                pins=[
                    *(instruction("RUN", word_in("value", package)) for package in s.packages),
                    instruction("RUN", "contains(value, '--no-cache-dir')"),
                ],
            ),
            need(
                f"HF_HOME={lit(s.hub)}",
                f"Set the environment variable HF_HOME to {lit(s.hub)}",
                f"HF_HOME is {lit(s.hub)}",
                pins=[ast("final.env.HF_HOME", s.hub)],
            ),
            created_user(s.user),
            need(
                f"entry point {script} in exec form",
                f"The entry point, in exec form, is {script}",
                f"It starts with {script} (ENTRYPOINT, exec form)",
                pins=[ast("final.entrypoint", ["python", s.script])],
            ),
        ),
    )


def _answer(s: TrainingImage) -> str:
    packages = " \\\n    ".join(s.packages)
    return f"""\
FROM {s.base}
WORKDIR {s.workdir}
ENV HF_HOME={s.hub}
RUN pip install --no-cache-dir \\
    {packages}
COPY . .
RUN useradd --create-home {s.user}
USER {s.user}
ENTRYPOINT ["python", "{s.script}"]
"""


TOPIC = Topic(
    name="training-image",
    format="dockerfile",
    sample=_sample,
    brief=_brief,
    answer=_answer,
)
