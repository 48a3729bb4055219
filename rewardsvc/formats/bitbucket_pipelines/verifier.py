"""Bitbucket Pipelines: parse, Atlassian's schema, caches, services and deployments, shellcheck."""

from collections.abc import Iterator
from functools import partial

from rewardsvc.formats.bitbucket_pipelines.config import BitbucketConfig
from rewardsvc.formats.bitbucket_pipelines.refusals import REFUSALS
from rewardsvc.formats.bitbucket_pipelines.units import pipelines_of, steps_of
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.pipelines.scripts import Script
from rewardsvc.verification.pipelines.values import Silent, listing
from rewardsvc.verification.pipelines.verifier import PipelineVerifier
from rewardsvc.verification.refusals import refusals_in
from rewardsvc.verification.yaml_files import YamlFile


class BitbucketPipelinesVerifier(PipelineVerifier):
    """See :class:`rewardsvc.verification.pipelines.verifier.PipelineVerifier`."""

    format = "bitbucket-pipelines"
    languages = frozenset({"yaml", "yml", "bitbucket-pipelines", "bitbucket"})
    default_path = "bitbucket-pipelines.yml"
    schema = "bitbucket-pipelines.json"

    def vacuous(self, pipeline: JsonValue) -> str:
        """Nothing runs where no pipeline has a step with a script of more than comments."""
        found = False
        silent = Silent()
        for items, _ in pipelines_of(pipeline):
            found = True
            if isinstance(items, dict) and "import" in items:
                return ""
            for step, _ in steps_of(items, ()):
                if not silent.holds_of(step.get("script")):
                    return ""
        return "no step has a script that does something" if found else "there is no pipeline in it"

    def references(self, source: YamlFile) -> Iterator[Diagnostic]:
        """What :mod:`rewardsvc.formats.bitbucket_pipelines.refusals` lists."""
        return refusals_in(REFUSALS, BitbucketConfig.of(source))

    def scripts(self, source: YamlFile) -> Iterator[Script]:
        """The ``script`` of each step as one, for one shell runs it; ``after-script`` as well."""
        for items, place in pipelines_of(source.value):
            for step, path in steps_of(items, place):
                for key in ("script", "after-script"):
                    lines = [line for line in listing(step.get(key)) if isinstance(line, str)]
                    if lines:
                        line = partial(source.line_of, (*path, key))
                        yield Script("\n".join(lines), source.file.path, line)
