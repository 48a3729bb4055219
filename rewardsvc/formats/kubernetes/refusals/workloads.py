"""What the API server refuses of what makes, scales and protects pods: apps, batch, policy."""

from rewardsvc.formats.kubernetes.refusals.examples import (
    cron_job,
    job,
    pod,
    pod_spec,
    resource,
    workload,
)
from rewardsvc.formats.kubernetes.refusals.finders.workloads import (
    METRICS,
    TARGETS,
    controller_selector,
    daemon_surge,
    deadline,
    empty_selector,
    failure_policy,
    indexed,
    job_restart,
    job_selector,
    metric,
    resource_target,
    rolling,
    scaled,
    schedule,
    share_of_all,
    target,
    time_zone,
)
from rewardsvc.formats.kubernetes.refusals.rules import Place, at, on, row
from rewardsvc.formats.kubernetes.refusals.values import (
    between,
    count_or_share,
    exclusive,
    forbids,
    one_of,
    only,
    requires,
    where,
)

_APPS = "kubernetes v1.34 pkg/apis/apps/validation/validation.go"
_BATCH = "kubernetes v1.34 pkg/apis/batch/validation/validation.go"
_SCALING = "kubernetes v1.34 pkg/apis/autoscaling/validation/validation.go"
_POLICY = "kubernetes v1.34 pkg/apis/policy/validation/validation.go"
_LONG = "Deployment ReplicaSet StatefulSet DaemonSet ReplicationController"
_JOB_SPECS = (*at("Job", "spec"), *at("CronJob", "spec.jobTemplate.spec"))


def _in_jobs(*paths: str) -> tuple[Place, ...]:
    return (
        *at("Job", *(f"spec.{path}" for path in paths)),
        *at("CronJob", *(f"spec.jobTemplate.spec.{path}" for path in paths)),
    )


def _hpa(more: str) -> str:
    return resource(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        f"spec: {{scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}, {more}}}",
    )


def _measuring(metric: str) -> str:
    return _hpa(f"maxReplicas: 3, metrics: [{{{metric}}}]")


def _budget(spec: str) -> str:
    selector = "selector: {matchLabels: {app: web}}"
    return resource("policy/v1", "PodDisruptionBudget", f"spec: {{{selector}, {spec}}}")


def _strategy(text: str) -> str:
    return workload(more=f"strategy: {{{text}}}")


_CPU = "type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}"


def _controller(app: str) -> str:
    return resource(
        "v1",
        "ReplicationController",
        f"spec: {{selector: {{app: {app}}}, template: {{metadata: {{labels: {{app: web}}}}, "
        f"spec: {pod_spec()}}}}}",
    )


