"""What GitLab refuses in a pipeline that its schema accepts.

``gitlab`` is gitlab.com/gitlab-org/gitlab 18.6 (``lib/gitlab/ci/config/entry``,
``lib/gitlab/ci/yaml_processor.rb``, ``lib/gitlab/ci/pipeline``).
"""

from rewardsvc.formats.gitlab_ci import inputs, references, values
from rewardsvc.formats.gitlab_ci.pipeline import GitlabPipeline, in_jobs
from rewardsvc.verification.refusals import Refusal

_HEADER = "spec:\n  inputs:\n    image: {type: string, default: b, options: [a, b]}\n---\n"
_OTHER = "lint:\n  script: [make lint]\n"


def _test(*lines: str, more: str = _OTHER) -> str:
    """A pipeline with a job that has these lines, and another one."""
    return f"{more}unit:\n  script: [make test]\n" + "".join(f"  {line}\n" for line in lines)


def _bases(count: int) -> str:
    """Templates that extend each other in a row."""
    chain = "".join(f".b{n}: {{extends: .b{n + 1}}}\n" for n in range(1, count))
    return f"{chain}.b{count}: {{tags: [linux]}}\n"


REFUSALS: tuple[Refusal[GitlabPipeline], ...] = (
    Refusal(
        code="extends",
        what="a job extends jobs that are there, and not itself",
        source="gitlab lib/gitlab/ci/config/extendable/entry.rb",
        find=references.extended,
        refused=_test("extends: .base"),
        accepted=_test("extends: .base", more=".base:\n  tags: [linux]\n"),
    ),
    Refusal(
        code="extends-depth",
        what="a job has ten jobs above it at most, along a chain of extends",
        source="gitlab lib/gitlab/ci/config/extendable/entry.rb MAX_NESTING_LEVELS",
        find=references.deep,
        refused=_test("extends: .b1", more=_bases(11)),
        accepted=_test("extends: .b1", more=_bases(10)),
    ),
    Refusal(
        code="stage",
        what="a job is in a stage that is declared",
        source="gitlab yaml_processor.rb validate_job_stage!",
        find=references.stages,
        refused=_test("stage: ship"),
        accepted=_test("stage: ship", more="stages: [ship]\n"),
    ),
    Refusal(
        code="no-script",
        what="a job has a script or a trigger",
        source="gitlab entry/job.rb; chosen stage does not exist, should implement the script",
        find=references.without_work,
        refused=_OTHER + "unit:\n  stage: test\n",
        accepted=_OTHER + "unit:\n  trigger: {project: group/other}\n",
    ),
    Refusal(
        code="needs",
        what="a job that is needed is there, in no later stage, and needs are no circle",
        source="gitlab yaml_processor.rb validate_job_needs!",
        find=references.needed("needs"),
        refused=_test("needs: [build]"),
        accepted=_test("needs: [lint, {job: build, optional: true}]"),
    ),
    Refusal(
        code="needs-duplicate",
        what="a job is needed once",
        source="gitlab yaml_processor.rb validate_duplicate_needs!",
        find=in_jobs("needs-duplicate", "needs", references.needed_twice),
        refused=_test("needs: [lint, {job: lint, artifacts: true}]"),
        accepted=_test("needs: [{job: lint, artifacts: true}]"),
    ),
    Refusal(
        code="needs-never",
        what="a job that is needed is in the pipeline when the one that needs it is",
        source="gitlab lib/gitlab/ci/pipeline/seed/build.rb: needs, but it was not added",
        find=references.needed_and_never_added,
        refused=_test("needs: [lint]", more=_OTHER + "  rules: [{when: never}]\n"),
        accepted=_test(
            "needs: [{job: lint, optional: true}]", more=_OTHER + "  rules: [{when: never}]\n"
        ),
    ),
    Refusal(
        code="dependencies",
        what="a job whose artifacts are taken is there, in no later stage",
        source="gitlab yaml_processor.rb validate_job_dependencies!",
        find=references.needed("dependencies"),
        refused=_test("dependencies: [build]"),
        accepted=_test("dependencies: [lint]"),
    ),
    Refusal(
        code="dependencies-needs",
        what="a job whose artifacts are taken is among the needs, where there are any",
        source="gitlab entry/job.rb: dependencies should be part of needs",
        find=in_jobs("dependencies-needs", "dependencies", references.dependencies_beside_needs),
        refused=_test(
            "needs: [lint]",
            "dependencies: [build]",
            more=_OTHER + _test()[len(_OTHER) :].replace("unit", "build"),
        ),
        accepted=_test("needs: [lint]", "dependencies: [lint]"),
    ),
    Refusal(
        code="rules",
        what="rules exclude only and except",
        source="gitlab entry/processable.rb: key may not be used with `rules`",
        find=in_jobs("rules", "rules", references.rules_and_refs),
        refused=_test("only: [main]", "rules: [{when: always}]"),
        accepted=_test("rules: [{when: always}]"),
    ),
    Refusal(
        code="trigger",
        what="a job that triggers a pipeline has no script",
        source="gitlab entry/bridge.rb ALLOWED_KEYS",
        find=in_jobs("trigger", "trigger", references.triggers_and_scripts),
        refused=_OTHER + "ship:\n  before_script: [make]\n  trigger: {project: group/other}\n",
        accepted=_OTHER + "ship:\n  trigger: {project: group/other}\n",
    ),
    Refusal(
        code="reference",
        what="!reference leads somewhere",
        source="gitlab lib/gitlab/ci/config/yaml/tags/reference.rb: could not be found",
        find=references.reference_tags,
        refused=_test("image: !reference [.base, image]"),
        accepted=_test("image: !reference [.base, image]", more=".base:\n  image: python:3.13\n"),
    ),
    Refusal(
        code="on-stop",
        what="on_stop names a job whose environment has the action stop",
        source="gitlab yaml_processor.rb validate_job_environment",
        find=references.stopping,
        refused=_test("environment: {name: review, on_stop: stop}"),
        accepted=_test(
            "environment: {name: review, on_stop: stop}",
            more="stop:\n  script: [make stop]\n  when: manual\n"
            "  environment: {name: review, action: stop}\n",
        ),
    ),
    Refusal(
        code="when",
        what="when: never is for rules",
        source="gitlab entry/job.rb ALLOWED_WHEN",
        find=in_jobs("when", "when", values.never_at_job),
        refused=_test("when: never"),
        accepted=_test("when: manual"),
    ),
    Refusal(
        code="start-in",
        what="what is delayed has start_in, and only that",
        source="gitlab entry/job.rb: start in must be blank",
        find=values.delays,
        refused=_test("rules: [{if: $A, when: delayed}]"),
        accepted=_test("rules: [{if: $A, when: delayed, start_in: 30 minutes}]"),
    ),
    Refusal(
        code="start-in-long",
        what="what is delayed begins within a week",
        source="gitlab entry/job.rb, entry/rules/rule.rb: start_in, duration: { limit: '1 week' }",
        find=values.long_delays,
        refused=_test("when: delayed", "start_in: 1 week and 1 day"),
        accepted=_test("when: delayed", "start_in: 7 days"),
    ),
    Refusal(
        code="environment-name",
        what="an environment's name has letters, digits, spaces and - _ / $ { } .",
        source="gitlab lib/gitlab/regex.rb environment_name_regex",
        find=in_jobs("environment-name", "environment", values.environment_names),
        refused=_test("environment: 'review/${TIER:-dev}'"),
        accepted=_test("environment: {name: 'review/${TIER}-1.0 x'}"),
    ),
    Refusal(
        code="duration",
        what="times are such",
        source="gitlab lib/gitlab/config/entry/validators.rb DurationValidator",
        find=in_jobs("duration", "timeout start_in artifacts environment", values.durations),
        refused=_test("artifacts: {paths: [out], expire_in: next friday}"),
        accepted=_test("artifacts: {paths: [out], expire_in: 1 week and 2 days}"),
    ),
    Refusal(
        code="caches",
        what="a job has four caches at most",
        source="gitlab entry/caches.rb MULTIPLE_CACHE_LIMIT",
        find=in_jobs("caches", "cache", values.caches),
        refused=_test(f"cache: [{', '.join(f'{{key: k{n}, paths: [p{n}]}}' for n in range(5))}]"),
        accepted=_test(f"cache: [{', '.join(f'{{key: k{n}, paths: [p{n}]}}' for n in range(4))}]"),
    ),
    Refusal(
        code="matrix",
        what="a matrix makes 200 jobs at most",
        source="gitlab entry/product/parallel.rb PARALLEL_LIMIT",
        find=in_jobs("matrix", "parallel", values.matrices),
        refused=_test(f"parallel: {{matrix: [{{A: {list(range(21))}, B: {list(range(10))}}}]}}"),
        accepted=_test(f"parallel: {{matrix: [{{A: {list(range(20))}, B: {list(range(10))}}}]}}"),
    ),
    Refusal(
        code="name",
        what="a job's name has 255 characters at most",
        source="gitlab entry/node validations: name is too long (maximum is 255 characters)",
        find=values.names,
        refused=_test(more=f"{'n' * 256}:\n  script: [make]\n"),
        accepted=_test(more=f"{'n' * 255}:\n  script: [make]\n"),
    ),
    Refusal(
        code="options",
        what="the value of a variable that has options is one of them",
        source="gitlab entry/variable.rb: value must be present in options",
        find=values.options,
        refused=_test(more="variables:\n  TIER: {value: gold, options: [iron, tin]}\n"),
        accepted=_test(more="variables:\n  TIER: {value: tin, options: [iron, tin]}\n"),
    ),
    Refusal(
        code="input",
        what="an input that is put in is declared in the file's header",
        source="gitlab lib/gitlab/ci/config/interpolation/access.rb: unknown input name provided",
        find=inputs.unknown,
        refused=_HEADER + _test("image: $[[ inputs.images ]]"),
        accepted=_HEADER + _test("image: $[[ inputs.image | expand_vars ]]"),
    ),
    Refusal(
        code="input-default",
        what="the default of an input is of its type, and one of its options",
        source="gitlab lib/gitlab/ci/config/interpolation/inputs: default value is not a …",
        find=inputs.defaults,
        refused=_HEADER.replace("default: b", "default: c") + _test("image: $[[ inputs.image ]]"),
        accepted=_HEADER + _test("image: $[[ inputs.image ]]"),
    ),
    Refusal(
        code="input-type",
        what="an input is a string, a number, a boolean or an array",
        source="gitlab lib/gitlab/ci/config/header/input.rb: type unknown value",
        find=inputs.types,
        refused=_HEADER.replace("string", "text") + _test("image: $[[ inputs.image ]]"),
        accepted=_HEADER + _test("image: $[[ inputs.image ]]"),
    ),
    Refusal(
        code="expression",
        what="what rules ask for is an expression; texts are quoted",
        source="gitlab lib/gitlab/ci/pipeline/expression/lexer.rb: invalid expression syntax",
        find=values.expressions,
        refused=_test("rules: [{if: $CI_COMMIT_BRANCH == main}]"),
        accepted=_test("rules: [{if: '$CI_COMMIT_BRANCH == \"main\" && ($A || $B =~ /^v/)'}]"),
    ),
    Refusal(
        code="pattern",
        what="regular expressions are RE2's",
        source="gitlab lib/gitlab/untrusted_regexp/ruby_syntax.rb; github.com/google/re2 Syntax",
        find=values.patterns,
        refused=_test("rules: [{if: '$CI_COMMIT_BRANCH =~ /^(?!main)/'}]"),
        accepted=_test("rules: [{if: '$CI_COMMIT_BRANCH !~ /^(?i)main/'}]"),
    ),
)
