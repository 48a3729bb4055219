"""MLOps: training, tuning and serving of models, over several formats."""

from datagen.categories.mlops import (
    image,
    kserve,
    kuberay,
    mlflow,
    sagemaker,
    training_operator,
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
    ),
)
