"""Which modules there are: whether an import leads somewhere, decided without running anything."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath

from rewardsvc.means import LIBRARIES

ELSEWHERE = frozenset(
    {
        "kfp.aws",
        "kfp.gcp",
        "kfp.kubernetes",
        "kfp.onprem",
        "sagemaker.ai_registry",
        "sagemaker.core",
        "sagemaker.mlops",
        "sagemaker.train",
    }
)
"""Modules of other releases of these than the ones that are installed, and of their extensions."""

_NAMES = """
absl accelerate adlfs aenum affine agate agentops agno ai21 aim aiobotocore aiocache aiofiles
aiohttp aiokafka aiolimiter aiomysql aioredis aiosqlite aiostream airflow albucore albumentations
alembic alibi alibi_detect allennlp altair annoy ansible ansible_runner anthropic anyio apache_beam
apex apscheduler arch argilla arize arrow arviz asgiref asteroid astor astropy asyncpg asyncssh attr
attrs audiocraft audiomentations autogen autogluon autokeras autosklearn avro awkward awsglue
awswrangler axolotl azure azureml babel backoff backtesting basicsr bayes_opt beanie beartype
bentoml bertopic bigframes billiard bitarray bitsandbytes bleach blis blosc bokeh boltons botorch
braceexpand braintrust brotli bs4 cachetools captum cartopy cassandra catboost category_encoders
cattr cattrs causalml celery certifi cffi chainer chainlit chardet charset_normalizer cheroot
cherrypy chex chromadb ckanapi clang clearml click cloudevents cloudpathlib cloudpickle cloudscraper
cma cmdstanpy cohere coiled colorama coloredlogs colorlog comet_ml comm commentjson
compressed_tensors conda confection configargparse confluent_kafka consul contourpy coqpit
coremltools coverage cpuinfo crewai croniter cryptography ctranslate2 cuda cudf cugraph cuml cupy
curl_cffi cv2 cvxopt cvxpy cx_Oracle cycler daal4py dacite daft dagshub dagster dagster_aws
dagster_dbt dash dask databases databricks databricks_cli dataclasses_json datadog datasets
datasketch dateparser dateutil dbt ddtrace debugpy decord deepchecks deepdiff deepeval deepgram
deeplake deepspeed delta deltalake dgl diffrax diffusers dill dirty_equals discord diskcache distrax
distributed distro django dlib dnspython docarray docker docling docstring_parser docutils docx
dotenv dotmap dowhy dspy duckdb dvc dvclive e2b easydict easyocr econml edge_tts editdistance einops
elastic_transport elasticapm elasticsearch elasticsearch_dsl elevenlabs emoji entmax environs
envyaml etcd3 eth_account evaluate eventlet evidently exllamav2 fairlearn fairscale fairseq faiss
faker falcon fastai fastapi fastcore fastembed fasteners fastparquet fasttext faust feast
featuretools fiftyone filelock filetype fire flaky flaml flash_attn flashinfer flashtext flask
flatbuffers flatten_dict flax flwr folium fontTools fortuna freezegun frozendict fsspec fugue funcy
furl fuzzywuzzy fvcore galileo gcsfs gdown gensim geopandas geopy gevent gguf ginza giskard git
git_filter_repo github gitlab gluoncv gluonnlp gluonts google google_cloud_pipeline_components
gpflow gptcache gptqmodel gpytorch gradio grafana_client graphene graphframes graphviz
great_expectations greenlet grpc grpc_health grpc_reflection grpc_status grpclib guardrails guidance
gunicorn gym gymnasium h2o h5py haiku hamcrest haystack haystack_integrations hazelcast hdbscan
hiredis hnswlib holidays holoviews honcho hqq html2text html5lib httplib2 httptools httpx
huggingface_hub humanfriendly humanize hummingbird hvac hydra hypercorn hyperopt hypothesis ibis
ibm_watson_machine_learning icecream igraph imagehash imageio imblearn imgaug implicit incremental
inflect inflection influxdb influxdb_client instructor intel_extension_for_pytorch interpret invoke
ipdb ipykernel IPython ipywidgets isodate itables itsdangerous jax jaxlib jaxopt jieba jinja2
jinjasql jira jiter jmespath joblib joblibspark jose json5 jsonlines jsonpatch jsonpath_ng
jsonpickle jsonref jsonschema jupyter jupyter_client jupyterlab jupytext jwcrypto jwt kafka kaggle
kaggle_environments kale kaleido katib kazoo keras keras_core keras_cv keras_nlp keras_tuner keyring
kfp_tekton kfserving kink kombu konlpy kopf kornia kserve kserve_client kubeflow kubeflow_katib
kubeflow_training kubernetes kubernetes_asyncio label_studio label_studio_sdk lance lancedb
langchain langchain_anthropic langchain_aws langchain_chroma langchain_community langchain_core
langchain_experimental langchain_google_genai langchain_huggingface langchain_milvus
langchain_ollama langchain_openai langchain_pinecone langchain_postgres langchain_qdrant
langchain_text_splitters langcodes langdetect langfuse langgraph langsmith laspy lazy_loader ldap3
Levenshtein levenshtein librosa lifelines lightfm lightgbm lightly lightning lightning_fabric
lightning_utilities lime linearmodels linkify_it litdata litellm litestar litgpt llama_cpp
llama_index llama_parse llama_stack llmcompressor lm_eval lmdb lmdeploy locust logfire loguru
logzero lpips lxml lz4 magicattr mako markdown markdown_it markupsafe marshmallow matplotlib
matplotlib_inline mcp mdutils MeCab mecab medcat megatron mem0 memory_profiler mergekit metaflow
milvus minio mlagents mlforecast mlfoundry mlserver mlx mlx_lm mlxtend mmap_ninja mmcv mmdet
mmengine mock modal modelscope modin monai more_itertools motmetrics moto motor moviepy mpi4py msal
msgpack msgpack_numpy msgspec msrest multidict multipart multiprocess murmurhash mxnet
mypy_extensions mysql MySQLdb nats natsort nbconvert nbformat nemo nemo_run neo4j neptune
neptune_client networkx neuralforecast neuralprophet nevergrad newrelic newspaper nibabel nlpaug
nltk nncf nni nose notebook numba numba_cuda numcodecs numexpr numpy numpyro nvflare nvidia nvsmi
nvtx nx_cugraph oauthlib objgraph oci ollama omegaconf omegaconf_argparse onnx onnx_tf
onnxconverter_common onnxmltools onnxruntime onnxruntime_genai opacus opcua openai openai_harmony
opencensus opendp openinference openllm openml openpyxl opensearchpy openslide opentelemetry
openvino openvino_genai optax optimum optuna oracledb orbax orjson ortools oss2 ot outlines
outlines_core owlready2 oyaml packaging paddle paddlenlp paddleocr paho pandas pandas_gbq
pandas_profiling pandas_ta pandera panel papermill param parameterized paramiko parse pathos
pathspec pathvalidate patsy pdfminer pdfplumber peewee peft pendulum petastorm pexpect pgvector phik
phoenix phonenumbers pickle5 piexif pika pika_pool PIL pinecone pint pip pipelinewise pkg_resources
pkginfo platformdirs playhouse playwright plotly plotnine pluggy plyfile pm4py podman polars
polyaxon pooch portalocker portpicker posthog prefect preshed presidio_analyzer presidio_anonymizer
pretty_midi prettytable prometheus_api_client prometheus_client prometheus_fastapi_instrumentator
prompt_toolkit prophet proto psutil psycopg psycopg2 pulp pulsar pulumi pulumi_aws py3nvml py7zr
pyannote pyarrow pyathena pybars pycaret pyclipper pycocotools pycountry pycurl pydantic pydantic_ai
pydantic_core pydantic_settings pydeck pydeequ pydicom pydot pydrive2 pydub pyfakefs pyflink pygame
pygit2 pygments pyhive pyhocon pyiceberg pykeen pykube pylint pymc pymc3 pymemcache pymilvus pymongo
pymssql pymysql pynndescent pynput pynvml pyod pyodbc pyomo pypdf PyPDF2 pypinyin pyproj pyro
pyrsistent pysam pysftp pyspark pyspnego pystac pytesseract pytest pythainlp pythonjsonlogger
pytorch3d pytorch_forecasting pytorch_lightning pytorch_metric_learning pytorch_tabnet
pytorch_tabular pytz pywt pyxlsb pyzbar qai_hub qdrant_client qiskit quart questdb questionary quinn
ragas rapidfuzz rasa rasterio ray_lightning rdflib rdkit readchar recbole recommenders redis regex
reportlab requests requests_aws4auth requests_cache requests_mock requests_oauthlib
requests_toolbelt responses retry retrying rich river rouge rouge_score rpy2 rsa ruamel ruptures
rustworkx s3fs s3transfer sacrebleu sacremoses safehttpx safetensors sagemaker_containers
sagemaker_inference sagemaker_training samplerate schedule schema scikeras scikit_posthocs
scikitplot scipy scrapy sdv seaborn seldon_core selenium semantic_kernel semantic_version semver
sentence_transformers sentencepiece sentry_sdk seqeval setfit setproctitle setuptools sgl_kernel
sglang shap shapely shellingham simple_salesforce simplejson simpletransformers simpy singer six
skbase skforecast skimage skl2onnx sklearn skopt sktime slack_sdk slugify smac smart_open smbclient
smdebug smdistributed smolagents snappy snorkel snowballstemmer snowflake socketio socks
sortedcontainers soundfile soupsieve spacy sparkmagic sparknlp speech_recognition speechbrain sphinx
splink spython sqlalchemy sqlalchemy_utils sqlfluff sqlglot sqlmodel sqlparse srsly ssh2
stable_baselines3 stanza starlark starlette statsd statsforecast statsmodels strawberry streamlit
strictyaml stripe structlog submitit suod supabase supervision surprise swifter syft sympy tables
tabpfn tabula tabulate tavily tblib telegram tenacity tenseal tensorboard tensorboardX tensordict
tensorflow tensorflow_addons tensorflow_data_validation tensorflow_datasets tensorflow_hub
tensorflow_io tensorflow_metadata tensorflow_model_analysis tensorflow_model_optimization
tensorflow_probability tensorflow_recommenders tensorflow_serving tensorflow_text
tensorflow_transform tensorrt tensorrt_llm tensorstore termcolor terminaltables testcontainers
textacy textblob textdistance texttable textual textwrap3 tf2onnx tf_keras tfx thefuzz thinc thop
threadpoolctl thriftpy2 tiktoken timm together tokenizers toml tomli tomlkit toolz torch
torch_geometric torch_optimizer torch_scatter torch_sparse torch_xla torchao torchaudio torchdata
torcheval torchinfo torchlens torchmetrics torchopt torchrec torchrl torchsde torchserve
torchsummary torchtext torchtitan torchtune torchtyping torchvision torchx tornado tpot tqdm
traceloop trafilatura traitlets transformer_engine transformer_lens transformers treelib trino
triton tritonclient trl trueskill tsai tsfresh ttach turbojpeg tweepy twilio twisted typeguard
typepy typer typing_extensions tyro tzlocal ujson ultralytics umap unidecode unsloth unstructured
uritemplate urllib3 user_agents uvicorn uvloop vaderSentiment vaex validators vertexai vespa
viztracer vllm voluptuous vosk voyageai waitress wandb wandb_addons watchdog watchfiles weaviate
webdataset webencodings webob websocket websockets werkzeug whisper whisperx whitenoise whylogs
woodwork wordcloud wrapt wtforms x_transformers xarray xarray_einstats xformers xgboost xgboost_ray
xlrd xlsxwriter xmlschema xmltodict xxhash yaml yarl yaspin ydata_profiling yellowbrick yfinance
yolov5 youtube_dl yt_dlp zarr zeep zenml zhipuai zict zipp zmq zope zstandard
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
