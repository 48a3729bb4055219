"""What can break while a data set is made; each message says what to do.

``UnusableReply`` is about one answer and becomes a rejected record. ``StageFault`` says nothing
about its record, which is tried again next time. The others end the run: what was found so far is
in the journal, and the same command goes on from there.
"""

GO_ON = "what was decided so far is kept: run the same command again to go on"
"""Behind the message of what ended a run."""


class DatagenError(Exception):
    """Base of the package's errors."""


class WrongUsage(DatagenError):
    """The command cannot mean what was asked for (an unknown name, another data set's folder)."""


class OutputUnusable(DatagenError):
    """The output folder or its journal cannot be written or read."""


class FolderBusy(DatagenError):
    """Another process works in the output folder."""


class WouldShrink(DatagenError):
    """The data set that is there has more rows than what would replace it."""


class TooFewPairs(DatagenError):
    """Fewer pairs could be made than are wanted."""


class SourceMissing(DatagenError):
    """What a source reads is not on this machine."""


class TeacherMissing(DatagenError):
    """A teacher's key is not set."""


class TeacherRefused(DatagenError):
    """The teacher's service does not accept our requests at all (key, model, address)."""


class TeacherUseless(DatagenError):
    """Nothing that the teacher says is a pair."""


class ClusterUnusable(DatagenError):
    """No machine of a cluster can do the work, or there is no cluster."""


class TokenMissing(DatagenError):
    """What a service asks for to be collected from is not set."""


class CollectionRefused(DatagenError):
    """A service that is collected from accepts none of our requests (token, query, limit)."""


class PageGone(CollectionRefused):
    """One page of a service is not there, or no more; it may still answer for others."""


class CollectionUnavailable(DatagenError):
    """A service that is collected from does not answer as it should, also after retries."""


class CloneFailed(DatagenError):
    """A repository could not be cloned or read; the others can."""


class StageFault(DatagenError):
    """A stage could not be done: a fault of ours or of a service's, also after retries.

    ``missing``: what it takes is not on this machine, and no retry mends that. ``lasting``: none
    does in this run.
    """

    def __init__(self, reason: str, *, missing: bool = False, lasting: bool = False) -> None:
        self.missing = missing
        self.lasting = lasting
        super().__init__(reason)


class TeacherUnavailable(StageFault):
    """The teacher's service did not answer in time, also after retries."""


class AnswerPending(StageFault):
    """The teacher is asked in a batch, and has not answered yet."""

    def __init__(self) -> None:
        super().__init__("its question waits for a batch", lasting=True)


class UnusableReply(DatagenError):
    """A teacher's answer that is no pair: refused, cut off, or not what was asked for."""