WORKLOADS = (
    row(
        "restart-policy",
        "restartPolicy of a pod is Always, OnFailure or Never",
        "kubernetes v1.34 pkg/apis/core/validation/validation.go validateRestartPolicy",
        on(
            (
                *at("Pod", "spec.restartPolicy"),
                *at("PodTemplate", "template.spec.restartPolicy"),
                *_in_jobs("template.spec.restartPolicy"),
            ),
            one_of("Always", "OnFailure", "Never"),
        ),
        refused=pod("restartPolicy: Sometimes"),
        accepted=pod("restartPolicy: OnFailure"),
    ),
    row(
        "restart-always",
        "pods of what runs for good have restartPolicy Always",
        f"{_APPS} ValidatePodTemplateSpecForReplicaSet, validateDaemonSetSpec",
        on(
            at(_LONG, "spec.template.spec.restartPolicy"),
            only("pods of what runs for good have restartPolicy Always", "Always"),
        ),
        refused=workload(spec="restartPolicy: Never"),
        accepted=workload(spec="restartPolicy: Always"),
    ),
    row(
        "restart-job",
        "pods of a Job say restartPolicy OnFailure or Never",
        f"{_BATCH} validateJobSpec",
        on(_in_jobs("template.spec"), job_restart),
        refused=job(spec=""),
        accepted=job(spec="restartPolicy: OnFailure"),
    ),
    row(
        "no-deadline",
        "pods of what runs for good have no activeDeadlineSeconds",
        f"{_APPS} ValidatePodTemplateSpecForReplicaSet, validateDaemonSetSpec",
        on(
            at("Deployment ReplicaSet StatefulSet DaemonSet", "spec.template.spec"),
            forbids("pods of what runs for good have none", "activeDeadlineSeconds"),
        ),
        refused=workload(spec="activeDeadlineSeconds: 60"),
        accepted=workload(spec="terminationGracePeriodSeconds: 60"),
    ),
    row(
        "workload-counts",
        "counts of replicas, revisions and seconds are not negative",
        f"{_APPS} ValidateDeploymentSpec, ValidateStatefulSetSpec",
        on(
            at(
                _LONG,
                "spec.replicas",
                "spec.minReadySeconds",
                "spec.revisionHistoryLimit",
                "spec.updateStrategy.rollingUpdate.partition",
                "spec.ordinals.start",
            ),
            between(0),
        ),
        refused=workload(more="replicas: -1"),
        accepted=workload(more="replicas: 1"),
    ),
    row(
        "progress-deadline",
        "progressDeadlineSeconds exceeds minReadySeconds",
        f"{_APPS} ValidateDeploymentSpec",
        on(at("Deployment", "spec"), deadline),
        refused=workload(more="progressDeadlineSeconds: 10\n  minReadySeconds: 10"),
        accepted=workload(more="progressDeadlineSeconds: 11\n  minReadySeconds: 10"),
    ),
    row(
        "empty-selector",
        "the selector of a workload selects something",
        f"{_APPS} ValidateDeploymentSpec, ValidateStatefulSetSpec, validateDaemonSetSpec",
        on(at("Deployment ReplicaSet StatefulSet DaemonSet", "spec.selector"), empty_selector),
        refused=workload().replace("{matchLabels: {app: web}}", "{}"),
        accepted=workload(),
    ),
    row(
        "strategy",
        "the strategy of a Deployment is Recreate or RollingUpdate",
        f"{_APPS} ValidateDeploymentStrategy",
        on(at("Deployment", "spec.strategy.type"), one_of("Recreate", "RollingUpdate")),
        refused=_strategy("type: Rolling"),
        accepted=_strategy("type: RollingUpdate"),
    ),
    row(
        "recreate",
        "a Deployment that is recreated has no rollingUpdate",
        f"{_APPS} ValidateDeploymentStrategy",
        on(
            at("Deployment", "spec.strategy"),
            where(
                "type",
                frozenset({"Recreate"}),
                lambda value: (
                    [(("rollingUpdate",), "the strategy Recreate does not have it")]
                    if value.get("rollingUpdate") is not None
                    else ()
                ),
            ),
        ),
        refused=_strategy("type: Recreate, rollingUpdate: {maxSurge: 1}"),
        accepted=_strategy("type: RollingUpdate, rollingUpdate: {maxSurge: 1}"),
    ),
    row(
        "rolling-update",
        "maxSurge and maxUnavailable are not both 0",
        f"{_APPS} ValidateRollingUpdateDeployment, ValidateRollingUpdateDaemonSet",
        on(
            at("Deployment", "spec.strategy.rollingUpdate"),
            rolling("Deployment", 25, 25),
        ),
        on(
            at("DaemonSet", "spec.updateStrategy.rollingUpdate"),
            rolling("DaemonSet", 0, 1),
        ),
        refused=_strategy("rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}"),
        accepted=_strategy("rollingUpdate: {maxSurge: 1, maxUnavailable: 0%}"),
    ),
    row(
        "daemon-surge",
        "maxSurge of a DaemonSet needs maxUnavailable 0, and its default is 1",
        f"{_APPS} ValidateRollingUpdateDaemonSet",
        on(at("DaemonSet", "spec.updateStrategy.rollingUpdate"), daemon_surge),
        refused=workload("DaemonSet", "updateStrategy: {rollingUpdate: {maxSurge: 1}}"),
        accepted=workload(
            "DaemonSet", "updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}"
        ),
    ),
    row(
        "rolling-share",
        "maxSurge and maxUnavailable are numbers or percentages, the latter at most 100%",
        f"{_APPS} ValidatePositiveIntOrPercent, IsNotMoreThan100Percent",
        on(at("Deployment", "spec.strategy.rollingUpdate.maxSurge"), count_or_share),
        on(at("Deployment", "spec.strategy.rollingUpdate.maxUnavailable"), share_of_all),
        on(
            at(
                "DaemonSet StatefulSet",
                "spec.updateStrategy.rollingUpdate.maxUnavailable",
                "spec.updateStrategy.rollingUpdate.maxSurge",
            ),
            share_of_all,
        ),
        refused=_strategy("rollingUpdate: {maxSurge: '1'}"),
        accepted=_strategy("rollingUpdate: {maxSurge: 1}"),
    ),
    row(
        "update-strategy",
        "the update strategy of a StatefulSet or DaemonSet is RollingUpdate or OnDelete",
        f"{_APPS} ValidateStatefulSetSpec, ValidateDaemonSetUpdateStrategy",
        on(
            at("StatefulSet DaemonSet", "spec.updateStrategy.type"),
            one_of("", "RollingUpdate", "OnDelete"),
        ),
        refused=workload("DaemonSet", "updateStrategy: {type: Recreate}"),
        accepted=workload("DaemonSet", "updateStrategy: {type: OnDelete}"),
    ),
    row(
        "on-delete",
        "a StatefulSet that is updated on deletion has no rollingUpdate",
        f"{_APPS} ValidateStatefulSetSpec",
        on(
            at("StatefulSet", "spec.updateStrategy"),
            where(
                "type",
                frozenset({"OnDelete"}),
                forbids("the strategy OnDelete does not have it", "rollingUpdate"),
            ),
        ),
        refused=workload(
            "StatefulSet", "updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}"
        ),
        accepted=workload(
            "StatefulSet", "updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}"
        ),
    ),
    row(
        "pod-management",
        "podManagementPolicy is OrderedReady or Parallel",
        f"{_APPS} ValidateStatefulSetSpec",
        on(at("StatefulSet", "spec.podManagementPolicy"), one_of("", "OrderedReady", "Parallel")),
        refused=workload("StatefulSet", "podManagementPolicy: parallel"),
        accepted=workload("StatefulSet", "podManagementPolicy: Parallel"),
    ),
    row(
        "claim-retention",
        "claims of a StatefulSet are kept by the policies Retain and Delete",
        f"{_APPS} ValidatePersistentVolumeClaimRetentionPolicy",
        on(
            at("StatefulSet", "spec.persistentVolumeClaimRetentionPolicy.*"),
            one_of("", "Retain", "Delete"),
        ),
        refused=workload(
            "StatefulSet", "persistentVolumeClaimRetentionPolicy: {whenDeleted: Recycle}"
        ),
        accepted=workload(
            "StatefulSet", "persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}"
        ),
    ),
    row(
        "schedule",
        "the schedule of a CronJob is five fields in their ranges, or a macro",
        f"{_BATCH} validateScheduleFormat, github.com/robfig/cron/v3 parser.go ParseStandard",
        on(at("CronJob", "spec.schedule"), schedule),
        refused=cron_job(schedule="0 25 * * *"),
        accepted=cron_job(schedule="*/15 9-17 1,15 JAN-jun MON-fri"),
    ),
    row(
        "time-zone",
        "the timeZone of a CronJob is a name of the time zone database",
        f"{_BATCH} validateTimeZone",
        on(at("CronJob", "spec.timeZone"), time_zone),
        refused=cron_job("timeZone: Berlin"),
        accepted=cron_job("timeZone: Europe/Berlin"),
    ),
    row(
        "concurrency",
        "concurrencyPolicy is Allow, Forbid or Replace",
        f"{_BATCH} validateConcurrencyPolicy",
        on(at("CronJob", "spec.concurrencyPolicy"), one_of("Allow", "Forbid", "Replace")),
        refused=cron_job("concurrencyPolicy: forbid"),
        accepted=cron_job("concurrencyPolicy: Forbid"),
    ),
    row(
        "job-counts",
        "counts and seconds of Jobs and CronJobs are not negative",
        f"{_BATCH} validateJobSpec, validateCronJobSpec",
        on(
            _in_jobs(
                "parallelism",
                "completions",
                "activeDeadlineSeconds",
                "backoffLimit",
                "backoffLimitPerIndex",
                "maxFailedIndexes",
                "ttlSecondsAfterFinished",
            ),
            between(0),
        ),
        on(
            at(
                "CronJob",
                "spec.startingDeadlineSeconds",
                "spec.successfulJobsHistoryLimit",
                "spec.failedJobsHistoryLimit",
            ),
            between(0),
        ),
        refused=job("backoffLimit: -1"),
        accepted=job("backoffLimit: 0"),
    ),
    row(
        "completion-mode",
        "completionMode is NonIndexed or Indexed",
        f"{_BATCH} validateJobSpec",
        on(_in_jobs("completionMode"), one_of("NonIndexed", "Indexed")),
        refused=job("completionMode: indexed"),
        accepted=job("completionMode: NonIndexed"),
    ),
    row(
        "indexed",
        "what is counted by index is of an Indexed Job, which has completions",
        f"{_BATCH} validateJobSpec",
        on(_JOB_SPECS, indexed),
        refused=job("completionMode: Indexed"),
        accepted=job("completionMode: Indexed\n  completions: 3"),
    ),
    row(
        "replacement",
        "podReplacementPolicy is TerminatingOrFailed or Failed",
        f"{_BATCH} validatePodReplacementPolicy",
        on(_in_jobs("podReplacementPolicy"), one_of("TerminatingOrFailed", "Failed")),
        refused=job("podReplacementPolicy: Always"),
        accepted=job("podReplacementPolicy: Failed"),
    ),
    row(
        "failure-policy",
        "podFailurePolicy needs pods that are never restarted",
        f"{_BATCH} ValidateJobSpec",
        on(_JOB_SPECS, failure_policy),
        refused=job(
            "podFailurePolicy: {rules: [{action: FailJob, onExitCodes: "
            "{operator: In, values: [42]}}]}",
            "restartPolicy: OnFailure",
        ),
        accepted=job(
            "podFailurePolicy: {rules: [{action: FailJob, onExitCodes: "
            "{operator: In, values: [42]}}]}"
        ),
    ),
    row(
        "job-selector",
        "a Job's selector is the server's own, or with manualSelector that of its pods",
        f"{_BATCH} ValidateGeneratedSelector, ValidateJob",
        on(at("Job", "spec"), job_selector),
        refused=job("selector: {matchLabels: {app: web}}"),
        accepted=job("selector: {matchLabels: {}}"),
    ),
    row(
        "controller-selector",
        "the selector of a ReplicationController matches the labels of its pods",
        "kubernetes v1.34 pkg/apis/core/validation/validation.go ValidatePodTemplateSpecForRC",
        on(at("ReplicationController", "spec"), controller_selector),
        refused=_controller("db"),
        accepted=_controller("web"),
    ),
    row(
        "failure-rule",
        "a rule of podFailurePolicy has an action, and exit codes or conditions",
        f"{_BATCH} validatePodFailurePolicyRule",
        on(
            _in_jobs("podFailurePolicy.rules.*.action"),
            one_of("FailJob", "FailIndex", "Ignore", "Count"),
        ),
        on(
            _in_jobs("podFailurePolicy.rules.*.onExitCodes.operator"),
            one_of("In", "NotIn"),
        ),
        on(
            _in_jobs("podFailurePolicy.rules.*"),
            exclusive("onExitCodes", "onPodConditions", needed=True),
        ),
        refused=job(
            "podFailurePolicy: {rules: [{action: Fail, onExitCodes: {operator: In, values: [42]}}]}"
        ),
        accepted=job(
            "podFailurePolicy: {rules: [{action: Count, onExitCodes: "
            "{operator: In, values: [42]}}]}"
        ),
    ),
    row(
        "replicas",
        "maxReplicas is 1 at least and not less than minReplicas",
        f"{_SCALING} validateHorizontalPodAutoscalerSpec",
        on(at("HorizontalPodAutoscaler", "spec"), scaled),
        on(at("HorizontalPodAutoscaler", "spec.maxReplicas"), between(1)),
        on(at("HorizontalPodAutoscaler", "spec.minReplicas"), between(0)),
        refused=_hpa("minReplicas: 5, maxReplicas: 3"),
        accepted=_hpa("minReplicas: 3, maxReplicas: 3"),
    ),
    row(
        "metric-type",
        "the type of a metric is ContainerResource, External, Object, Pods or Resource",
        f"{_SCALING} validateMetricSpec",
        on(at("HorizontalPodAutoscaler", "spec.metrics.*.type"), one_of(*METRICS)),
        refused=_measuring(_CPU.replace("Resource", "resource")),
        accepted=_measuring(_CPU),
    ),
    row(
        "metric",
        "a metric says what its type needs, and nothing of another type",
        f"{_SCALING} validateMetricSpec",
        on(at("HorizontalPodAutoscaler", "spec.metrics.*"), metric),
        refused=_measuring(_CPU.replace("Resource", "Pods")),
        accepted=_measuring(_CPU),
    ),
    row(
        "target-type",
        "the type of a metric's target is Utilization, Value or AverageValue",
        f"{_SCALING} validateMetricTarget",
        on(
            at(
                "HorizontalPodAutoscaler",
                *(f"spec.metrics.*.{kind}.target.type" for kind in METRICS.values()),
            ),
            one_of(*TARGETS),
        ),
        refused=_measuring(_CPU.replace("Utilization,", "Percent,")),
        accepted=_measuring(_CPU),
    ),
    row(
        "target",
        "a metric's target is one figure, of a resource an average or a utilization",
        f"{_SCALING} validateMetricTarget, validateResourceSource",
        on(
            at(
                "HorizontalPodAutoscaler",
                *(f"spec.metrics.*.{kind}.target" for kind in METRICS.values()),
            ),
            target,
        ),
        on(
            at(
                "HorizontalPodAutoscaler",
                "spec.metrics.*.resource.target",
                "spec.metrics.*.containerResource.target",
            ),
            resource_target,
        ),
        on(
            at(
                "HorizontalPodAutoscaler",
                *(
                    f"spec.metrics.*.{kind}.target.averageUtilization"
                    for kind in ("resource", "containerResource")
                ),
                "spec.targetCPUUtilizationPercentage",
            ),
            between(1),
        ),
        refused=_measuring(_CPU.replace(", averageUtilization: 50", "")),
        accepted=_measuring(_CPU.replace("averageUtilization: 50", "averageUtilization: 150")),
    ),
    row(
        "scale-behavior",
        "policies of scaling are of Pods or Percent, in periods of half an hour at most",
        f"{_SCALING} validateScalingRules, validateScalingPolicy",
        on(
            at(
                "HorizontalPodAutoscaler",
                "spec.behavior.*.policies.*.type",
            ),
            one_of("Pods", "Percent"),
        ),
        on(
            at("HorizontalPodAutoscaler", "spec.behavior.*.selectPolicy"),
            one_of("Max", "Min", "Disabled"),
        ),
        on(at("HorizontalPodAutoscaler", "spec.behavior.*.policies.*.value"), between(1)),
        on(
            at("HorizontalPodAutoscaler", "spec.behavior.*.policies.*.periodSeconds"),
            between(1, 1800),
        ),
        on(
            at("HorizontalPodAutoscaler", "spec.behavior.*.stabilizationWindowSeconds"),
            between(0, 3600),
        ),
        refused=_hpa("maxReplicas: 3, behavior: {scaleDown: {stabilizationWindowSeconds: 7200}}"),
        accepted=_hpa("maxReplicas: 3, behavior: {scaleDown: {stabilizationWindowSeconds: 600}}"),
    ),
    row(
        "scale-reference",
        "what an autoscaler scales has a kind and a name",
        f"{_SCALING} ValidateCrossVersionObjectReference",
        on(at("HorizontalPodAutoscaler", "spec.scaleTargetRef"), requires("kind", "name")),
        refused=_hpa("maxReplicas: 3").replace("name: web}, maxR", "name: ''}, maxR"),
        accepted=_hpa("maxReplicas: 3"),
    ),
    row(
        "budget",
        "a disruption budget gives minAvailable or maxUnavailable",
        f"{_POLICY} ValidatePodDisruptionBudgetSpec",
        on(
            at("PodDisruptionBudget", "spec"),
            exclusive("minAvailable", "maxUnavailable", also=": only one may be given"),
        ),
        refused=_budget("minAvailable: 1, maxUnavailable: 1"),
        accepted=_budget("maxUnavailable: 1"),
    ),
    row(
        "budget-share",
        "a disruption budget is a number from 0 or a percentage up to 100%",
        f"{_POLICY} ValidatePodDisruptionBudgetSpec",
        on(
            at("PodDisruptionBudget", "spec.minAvailable", "spec.maxUnavailable"),
            share_of_all,
        ),
        refused=_budget("minAvailable: half"),
        accepted=_budget("minAvailable: 50%"),
    ),
    row(
        "eviction-policy",
        "unhealthyPodEvictionPolicy is IfHealthyBudget or AlwaysAllow",
        f"{_POLICY} ValidatePodDisruptionBudgetSpec",
        on(
            at("PodDisruptionBudget", "spec.unhealthyPodEvictionPolicy"),
            one_of("IfHealthyBudget", "AlwaysAllow"),
        ),
        refused=_budget("minAvailable: 1, unhealthyPodEvictionPolicy: Always"),
        accepted=_budget("minAvailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow"),
    ),
)
"""Rows about workloads, autoscalers and disruption budgets."""
