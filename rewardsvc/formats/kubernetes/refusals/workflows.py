"""What Argo refuses of a workflow's templates: what they are given, wait for and give back."""

from rewardsvc.formats.kubernetes.refusals.examples import resource
from rewardsvc.formats.kubernetes.refusals.finders.workflows import (
    entry_unsupplied,
    exit_handler,
    output,
    step_names,
    undeclared,
    unsupplied,
    waits,
)
from rewardsvc.formats.kubernetes.refusals.rules import Place, at, on, row
from rewardsvc.formats.kubernetes.refusals.values import exclusive

_ARGO = "Argo Workflows v3.7 workflow/validate/validate.go"
_WORKFLOWS = (
    *at("argoproj.io/Workflow", "spec"),
    *at("argoproj.io/CronWorkflow", "spec.workflowSpec"),
)
_SPECS = (
    *_WORKFLOWS,
    *at("argoproj.io/WorkflowTemplate argoproj.io/ClusterWorkflowTemplate", "spec"),
)


def _in_templates(*paths: str) -> tuple[Place, ...]:
    return tuple(
        (kind, (*place, "templates", "*", *(part for part in path.split(".") if part)))
        for kind, place in _SPECS
        for path in paths
    )


_RUN = "container: {image: 'alpine:3.20', command: [wc]}"


def _workflow(body: str, more: str = "", spec: str = "") -> str:
    return resource(
        "argoproj.io/v1alpha1",
        "Workflow",
        f"spec: {{entrypoint: main, {spec}templates: [{{name: main, {body}}}{more}]}}",
    )


def _calling(step: str, template: str = "") -> str:
    return _workflow(f"steps: [[{step}]]", f", {{name: count, {template}{_RUN}}}")


def _graph(second: str, first: str = "name: a, template: count") -> str:
    tasks = f"{{{first}}}, {{name: b, template: count{second}}}"
    return _workflow(f"dag: {{tasks: [{tasks}]}}", f", {{name: count, {_RUN}}}")


WORKFLOWS = (
    row(
        "workflow-input",
        "a template speaks of inputs that it has",
        f"{_ARGO} resolveAllVariables",
        on(_in_templates(""), undeclared),
        refused=_workflow(
            "inputs: {parameters: [{name: text, value: a}]}, "
            "container: {image: 'alpine:3.20', args: ['{{inputs.parameters.words}}']}"
        ),
        accepted=_workflow(
            "inputs: {parameters: [{name: text, value: a}]}, "
            "container: {image: 'alpine:3.20', args: ['{{inputs.parameters.text}}']}"
        ),
    ),
    row(
        "workflow-argument",
        "a step gives a template what that needs and does not have by default",
        f"{_ARGO} validateInputs; workflow/common/util.go ProcessArgs",
        on(_SPECS, unsupplied),
        on(_WORKFLOWS, entry_unsupplied),
        refused=_calling("{name: a, template: count}", "inputs: {parameters: [{name: text}]}, "),
        accepted=_calling(
            "{name: a, template: count}", "inputs: {parameters: [{name: text, default: a}]}, "
        ),
    ),
    row(
        "workflow-step-twice",
        "steps of a template have names of their own",
        f"{_ARGO} validateSteps, validateDAG",
        on(_in_templates(""), step_names),
        refused=_calling("{name: a, template: count}, {name: a, template: count}"),
        accepted=_calling("{name: a, template: count}, {name: b, template: count}"),
    ),
    row(
        "workflow-wait",
        "a task waits for results of tasks that are there, and not for itself",
        f"{_ARGO} validateDAG, verifyNoCycles; workflow/common/ancestry.go",
        on(_in_templates(""), waits),
        refused=_graph(", depends: a.Success"),
        accepted=_graph(", depends: a.Succeeded || a.Skipped"),
    ),
    row(
        "workflow-loop",
        "a step is repeated by items, by a parameter or by a sequence",
        f"{_ARGO} addItemsToScope",
        on(
            _in_templates("steps.*.*", "dag.tasks.*"),
            exclusive("withItems", "withParam", "withSequence"),
        ),
        refused=_calling("{name: a, template: count, withItems: [1, 2], withParam: '[3]'}"),
        accepted=_calling("{name: a, template: count, withItems: [1, 2]}"),
    ),
    row(
        "workflow-exit",
        "what runs at the end is one of the templates",
        f"{_ARGO} ValidateWorkflow",
        on(_WORKFLOWS, exit_handler),
        refused=_workflow(_RUN, spec="onExit: bye, "),
        accepted=_workflow(_RUN, spec="onExit: main, "),
    ),
    row(
        "workflow-output",
        "a parameter of outputs comes from somewhere",
        f"{_ARGO} validateOutputParameter",
        on(_in_templates("outputs.parameters.*"), output),
        refused=_workflow(f"{_RUN}, outputs: {{parameters: [{{name: a}}]}}"),
        accepted=_workflow(
            f"{_RUN}, outputs: {{parameters: [{{name: a, valueFrom: {{path: /tmp/a}}}}]}}"
        ),
    ),
)
"""Rows about what goes through a workflow."""
