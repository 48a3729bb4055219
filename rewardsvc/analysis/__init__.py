"""Reads the text of tasks and answers where it can be ended: in processes beside the server's.

No text of others is analysed in the server's own process without a bound. A reader
(``reader.py``) takes one request at a time along its way, in a process that ``zygote.py`` forks in
a box, under limits of processor time and memory. A small one is sent ahead while it still reads
another, so that it need not wait for the next. What needs the server's resources (a command in
the sandbox, a plan, a Rego policy) it asks for over its connection (``frames.py``); the server's
end of that is ``conversation.py``. ``ending.py`` says what it means that a reader ended, and
``pool.py`` starts them when they are needed and replaces them. ``inprocess.py`` does the same
without processes and limits, for tests and for looking for a mistake.
"""

from rewardsvc.analysis.base import Bounds, Reader, Readers, Resources, is_light
from rewardsvc.analysis.inprocess import InProcess
from rewardsvc.analysis.pool import ReaderPool

__all__ = ["Bounds", "InProcess", "Reader", "ReaderPool", "Readers", "Resources", "is_light"]
