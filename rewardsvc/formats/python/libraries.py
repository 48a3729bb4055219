"""Which modules there are: whether an import leads somewhere, decided without running anything."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath

from rewardsvc.means import LIBRARIES

ELSEWHERE = frozenset(
    {
        "kfp.kubernetes",
        "sagemaker.ai_registry",
        "sagemaker.core",
        "sagemaker.mlops",
        "sagemaker.train",
    }
)
"""Modules of other releases of these than the ones that are installed, and of their extensions."""

_NAMES = """
absl accelerate aiohttp airflow albumentations altair anthropic apache_beam apex asyncpg azure
bentoml bitsandbytes bs4 catboost celery chromadb clearml click cloudpickle comet_ml
confluent_kafka cryptography cudf cuml cupy cv2 dagster dask datasets deepspeed delta diffusers
distributed dotenv dvc dvclive elasticsearch evaluate evidently faiss fastai fastapi fastparquet
feast filelock flash_attn flask flax fsspec gensim git google gradio great_expectations grpc
gunicorn h5py hdbscan httpx huggingface_hub hvac hydra hyperopt imblearn IPython jax jaxlib jinja2
joblib jsonschema jwt kafka keras kopf kserve kubeflow kubernetes langchain langchain_community
langchain_core langchain_openai lightgbm lightning llama_cpp loguru lxml lz4 marshmallow
matplotlib metaflow modin monai mpi4py msgpack multiprocess nats neptune networkx nltk nni numba
numpy nvidia omegaconf onnx onnxruntime openai opentelemetry optimum optuna orjson outlines paho
pandas papermill paramiko patsy peft pika PIL pinecone pkg_resources plotly polars prefect
prometheus_client prophet psutil psycopg psycopg2 pyarrow pydantic pydantic_settings pymongo
pymysql pynvml pyspark pytest pytorch_lightning pytz qdrant_client redis regex requests rich s3fs
safetensors scipy seaborn sentence_transformers sentencepiece sentry_sdk setuptools shap skimage
skl2onnx sklearn slack_sdk smdebug smdistributed snowflake spacy sqlalchemy starlette statsmodels
streamlit structlog sympy tabulate tenacity tensorboard tensorboardX tensorflow
tensorflow_datasets tensorflow_hub tensorrt textblob thinc tiktoken timm tokenizers toml tomli
torch torchaudio torchmetrics torchtext torchvision tqdm transformers triton tritonclient trl
typer typing_extensions ujson umap urllib3 uvicorn uvloop vllm wandb weaviate websockets werkzeug
xarray xformers xgboost yaml yfinance zenml zmq
"""
KNOWN = frozenset(_NAMES.split())
"""Modules that are published and widely used for machine learning and operations. They lead
somewhere, though nothing of them is here to look into."""


_MAX_NAME = 200
"""Bytes of the name of a file, for its ending fits beside; Linux has no longer ones than 255."""


class Found(Enum):
    """Where an import leads."""

    YES = "yes"
    NOT_HERE = "not here"
    """A well-known module whose names nobody can check."""
    TOOL_MISSING = "tool missing"
    """One of :data:`LIBRARIES` that is not installed, or another release of one that is."""
    NO = "no"


@dataclass(frozen=True, slots=True)
class Libraries:
    """The folder of the libraries; None where it is missing."""

    folder: Path | None

    def version(self, module: str) -> str:
        """Name and version of the distribution that a module of ours is of, "" for others."""
        root = module.partition(".")[0]
        if self.folder is None or root not in LIBRARIES:
            return ""
        return next((path.stem for path in sorted(self.folder.glob(f"{root}-*.dist-info"))), "")

    def find(self, module: str, own: frozenset[str]) -> Found:
        """Where ``import module`` leads, in an answer that has modules called ``own`` itself."""
        root, _, below = module.partition(".")
        if module.startswith(".") or root in own or root in sys.stdlib_module_names:
            return Found.YES
        if any(module == other or module.startswith(f"{other}.") for other in ELSEWHERE):
            return Found.TOOL_MISSING
        if self.folder is None:
            if root in LIBRARIES:
                return Found.TOOL_MISSING
            return Found.NOT_HERE if root in KNOWN else Found.NO
        # Submodules only of what is pinned: others may make theirs while they are imported.
        looked_for = (root, *below.split(".")) if root in LIBRARIES and below else (root,)
        if _lies_in(self.folder, looked_for):
            return Found.YES
        if root in LIBRARIES and not _lies_in(self.folder, (root,)):
            return Found.TOOL_MISSING
        return Found.NOT_HERE if root in KNOWN else Found.NO


def own_modules(paths: Sequence[str]) -> frozenset[str]:
    """The modules and packages that the answer's own files are."""
    parts = [PurePosixPath(path).with_suffix("").parts for path in paths if path.endswith(".py")]
    return frozenset(name for path in parts for name in path)


def roots(imports: Sequence[Mapping[str, object]]) -> frozenset[str]:
    """The modules that are imported and the names taken from them, with all that lie above."""
    found: set[str] = set()
    for each in imports:
        parts = f"{each['module']}.{each['name']}".strip(".").split(".")
        found.update(".".join(parts[:length]) for length in range(1, len(parts) + 1))
    return frozenset(found)


def _lies_in(folder: Path, parts: Sequence[str]) -> bool:
    place = folder.joinpath(*parts[:-1])
    name = parts[-1]
    if not all(part.isidentifier() and len(part.encode()) <= _MAX_NAME for part in parts):
        return False
    if (place / name).is_dir() or (place / f"{name}.py").is_file():
        return True
    return any(place.glob(f"{name}.*.so")) or (place / f"{name}.so").is_file()
