"""One thread for torch: two on contended cores are far slower than one."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
