"""Files that an answer brings under other labels are there for what reads them."""

import pytest

from rewardsvc.artifact import Artifact
from rewardsvc.extract import extract
from rewardsvc.formats import FORMATS
from rewardsvc.types import StageStatus, Target, Task
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.hcl.addresses import AWS
from tests.needs import lacks

pytestmark = pytest.mark.asyncio(loop_scope="module")

TERRAFORM = """\
```hcl
resource "aws_instance" "web" {
  ami           = "ami-0abcdef1234567890"
  instance_type = "t3.micro"
  user_data     = file("${path.module}/scripts/boot.sh")
}

resource "aws_iam_policy" "read" {
  name   = "read"
  policy = templatefile("policy.json.tftpl", { bucket = "b" })
}
```

```bash path=scripts/boot.sh
#!/bin/bash
echo up
```

```json path=policy.json.tftpl
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${bucket}/*"}
]}
```
"""

HELM = """\
```yaml path=Chart.yaml
apiVersion: v2
name: web
version: 0.1.0
```
```yaml path=templates/config.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data:
  boot.sh: {{ .Files.Get "files/boot.sh" | quote }}
```
```bash path=files/boot.sh
echo up
```
```text path=templates/NOTES.txt
{{ fail "no notes" }}
```
"""

KUSTOMIZE = """\
```yaml path=kustomization.yaml
configMapGenerator: [{name: c, files: [boot.sh, job.py]}]
```
```bash path=boot.sh
echo up
```
```python path=job.py
print()
```
"""


def answer(format: str, completion: str) -> Artifact:
    artifact = extract(completion, Task(format=format), FORMATS[format].verifier).artifact
    assert artifact is not None
    return artifact


async def verified(format: str, completion: str, workbench: Workbench) -> Findings:
    return await FORMATS[format].verifier.verify(answer(format, completion), workbench)


async def test_terraform_reads_scripts_and_templates_of_the_answer(workbench: Workbench) -> None:
    if AWS not in workbench.toolchain.providers or workbench.terraform is None:
        lacks("terraform", "no terraform or no AWS provider: set ASSAY_TERRAFORM_MIRROR")
    findings = await verified("terraform", TERRAFORM, workbench)
    assert [stage.status for stage in findings.stages] == [StageStatus.PASSED] * 5
    planned = findings.projections[Target.PLAN]["planned_values"]["root_module"]["resources"]
    assert "arn:aws:s3:::b/*" in next(
        each["values"]["policy"] for each in planned if each["type"] == "aws_iam_policy"
    )


async def test_helm_reads_scripts_and_renders_notes_of_the_answer(workbench: Workbench) -> None:
    findings = await verified("helm", HELM, workbench)
    messages = [found.message for stage in findings.stages for found in stage.diagnostics]
    assert any("no notes" in message for message in messages), messages
    (config,) = (
        await verified("helm", HELM.replace('{{ fail "no notes" }}', "Done."), workbench)
    ).projections[Target.DOCUMENTS]
    assert config["data"] == {"boot.sh": "echo up\n"}


async def test_kustomize_generates_from_scripts_of_the_answer(workbench: Workbench) -> None:
    findings = await verified("kustomize", KUSTOMIZE, workbench)
    (config,) = findings.projections[Target.DOCUMENTS]
    assert config["data"] == {"boot.sh": "echo up\n", "job.py": "print()\n"}


async def test_a_script_brings_no_file_that_it_is_to_make() -> None:
    completion = "```bash\ntrue\n```\n```text path=report.txt\n3 errors\n```\n"
    assert [file.path for file in answer("bash", completion).files] == ["script.sh"]
