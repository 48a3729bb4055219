"""The answer within a completion: what a model thought before it, and what a trainer left, is not.

Left out are thoughts (everything up to the last marker that closes one, and what follows one that
is never closed), role headers before the answer, what comes after the end of its turn, special
tokens and padding, and characters that nobody sees at the start and beside fences. Lines keep
their numbers.

What is inside a fence belongs to the file, markers too: a script may print ``</think>``. Inside
means that the fence closes before another labelled one opens; otherwise it was left open in a
draft, and the marker counts. In a thought there are no files: the closing marker of its kind ends
it wherever it stands. A marker that is a code span of its own, between single backticks, is a
mention.

The markers are those of the models' tokenizers and of vLLM's reasoning parsers, as far as no
honest answer holds them outside of its files; others are a setting. The work is linear in the
length of the text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

MAX_LOOKED_AHEAD = 4
"""Times the length of the text, for the ends of fences that hold markers; beyond, a marker counts.
It bounds the work on a hostile text: looks from files that do end pass over each line once."""

NAMED = {"granite": "Here is my thought process:...Here is my response:"}
"""Pairs of markers that have a name: words that a person may write as well."""

OPENED = "opened"
"""Says in the setting that the chat template opens the thought, as DeepSeek-R1's and that of Qwen's
thinking models do: only what follows a marker that closes one is the answer then."""

UNSEEN = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
"""Characters that show nothing, a byte-order mark among them: the inside of a character class."""

_THOUGHT = r"(?:think(?:ing)?|thoughts?|reasoning|reflection|scratchpad|analysis)"
_OPENING = (
    rf"<\s{{0,3}}(?:\w{{1,20}}:)?{_THOUGHT}(?:\s[^<>]{{0,200}}(?<!/))?>"  # DeepSeek, Qwen, Seed
    rf"|<\|(?:begin_of_|start_of_|start_)?{_THOUGHT}\|>"  # OpenThoughts, Cohere
    # gpt-oss: harmony
    r"|<\|channel\|>\s?(?:analysis|commentary)(?:[^<]|<\|constrain\|>){0,200}<\|message\|>"
    r"|<\|channel>"  # Gemma 4
    r"|<unused94>"  # MedGemma
    r"|<\|inner_prefix\|>"  # Apertus
    r"|\[(?-i:THINK)\]"  # Magistral
    r"|◁think▷"  # Kimi-VL
)
_CLOSING = (
    rf"<\s{{0,3}}/\s{{0,3}}(?:\w{{1,20}}:)?{_THOUGHT}\s{{0,3}}>"
    rf"|<\|(?:end_of_|end_|/){_THOUGHT}\|>"
    r"|<\|channel\|>\s?final(?:[^<]|<\|constrain\|>){0,200}<\|message\|>"
    r"|<channel\|>"
    r"|<unused95>"
    r"|<\|inner_suffix\|>"
    r"|\[/(?-i:THINK)\]"
    r"|◁/think▷"
)
_KIND = re.compile(rf"{_THOUGHT}|channel|unused|inner", re.IGNORECASE)
"""What a marker that opens a thought and the one that closes it have in common."""
_HEADER = (
    r"<(?:\|im_start\||\|start_header_id\||\|start_of_role\||\|start\||start_of_turn|\|turn)>\s?"
)
_END = (
    r"<\|(?:im_end|endoftext|end_of_text|eot_id|eom_id|eot|eom|end|return|call|endofturn"
    r"|end_of_turn|end_of_turn_token|end_of_message|assistant_end|role_end)\|>"
    r"|<(?:\uff5cend▁of▁sentence\uff5c|end_of_turn|turn\||end_of_utterance|eos|seed:eos)>"
)
_OTHERS_TURN = rf"{_HEADER}(?:user|system|developer|tool)\b|<\|(?:user|system|observation)\|>"
_TOKEN = (
    rf"{_HEADER}(?:assistant|model)\b(?:<\|end_header_id\|>|<\|end_of_role\|>)?"
    r"|<(?:\|[^|<>\s]{1,40}\|?|[^|<>\s]{1,40}\||\uff5c[^\uff5c<>\s]{1,40}\uff5c)>"
    r"|<(?:/?s|pad|bos|unk|sep|cls|eod|mask|unused\d{1,4}|seed:\w{1,20}|start_of_\w{1,20})>"
    r"|<(?:/?(?:answer|final_answer|response|solution))>"
    r"|\[/?(?-i:PAD|BOS|EOS|UNK|SEP|CLS|INST)\]|\0"
)
_BEGINNING = r"<(?=[\s/|\w\uff5c])|\[(?=/?[A-Z])|◁|\0"
"""Without regard to case there is nothing to tell: none of these has one."""
_STRIPPED_HARMONY = re.compile(r"analysis(?=[A-Z])")
"""gpt-oss's first channel, its special tokens left out: ``analysisWe need … assistantfinal…``."""

