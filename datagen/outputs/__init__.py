"""What a run leaves behind: files of a data set, each made of records alone.

A sink says what one file holds, without a look at the disk; ``files`` writes them.
"""

from datagen.outputs.base import DataSet, RecordSink
from datagen.outputs.card import Card
from datagen.outputs.files import write_files
from datagen.outputs.rejected import RejectedFile
from datagen.outputs.tasks import TasksFile, rows_of

__all__ = ["Card", "DataSet", "RecordSink", "RejectedFile", "TasksFile", "rows_of", "write_files"]
