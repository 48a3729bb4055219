"""Runs a Python answer up to the point where it would leave the box, and writes down what it made.

``child.py KIND LIBRARIES FILE RESULT MODULE…``, in the answer's folder. KIND is kfp, serve or
sagemaker; modules are those that something may stand in for. The answer's code runs in this process
and could write what it likes; the verifier compares with what it has read in the answer's text and
with what our AWS recorded.
"""

import argparse
import importlib.abc
import importlib.machinery
import json
import os
import runpy
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

MAX_SLEEPS = 10_000


def main() -> None:
    """Run the answer and write the result, whatever came of it."""
    Path(__file__).unlink()  # read by now, and no business of the answer's
    kind, libraries, file, result, *known = sys.argv[1:]
    sys.path[:0] = [str(Path.cwd()), libraries]
    sys.argv = [file]
    stand_ins = StandIns(frozenset(known))
    sys.meta_path.append(stand_ins)
    without_waiting()
    with_arguments()
    recorders: dict[str, Callable[[], Nothing]] = {
        "kfp": Pipelines,
        "serve": Applications,
        "sagemaker": Submissions,
    }
    recorder = recorders.get(kind, Nothing)()
    error: dict[str, Any] | None = None
    namespace: dict[str, Any] = {}
    try:
        namespace = runpy.run_path(file, run_name="__main__")
    except SystemExit as left:
        if left.code not in (None, 0):
            error = {"type": "SystemExit", "message": f"exit code {left.code}", "line": 0}
    except BaseException as raised:  # noqa: BLE001 - whatever it is, it is the finding
        error = described(raised, file)
    documents: list[Any] = []
    try:
        documents = recorder.documents(namespace)
    except Exception as raised:  # noqa: BLE001 - what cannot be compiled is the finding
        error = error or described(raised, file)
    told = {"documents": documents, "error": error, "stand_ins": sorted(stand_ins.used)}
    Path(result).write_text(json.dumps(told), encoding="utf-8")