_FENCE = rf"([ \t]*+)[{UNSEEN}]*+(`{{3,}}+|~{{3,}}+)([^\n]*+)"
_RUN = re.compile(r"```|~~~")
_HERE = re.compile(rf"[{UNSEEN}]*+{_FENCE}")
_BARE = re.compile(
    rf"(?:[\s{UNSEEN}]|{_OPENING}|{_CLOSING}|{_END}|{_OTHERS_TURN}|{_TOKEN})*+", re.IGNORECASE
)
"""What may stand behind a fence that closes: nothing of the answer."""
_LEAD = re.compile(
    rf"(?:[ \t]*+(?:[\n{UNSEEN}]|{_END}|(?!{_OPENING}|{_CLOSING}|{_OTHERS_TURN})(?:{_TOKEN})))*+",
    re.IGNORECASE,
)
"""What may stand before the answer."""
_UNSEEN = re.compile(f"[{UNSEEN}]+")
_BLANK = re.compile(rf"[\s{UNSEEN}]*+")


@dataclass(frozen=True, slots=True)
class Answer:
    """``text`` is the answer, blank lines in the place of what came before it.

    ``thinking`` is whether the completion ends in a thought.
    """

    text: str
    thinking: bool = False


@dataclass(frozen=True)
class Markers:
    """The markers that are looked for; made by :meth:`of`.

    ``opened``: the chat template opens the thought, so that a completion begins inside of one.
    """

    pattern: re.Pattern[str]
    beginning: re.Pattern[str]
    """What every marker begins with: it is found many times as fast, and most texts have none."""
    further: Mapping[str, str] = field(default_factory=dict)
    """What closes a thought, by what opens it: the literal pairs."""
    opened: bool = False

    @classmethod
    def of(cls, names: Iterable[str] = ()) -> "Markers":
        """The usual ones and those of a setting: ``OPENING...CLOSING`` (two literal texts), a name
        of :data:`NAMED`, or ``opened``.

        Raises:
            ValueError: a name does not have that form.
        """
        given = [name.strip() for name in names]
        pairs = [_pair_of(name) for name in given if name != OPENED]
        opening = "".join(rf"|(?-i:{re.escape(first)})" for first, _ in pairs)
        closing = "".join(rf"|(?-i:{re.escape(last)})" for _, last in pairs)
        pattern = re.compile(
            rf"(?P<opening>{_OPENING}{opening})|(?P<closing>{_CLOSING}{closing})"
            rf"|(?P<end>{_END}|{_OTHERS_TURN})|(?P<token>{_TOKEN})",
            re.IGNORECASE,
        )
        literals = "".join(rf"|{re.escape(text)}" for pair in pairs for text in pair)
        return cls(pattern, re.compile(_BEGINNING + literals), dict(pairs), OPENED in given)

    def search(self, text: str, position: int = 0) -> re.Match[str] | None:
        """The first marker from a position on."""
        for found in self.beginning.finditer(text, position):
            if marker := self.pattern.match(text, found.start()):
                return marker
        return None

    @property
    def of_references(self) -> "Markers":
        """The same for what no model wrote behind a chat template."""
        return replace(self, opened=False)


