"""MLOps: training, tuning and serving of models, over several formats."""

from datagen.categories.mlops import (
    image,
    kserve,
    kuberay,
    mlflow,
    sagemaker,
    scoring_schedule,
    tf_job,
    training_operator,
    tuning_job,
    vllm,
    workflow,
)
from datagen.topic import Category

CATEGORY = Category(
    name="mlops",
    summary="training and serving of models: Kubernetes operators, SageMaker, images, workflows",
    topics=(
        sagemaker.ENDPOINT,
        sagemaker.NOTEBOOK,
        kserve.TOPIC,
        kuberay.RAY_CLUSTER,
        kuberay.RAY_JOB,
        training_operator.TOPIC,
        mlflow.TOPIC,
        vllm.TOPIC,
        image.TOPIC,
        workflow.TOPIC,
        tf_job.TOPIC,
        tuning_job.TOPIC,
        scoring_schedule.TOPIC,
    ),
)