def described(error: BaseException, file: str) -> dict[str, Any]:
    """An exception: its type, its words, the answer's line that led to it, whether raised there."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame.lineno or 0 for frame in frames if frame.filename.endswith(file)]
    return {
        "type": type(error).__name__,
        "bases": [base.__name__ for base in type(error).__mro__],
        "message": str(error)[:500],
        "line": own[-1] if own else 0,
        "module": str(getattr(error, "name", "") or ""),
    }


def without_waiting() -> None:
    """Nothing here takes time: what was asked for is done."""
    left = iter(range(MAX_SLEEPS))

    def sleep(_: object) -> None:
        if next(left, None) is None:
            raise TimeoutError("it waits for ever")

    time.sleep = sleep


def with_arguments() -> None:
    """Options that must be given are given an example."""
    parse = argparse.ArgumentParser.parse_known_args

    def parse_known_args(self: Any, args: Any = None, namespace: Any = None) -> Any:
        if args is None and len(sys.argv) == 1:
            args = list(examples(self._actions))
        return parse(self, args, namespace)

    argparse.ArgumentParser.parse_known_args = parse_known_args  # type: ignore[method-assign]


def examples(actions: Sequence[argparse.Action]) -> Iterator[str]:
    """Words for the required options and arguments of a parser."""
    for action in actions:
        if not action.required or action.nargs == 0:
            continue
        word = str(next(iter(action.choices))) if action.choices else ""
        if not word:
            word = "1" if action.type in (int, float) else example(action.dest)
        yield from ([action.option_strings[0], word] if action.option_strings else [word])


def example(name: str) -> str:
    """A value that a variable or an option of that name may well have."""
    upper = name.upper()
    for part, value in (
        ("ROLE", "arn:aws:iam::123456789012:role/box"),
        ("REGION", "us-east-1"),
        ("BUCKET", "box-bucket"),
        ("IMAGE", "123456789012.dkr.ecr.us-east-1.amazonaws.com/box:1"),
        ("URI", "s3://box-bucket/path"),
        ("S3", "s3://box-bucket/path"),
        ("COUNT", "1"),
        ("INSTANCE", "ml.m5.large"),
        ("PORT", "8000"),
    ):
        if part in upper:
            return value
    return "box"


class Nothing:
    """Where what was made is seen from outside."""

    def documents(self, namespace: dict[str, Any]) -> list[Any]:
        """None."""
        return []


class Submissions(Nothing):
    """SageMaker: every client talks to our AWS, whatever address it is given."""

    def __init__(self) -> None:
        from botocore.session import Session

        create = Session.create_client

        def create_client(self: Any, *arguments: Any, **keywords: Any) -> Any:
            if len(arguments) < 6:
                keywords["endpoint_url"] = os.environ["AWS_ENDPOINT_URL"]
            return create(self, *arguments, **keywords)

        Session.create_client = create_client


class Pipelines(Nothing):
    """Kubeflow Pipelines: what is compiled, or could be."""

    def __init__(self) -> None:
        import kfp
        from kfp import client

        for module in (kfp, client):
            module.Client = Elsewhere

    def documents(self, namespace: dict[str, Any]) -> list[Any]:
        """The compiled pipelines; components where there is no pipeline."""
        import yaml
        from kfp import compiler, dsl

        found = {id(v): v for v in [*namespace.values(), *Elsewhere.given]}.values()
        things = [each for each in found if isinstance(each, dsl.base_component.BaseComponent)]
        pipelines = [each for each in things if type(each).__name__ == "GraphComponent"]
        compiled: list[Any] = []
        for each in pipelines or things:
            path = f"compiled-{len(compiled)}.yaml"
            compiler.Compiler().compile(each, path)
            compiled.append(next(yaml.safe_load_all(Path(path).read_text(encoding="utf-8"))))
        return compiled


class Elsewhere:
    """A client of something outside: takes everything, and remembers what it was given."""

    given: list[Any] = []  # noqa: RUF012 - of all clients together

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        Elsewhere.given += [*arguments, *keywords.values()]

    def __getattr__(self, name: str) -> "Elsewhere":
        """Every attribute is another such thing."""
        return self

    def __call__(self, *arguments: Any, **keywords: Any) -> "Elsewhere":
        """It takes what it is given."""
        Elsewhere.given += [*arguments, *keywords.values()]
        return self


class Applications(Nothing):
    """Ray Serve: the applications that are run, or that lie at the top of the file."""

    def __init__(self) -> None:
        import ray
        from ray import serve

        self.run: list[tuple[Any, dict[str, Any]]] = []

        def run(target: Any, *_: Any, **keywords: Any) -> Elsewhere:
            if not isinstance(target, serve.Application):
                raise TypeError("serve.run takes an Application: what .bind() gives")
            self.run.append((target, keywords))
            return Elsewhere()

        serve.run = run
        for name in ("start", "shutdown", "delete", "status", "get_app_handle"):
            setattr(serve, name, Elsewhere())
        for name in ("init", "shutdown", "get"):
            setattr(ray, name, Elsewhere())

    def documents(self, namespace: dict[str, Any]) -> list[Any]:
        """Each application with its deployments, the ingress last."""
        from ray import serve

        found = self.run or [
            (v, {}) for v in namespace.values() if isinstance(v, serve.Application)
        ]
        return [
            {
                "application": plain(keywords.get("name", "default")),
                "route_prefix": plain(keywords.get("route_prefix", "/")),
                "deployments": list(self.deployments(target, set())),
            }
            for target, keywords in found
        ]

    def deployments(self, target: Any, seen: set[int]) -> Iterator[dict[str, Any]]:
        """The deployments of an application, those that it is given first."""
        from ray import serve

        deployment = target._bound_deployment
        if id(deployment) in seen:
            return
        seen.add(id(deployment))
        for each in [*deployment.init_args, *deployment.init_kwargs.values()]:
            if isinstance(each, serve.Application):
                yield from self.deployments(each, seen)
        config = deployment._deployment_config
        scaling = config.autoscaling_config
        yield {
            "name": deployment.name,
            "num_replicas": None if scaling else config.num_replicas,
            "autoscaling_config": plain(json.loads(scaling.json())) if scaling else None,
            "max_ongoing_requests": config.max_ongoing_requests,
            "user_config": plain(config.user_config),
            "ray_actor_options": plain(deployment.ray_actor_options or {}),
        }


def plain(value: Any) -> Any:
    """What JSON can hold of a value."""
    return json.loads(json.dumps(value, default=str))


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Modules that are well known and not here: each name in them is a class that takes all."""

    def __init__(self, known: frozenset[str]) -> None:
        self.known = known
        self.used: set[str] = set()

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """Stand in for a known module, if nobody else has found it."""
        root = name.partition(".")[0]
        if root not in self.known:
            return None
        self.used.add(root)
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def exec_module(self, module: ModuleType) -> None:
        """Give it every name."""

        def every(name: str) -> type:
            if name.startswith("__"):
                raise AttributeError(name)
            return Anything(name, (), {})

        module.__getattr__ = every  # type: ignore[method-assign]


class Anything(type):
    """A class with every attribute; calling it gives another, so that decorators work too."""

    def __getattr__(cls, name: str) -> Any:
        """Every attribute is another such class."""
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name, (), {})

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        """Another such class; a class that the answer derives from one is made as usual."""
        if type(cls) is Anything and cls.__bases__ == (object,):
            return Anything(cls.__name__, (), {})
        return super().__call__(*arguments, **keywords)


if __name__ == "__main__":
    main()
