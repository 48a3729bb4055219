"""What MLflow refuses to load as a project.

The source of all is ``load_project`` in mlflow/projects/_project_spec.py of MLflow 3.4. Not its
schema: it has none, and says of most of these only that ``None`` has no ``items``. What it takes
and fails on later, when an entry point is run, is in :mod:`rewardsvc.formats.python.mlproject`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from rewardsvc.formats.python.mlproject import ENVIRONMENTS, Project
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.refusals import Refusal

_SOURCE = "mlflow/projects/_project_spec.py (MLflow 3.4): "
_PATH = "MLproject"
_RUNS = "entry_points: {main: {command: python train.py}}\n"
_SPARK = "databricks_spark_job"


def _told(
    code: str, find: Callable[[Project], Iterator[tuple[tuple[str, ...], str]]]
) -> Callable[[Project], Iterable[Diagnostic]]:
    """The places and words of a rule as its diagnostics."""
    return lambda project: (project.problem(words, code, at) for at, words in find(project))


def _entries(project: Project) -> Mapping[str, JsonValue]:
    found = project.value.get("entry_points")
    return found if isinstance(found, dict) else {}


def _mappings(project: Project) -> Iterator[tuple[str, Mapping[str, JsonValue]]]:
    return ((n, entry) for n, entry in _entries(project).items() if isinstance(entry, dict))


def _environments(project: Project) -> Iterator[tuple[tuple[str, ...], str]]:
    named = [key for key in project.value if key in ENVIRONMENTS]
    if len(named) > 1:
        yield (named[1],), f"{' and '.join(named)}: a project has one environment"


def _entry_points(project: Project) -> Iterator[tuple[tuple[str, ...], str]]:
    if "entry_points" in project.value and not isinstance(project.value["entry_points"], dict):
        yield ("entry_points",), "entry_points is not a mapping"


def _entry(project: Project) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, entry in _entries(project).items():
        if not isinstance(entry, dict):
            yield ("entry_points", name), f"entry point {name!r} is not a mapping"


def _parameters(project: Project) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, entry in _mappings(project):
        if "parameters" in entry and not isinstance(entry["parameters"], dict):
            at = ("entry_points", name, "parameters")
            yield at, f"entry point {name!r}: parameters is not a mapping; leave it out for none"


def _parameter(project: Project) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, entry in _mappings(project):
        declared = entry.get("parameters")
        for parameter, value in declared.items() if isinstance(declared, dict) else ():
            if not isinstance(value, str | dict):
                at = ("entry_points", name, "parameters", parameter)
                words = "is neither a type nor a mapping with type and default"
                yield at, f"entry point {name!r}: parameter {parameter!r} {words}"


def _docker(project: Project) -> Mapping[str, JsonValue] | None:
    """The Docker environment, where there is one that is looked into."""
    found = project.value.get("docker_env")
    return found if found and isinstance(found, dict) and not _spark(project) else None


def _image(project: Project) -> Iterator[tuple[tuple[str, ...], str]]:
    docker = _docker(project)
    if docker is not None and not docker.get("image"):
        yield ("docker_env",), "docker_env names no image"


def _volumes(project: Project) -> Iterator[tuple[tuple[str, ...], str]]:
    found = (_docker(project) or {}).get("volumes")
    if found and not (isinstance(found, list) and all(isinstance(each, str) for each in found)):
        yield ("docker_env", "volumes"), "the volumes of docker_env are not a list of texts"


def _environment(project: Project) -> Iterator[tuple[tuple[str, ...], str]]:
    found = (_docker(project) or {}).get("environment")
    if found and not (isinstance(found, list) and all(isinstance(e, str | list) for e in found)):
        words = "is no list of names and of [name, value]"
        yield ("docker_env", "environment"), f"the environment of docker_env {words}"


def _kinds(project: Project) -> Iterator[tuple[tuple[str, ...], str]]:
    if _spark(project):
        return
    for key in ENVIRONMENTS:
        value = project.value.get(key)
        if value and key == "docker_env" and not isinstance(value, dict):
            yield (key,), "docker_env is a mapping that names an image"
        elif value and key != "docker_env" and not isinstance(value, str):
            yield (key,), f"{key} is not the path of a file"


def _spark(project: Project) -> bool:
    return project.value.get(_SPARK) is not None


def _spark_job(project: Project) -> Iterator[tuple[tuple[str, ...], str]]:
    job = project.value.get(_SPARK)
    if job is None:
        return
    if not isinstance(job, dict):
        yield (_SPARK,), f"{_SPARK} is not a mapping"
    elif job.get("python_file") is None and not _entries(project):
        yield (_SPARK,), f"{_SPARK} has neither a python_file nor entry points"
    elif job.get("python_file") is not None and _entries(project):
        yield (_SPARK, "python_file"), f"{_SPARK} has a python_file beside entry points"


def _spark_environment(project: Project) -> Iterator[tuple[tuple[str, ...], str]]:
    for key in ENVIRONMENTS if _spark(project) else ():
        if key in project.value:
            yield (key,), f"{_SPARK} takes no {key}"


def _spark_paths(project: Project) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, entry in _mappings(project) if _spark(project) else ():
        declared = entry.get("parameters")
        for parameter, value in declared.items() if isinstance(declared, dict) else ():
            kind = value.get("type") if isinstance(value, dict) else value
            if kind == "path":
                at = ("entry_points", name, "parameters", parameter)
                yield at, f"{_SPARK} takes no parameter of the type path: {parameter!r}"


def _row(
    code: str,
    what: str,
    source: str,
    find: Callable[[Project], Iterator[tuple[tuple[str, ...], str]]],
    *inputs: str,
) -> Refusal[Project]:
    """A row; ``inputs`` are one that is refused and one that is not."""
    refused, accepted = inputs
    return Refusal(
        code=code,
        what=what,
        source=_SOURCE + source,
        find=_told(code, find),
        refused=refused,
        accepted=accepted,
        path=_PATH,
    )


REFUSALS: tuple[Refusal[Project], ...] = (
    _row(
        "environments",
        "a project has one environment",
        "multiple environment fields",
        _environments,
        f"docker_env: {{image: a}}\npython_env: p.yaml\n{_RUNS}",
        f"docker_env: {{image: a}}\n{_RUNS}",
    ),
    _row(
        "environment-kind",
        "an environment is the path of a file; that of Docker a mapping",
        "os.path.join(directory, python_env); docker_env.get",
        _kinds,
        f"conda_env: {{name: c}}\n{_RUNS}",
        f"conda_env: c.yaml\n{_RUNS}",
    ),
    _row(
        "no-entry-points",
        "entry_points is a mapping where it is there",
        'yaml_obj.get("entry_points", {}).items()',
        _entry_points,
        f"entry_points: []\n{_SPARK}: {{python_file: a.py}}\n",
        _RUNS,
    ),
    _row(
        "entry-point",
        "an entry point is a mapping",
        'entry_point_yaml.get("parameters", {})',
        _entry,
        "entry_points:\n  main: {command: python train.py}\n  test: python test.py\n",
        "entry_points:\n  main: {command: python train.py}\n  test: {command: python test.py}\n",
    ),
    _row(
        "parameters",
        "the parameters of an entry point are a mapping where they are there",
        "parameters.items() of EntryPoint",
        _parameters,
        "entry_points:\n  main:\n    parameters:\n    command: python train.py\n",
        "entry_points:\n  main:\n    parameters: {}\n    command: python train.py\n",
    ),
    _row(
        "parameter",
        "a parameter is its type, or a mapping",
        'yaml_obj.get("type", "string") of Parameter',
        _parameter,
        "entry_points: {main: {parameters: {rate: 0.1}, command: 'python t.py {rate}'}}\n",
        "entry_points:\n  main:\n    parameters: {rate: {type: float, default: 0.1}, n: float}\n"
        "    command: 'python t.py {rate} {n}'\n",
    ),
    _row(
        "docker-image",
        "a Docker environment has an image",
        "Docker environment specified but no image attribute found",
        _image,
        f"docker_env: {{volumes: ['/a:/a']}}\n{_RUNS}",
        f"docker_env: {{image: a, volumes: ['/a:/a']}}\n{_RUNS}",
    ),
    _row(
        "docker-volumes",
        "the volumes of a Docker environment are texts",
        "Docker volumes must be a list of strings",
        _volumes,
        f"docker_env: {{image: a, volumes: '/a:/a'}}\n{_RUNS}",
        f"docker_env: {{image: a, volumes: []}}\n{_RUNS}",
    ),
    _row(
        "docker-environment",
        "the environment of a Docker environment is a list of names and pairs",
        "environment must be a list containing either strings or lists of string pairs",
        _environment,
        f"docker_env: {{image: a, environment: {{A: b}}}}\n{_RUNS}",
        f"docker_env: {{image: a, environment: [[A, b], HOME]}}\n{_RUNS}",
    ),
    _row(
        "spark-job",
        "a Spark job has a python_file or entry points, and not both",
        "Databricks Spark job requires either …; does not allow setting both",
        _spark_job,
        f"{_SPARK}: {{python_file: a.py}}\n{_RUNS}",
        f"{_SPARK}: {{python_libraries: [torch]}}\n{_RUNS}",
    ),
    _row(
        "spark-environment",
        "a Spark job has no environment",
        "Databricks Spark job does not support setting … environment",
        _spark_environment,
        f"{_SPARK}: {{parameters: []}}\npython_env: p.yaml\n{_RUNS}",
        f"{_SPARK}: {{parameters: []}}\n{_RUNS}",
    ),
    _row(
        "spark-path",
        "a parameter of a Spark job is no path",
        "does not support entry point parameter of 'path' type",
        _spark_paths,
        f"{_SPARK}: {{parameters: []}}\n"
        "entry_points: {main: {parameters: {a: path}, command: 'python t.py {a}'}}\n",
        f"{_SPARK}: {{parameters: []}}\n"
        "entry_points: {main: {parameters: {a: uri}, command: 'python t.py {a}'}}\n",
    ),
)
