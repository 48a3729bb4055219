"""What mutants are made of CircleCI configurations: where they define, refer and allow."""

import re

from rewardsvc.audit.mutation.semantics import YamlSemantics
from rewardsvc.audit.mutation.yaml_family import yaml_mutations


class _CircleSemantics(YamlSemantics):
    sections = frozenset({"jobs", "workflows"})
    references = re.compile(r"workflows\..*")
    growing = re.compile(r"workflows\..*\.(?:branches|tags)\.only")


MUTATIONS = yaml_mutations(_CircleSemantics())
