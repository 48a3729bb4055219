"""``$[[ … ]]`` in GitLab pipelines: values that GitLab puts in before it reads the jobs.

docs.gitlab.com/ci/inputs and docs.gitlab.com/ci/yaml/expressions: ``$[[ inputs.x ]]``, with
functions (``| expand_vars``), ``$[[ matrix.x ]]``, ``$[[ component.x ]]``.
"""

import re

EXPRESSION = re.compile(r"\$\[\[(?P<inside>(?:[^\]\n]|\](?!\])){1,1024})\]\]")
"""With GitLab's bound of its length (lib/gitlab/ci/config/interpolation/block.rb)."""