def _pair_of(name: str) -> tuple[str, str]:
    first, dots, last = NAMED.get(name, name).partition("...")
    first, last = first.strip(), last.strip()
    if not dots or min(len(first), len(last)) < 3 or first == last:
        raise ValueError(
            f"{name!r} names no markers of thoughts: write OPENING...CLOSING, two texts of three "
            f"characters or more, or one of {', '.join((OPENED, *NAMED))}"
        )
    return first, last


USUAL_MARKERS = Markers.of()


def answer_in(completion: str, markers: Markers = USUAL_MARKERS) -> Answer:
    """What of a completion (lines end with newlines) is the answer. Never raises."""
    return _Reader(completion, markers).answer()


def without_marks(text: str) -> str:
    """The text without characters at its start that nobody sees."""
    return text[found.end() :] if (found := _UNSEEN.match(text)) else text


def _fence_lines(text: str, position: int) -> Iterator[re.Match[str]]:
    """The lines that begin from a position on and are a fence's.

    Found by their runs, which few lines have: to try every line takes many times as long.
    """
    while run := _RUN.search(text, position):
        begin = text.rfind("\n", max(0, position - 1), run.start()) + 1
        if (begin or not position) and (line := _HERE.match(text, begin)):
            yield line
        end = text.find("\n", run.end())
        if end < 0:
            return
        position = end + 1


def begins_with_thought(text: str) -> bool:
    """Whether the first thing in a text is a marker that opens a thought."""
    marker = USUAL_MARKERS.pattern.match(text)
    return marker is not None and marker.lastgroup == "opening"


@dataclass(slots=True)
class _Fence:
    """A fence that is open. Up to ``until`` it is known whether it ``closes``."""

    indent: int
    run: str
    until: int = 0
    closes: bool = False

    def meets(self, line: re.Match[str]) -> bool:
        """Whether a line is of its kind: such a one closes it, or opens another."""
        same = line[2][0] == self.run[0] and len(line[2]) >= len(self.run)
        return same and len(line[1]) <= self.indent + 3


