"""A tokenizer for the nano model, learnt from the train split's prompt and answer pairs.

Answers about infrastructure are mostly boilerplate with values from the prompt in between. So
whole runs of boilerplate ("\\n    spec:\\n      replicas: ") become one token each, which makes an
answer ten times shorter than in a general vocabulary; everything else is cut the same way in the
prompt as in the answer (words, digits and single signs, never with a space stuck to them), so that
copying a value is copying the same tokens.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

PAD, END, USER, ASSISTANT = "<|pad|>", "<|end|>", "<|user|>", "<|assistant|>"

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}"
    + ASSISTANT
    + "{{ message['content'] }}"
    + END
    + "{% else %}"
    + USER
    + "{{ message['content'] }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}" + ASSISTANT + "{% endif %}"
)

_PIECE = re.compile(r"[0-9]+|[A-Za-z_]+|\W", re.ASCII)
_WORD_BORDER = r"[A-Za-z_]+|[0-9]| +|\n *|[^A-Za-z_0-9 \n]"
"""What byte-pair merges never cross: words, single digits, blanks, single signs."""

_ONLY_CHILD = 0.98
"""A word from the prompt still counts as boilerplate where it is nearly always the next one."""


def train_tokenizer(
    pairs: Sequence[tuple[str, str]],
    *,
    min_chunk_count: int,
    max_chunk_lines: int,
    vocabulary: int,
) -> PreTrainedTokenizerFast:
    """A tokenizer for (prompt, answer) pairs; the same pairs give the same tokenizer.

    Args:
        pairs: the train split.
        min_chunk_count: boilerplate seen less often stays in pieces.
        max_chunk_lines: longer boilerplate is cut into chunks of that many lines.
        vocabulary: how many byte-pair tokens there are at most, chunks not counted.
    """
    chunks = boilerplate(pairs, min_count=min_chunk_count, max_lines=max_chunk_lines)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORD_BORDER), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=min_chunk_count,
        special_tokens=[PAD, END, USER, ASSISTANT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_without(chunks, pairs), trainer)
    tokenizer.add_tokens([AddedToken(chunk, normalized=False) for chunk in chunks])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
        padding_side="left",
    )


def boilerplate(pairs: Sequence[tuple[str, str]], *, min_count: int, max_lines: int) -> list[str]:
    """The frequent runs of text that are not copied between prompt and answer, longest first.

    A run begins and ends with a sign that is no word character, so that it never matches inside
    of a word, and is ASCII, because the byte-level decoder reads other letters as bytes.
    """
    counts: Counter[str] = Counter()
    for side in (0, 1):
        texts = [pair[side] for pair in pairs]
        others = [set(_PIECE.findall(pair[1 - side])) for pair in pairs]
        for runs in _runs(texts, others, min_count):
            for run in runs:
                counts.update(_pieces_of(run, max_lines))
    kept = [chunk for chunk, count in counts.items() if count >= min_count]
    return sorted(kept, key=lambda chunk: (-len(chunk), chunk))


def _runs(texts: Sequence[str], others: Sequence[set[str]], min_count: int) -> Iterable[list[str]]:
    """For each text, the maximal runs that hold no word copied from or to the other side.

    A word that both sides hold is still boilerplate where it begins a line (a key, an instruction)
    and is frequent there, or where it is what nearly always stands in that place.
    """
    following: defaultdict[str, Counter[str]] = defaultdict(Counter)
    walked = [_walk(text) for text in texts]
    for pieces in walked:
        for prefix, piece in pieces:
            following[prefix][piece] += 1
    for pieces, other in zip(walked, others, strict=True):
        runs, run = [], ""
        for prefix, piece in pieces:
            seen = following[prefix]
            fixed = seen[piece] >= min_count and (
                prefix.isspace() or seen[piece] >= _ONLY_CHILD * seen.total()
            )
            if piece[0].isalnum() and piece in other and not fixed:
                runs.append(run)
                run = ""
            else:
                run += piece
        yield [*runs, run]


def _walk(text: str) -> list[tuple[str, str]]:
    """The pieces of a text, each with what stands before it on its line."""
    walked, prefix = [], ""
    for piece in _PIECE.findall(text):
        walked.append((prefix, piece))
        prefix = "" if piece == "\n" else prefix + piece
    return walked


def _pieces_of(run: str, max_lines: int) -> Iterable[str]:
    lines = re.split(r"(?=\n)", run)
    for start in range(0, len(lines), max_lines):
        chunk = re.sub(r"^\w+|\w+$", "", "".join(lines[start : start + max_lines]), flags=re.ASCII)
        if len(chunk) > 2 and chunk.isascii() and not chunk.isspace():
            yield chunk


def _without(chunks: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Iterable[str]:
    """What is left of the texts for byte-pair merges once the chunks are taken out."""
    pattern = re.compile("|".join(map(re.escape, chunks))) if chunks else None
    for pair in pairs:
        for text in pair:
            yield from pattern.split(text) if pattern else [text]