class _Reader:
    """Goes once through a completion, from one fence's line or marker to the next."""

    def __init__(self, text: str, markers: Markers) -> None:
        self._text = text
        self._markers = markers
        self._left_out: list[tuple[int, int]] = []
        self._fence: _Fence | None = None
        self._thought: int | None = None  # where the one begins that is not closed yet
        self._closing = ""  # what closes it; any marker does where nothing was seen to open it
        self._tokens = (0, 0)  # the last run of tokens
        self._budget = MAX_LOOKED_AHEAD * len(text)
        self._end = len(text)
        self._line = next(_fence_lines(text, 0), None)
        self._marker = markers.search(text)
        self._begin_at(0)

    def answer(self) -> Answer:
        """The answer."""
        stripped = _STRIPPED_HARMONY.match(self._text, self._start)
        if stripped:
            final = self._text.find("assistantfinal", stripped.end())
            if final < 0:
                return Answer("", thinking=True)
            self._begin_at(final + len("assistantfinal"))
        elif self._markers.opened:
            self._thought = self._start
        while self._line or self._marker:
            line, marker = self._line, self._marker
            if line and (marker is None or line.start(2) <= marker.start()):
                if self._thought is None:
                    self._read_line(line)
                self._line = next(_fence_lines(self._text, line.end(2)), None)
            elif marker:
                self._marker = self._markers.search(self._text, marker.end())
                if not self._read_marker(marker):
                    self._end = marker.start()
                    break
        return Answer(self._rest(), self._thought is not None)

    def _begin_at(self, position: int) -> None:
        """Nothing before that position is the answer, nor the tokens and headers behind it."""
        self._start = self._behind_lead(position)
        self._left_out.clear()
        self._fence = self._thought = None
        self._closing = ""
        self._tokens = (self._start, self._start)
        if self._line and self._line.start(2) < self._start:
            self._line = next(_fence_lines(self._text, self._start), None)
        if self._marker and self._marker.start() < self._start:
            self._marker = self._markers.search(self._text, self._start)
        self._line = _HERE.match(self._text, self._start) or self._line

    def _behind_lead(self, position: int) -> int:
        lead = _LEAD.match(self._text, position)
        return lead.end() if lead else position

    def _read_line(self, line: re.Match[str]) -> None:
        if self._fence is None:
            if not _opens(line):
                return
            self._fence = _Fence(len(line[1]), line[2])
        elif self._fence.meets(line) and _bare(line):
            self._fence = None
            self._left_out.append(line.span(3))
        else:
            return
        unseen = _UNSEEN.finditer(self._text, line.start(), line.end())
        self._left_out.extend(each.span() for each in unseen)

    def _read_marker(self, marker: re.Match[str]) -> bool:
        """False where the answer ends before it."""
        kind, text = marker.lastgroup, self._text
        if self._mentioned(marker):
            return True
        if kind == "token":
            begin, end = self._tokens
            if begin == end or not _BLANK.fullmatch(text, end, marker.start()):
                begin = marker.start()
            self._tokens = (begin, marker.end())
            begins_line = begin == 0 or text[begin - 1] == "\n"
            if begins_line and (line := _HERE.match(text, marker.end())):
                self._left_out.append(self._tokens)
                self._line = line
        elif self._thought is not None:
            if kind == "closing" and self._closing in ("", self._kind_of(marker)):
                self._begin_at(marker.end())
        elif self._fence is not None and self._closes(self._fence, marker):
            pass  # the file's own
        elif kind == "opening":
            self._thought, self._closing = marker.start(), self._kind_of(marker)
        elif kind == "closing":
            self._begin_at(marker.end())
        else:
            return False
        return True

    def _kind_of(self, marker: re.Match[str]) -> str:
        """What is the same for the two markers of a thought."""
        found = _KIND.search(marker[0])
        text = self._markers.further.get(marker[0], marker[0])
        return found[0].lower().rstrip("s") if found and text == marker[0] else text

    def _mentioned(self, marker: re.Match[str]) -> bool:
        begin, end = marker.span()
        before, behind = self._text[max(0, begin - 2) : begin], self._text[end : end + 2]
        return before.endswith("`") and before != "``" and behind.startswith("`") and behind != "``"

    def _closes(self, fence: _Fence, marker: re.Match[str]) -> bool:
        """Whether the fence closes behind a marker before another one opens."""
        position = marker.end()
        if marker.lastgroup == "closing":  # the answer may begin right behind it
            line = _HERE.match(self._text, self._behind_lead(position))
            if line and fence.meets(line) and _opens(line) and not _bare(line):
                return False
        if position > fence.until:
            if self._budget <= 0:
                return False
            fence.until, fence.closes = len(self._text), False
            for line in _fence_lines(self._text, position):
                if fence.meets(line) and (_bare(line) or _opens(line)):
                    fence.until, fence.closes = line.start(), _bare(line)
                    break
            self._budget -= fence.until - position
        return fence.closes

    def _rest(self) -> str:
        text = self._text
        end = self._end if self._thought is None else self._thought
        begin, behind = self._tokens
        if begin < behind <= end and _BLANK.fullmatch(text, behind, end):
            end = begin
        pieces = ["\n" * text.count("\n", 0, self._start)]
        position = self._start
        for left_out, onward in sorted(self._left_out):
            pieces.append(text[position : min(left_out, end)])
            position = max(position, onward)
        pieces.append(text[position:end])
        return "".join(pieces)


def _bare(line: re.Match[str]) -> bool:
    """Whether nothing of the answer stands behind a fence, so that it may close a block."""
    return _BARE.fullmatch(line[3]) is not None


def _opens(line: re.Match[str]) -> bool:
    return line[2][0] == "~" or "`" not in line[3]
