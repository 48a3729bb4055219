"""Ways to a verdict that was not earned, by the channel that they take: programs for a box.

Each runs as an answer runs: started by a script of bash, under the watcher. It prints ``got WHAT``
where it got hold of something that is not its own, ``denied WHAT`` where it did not. Numbers of
system calls are those of x86-64.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rewardsvc.verification.boxed import interpreter
from rewardsvc.verification.boxed.supervisor import BEGAN
from tests.hostile.attacks import PRELUDE

TRUTH = 3
"""The exit code of every script here, whatever its program did."""

FORGED = "never written"
"""What a forged report says lies in a file."""


class Mend(StrEnum):
    """What keeps the ways of a channel closed; each can be switched off alone."""

    ALONE = "nothing of the back end's stands beside what watches"
    UNREADABLE = "nobody looks into what watches"
    FILTER = "calls that look into others or limit them are filtered"
    NAMESPACES = "no further namespaces can be made"
    DESCRIPTORS = "what is started inherits no descriptor"


@dataclass(frozen=True, slots=True)
class Way:
    """A program, and the mend without which it gets what it wants."""

    mend: Mend
    program: str


OTHERS = """
def parent(pid):
    return int(read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[1])
SHELL = os.getppid()
WATCHER = parent(SHELL)
OWN = {os.getpid(), SHELL}
OTHERS = [int(n) for n in os.listdir("/proc") if n.isdigit() and int(n) not in OWN]
def any_of(look):
    found = []
    for pid in OTHERS:
        try: found.append(look(pid))
        except OSError: pass
    if not any(found):
        raise ValueError("of nobody")
    return found
def stack(pid, mode):
    for line in read(f"/proc/{pid}/maps").decode().splitlines():
        if "[stack]" in line:
            low, high = (int(each, 16) for each in line.split()[0].split("-"))
            memory = open(f"/proc/{pid}/mem", mode, 0)
            memory.seek(high - 4096)
            return memory
def own_child():
    child = os.fork()
    if child == 0:
        while True: time.sleep(9)
    return child
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
BUFFER = ctypes.create_string_buffer(b"once", 8)
def moved(number, child):
    here = Vector(ctypes.addressof(ctypes.create_string_buffer(8)), 8)
    there = Vector(ctypes.addressof(BUFFER), 8)
    one, none = ctypes.c_ulong(1), ctypes.c_ulong(0)
    return syscall(number, child, ctypes.byref(here), one, ctypes.byref(there), one, none)
def limited(name):
    def action():
        kind = getattr(resource, name)
        resource.prlimit(WATCHER, kind, (resource.prlimit(WATCHER, kind)[1],) * 2)
    return action
def in_a_child(action):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            action()
        except OSError:
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise OSError("not in a child")
    return "done"
"""

WAYS: Mapping[str, Mapping[str, Way]] = {
    "memory": {
        "reads it": Way(Mend.ALONE, "any_of(lambda pid: len(stack(pid, 'rb').read(64)))"),
        "writes it": Way(
            Mend.ALONE,
            "any_of(lambda pid: (m := stack(pid, 'r+b'), b := m.read(1), m.seek(-1, 1),"
            " m.write(b))[3])",
        ),
        "reads its variables": Way(
            Mend.ALONE, "any_of(lambda pid: read(f'/proc/{pid}/environ') or b'none')"
        ),
        "reads how it is laid out": Way(
            Mend.ALONE, "any_of(lambda pid: read(f'/proc/{pid}/maps'))"
        ),
        "reads the watcher's": Way(Mend.UNREADABLE, "len(stack(WATCHER, 'rb').read(64))"),
        "writes the watcher's": Way(
            Mend.UNREADABLE,
            "(m := stack(WATCHER, 'r+b'), b := m.read(1), m.seek(-1, 1), m.write(b))",
        ),
    },
    "descriptors": {
        "lists them": Way(Mend.ALONE, "any_of(lambda pid: os.listdir(f'/proc/{pid}/fd'))"),
        "opens the output": Way(
            Mend.ALONE, "any_of(lambda pid: open(f'/proc/{pid}/fd/1', 'w').fileno())"
        ),
        "opens the watcher's output": Way(
            Mend.UNREADABLE, "open(f'/proc/{WATCHER}/fd/1', 'w').fileno()"
        ),
        "has inherited one": Way(Mend.DESCRIPTORS, "os.fstat((*INHERITED, 999)[0])"),
        "takes one of another process": Way(
            Mend.FILTER, "syscall(438, syscall(434, own_child(), 0), 0, 0)"
        ),
    },
    "ptrace": {
        "attaches": Way(Mend.FILTER, "syscall(101, 16, own_child(), 0, 0)"),
        "seizes": Way(Mend.FILTER, "syscall(101, 0x4206, own_child(), 0, 0)"),
        "is traced": Way(Mend.FILTER, "in_a_child(lambda: syscall(101, 0, 0, 0, 0))"),
        "reads across": Way(Mend.FILTER, "moved(310, own_child())"),
        "writes across": Way(Mend.FILTER, "moved(311, own_child())"),
        "compares": Way(Mend.FILTER, "syscall(312, os.getpid(), own_child(), 3, 0, 0)"),
    },
    "limits": {
        f"sets {name}": Way(Mend.FILTER, f"limited('{name}')()")
        for name in ("RLIMIT_AS", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_CPU")
    },
    "namespaces": {
        "of users": Way(Mend.NAMESPACES, "in_a_child(lambda: syscall(272, 0x10000000))"),
        "of users and processes": Way(
            Mend.NAMESPACES, "in_a_child(lambda: syscall(272, 0x10000000 | 0x20000000))"
        ),
        "of users and mounts": Way(
            Mend.NAMESPACES, "in_a_child(lambda: syscall(272, 0x10000000 | 0x00020000))"
        ),
        "of users and networks": Way(
            Mend.NAMESPACES, "in_a_child(lambda: syscall(272, 0x10000000 | 0x40000000))"
        ),
    },
}

DISTURBANCES: Mapping[str, str] = {
    "kills it": "os.kill(WATCHER, signal.SIGKILL)",
    "kills everybody": "os.kill(-1, signal.SIGKILL)",
    "lets it crash": "os.kill(WATCHER, signal.SIGSEGV)",
    "asks it to end": "[os.kill(WATCHER, n) for n in (1, 2, 3, 10, 12, 15)]",
    "tells it of children": "[os.kill(WATCHER, signal.SIGCHLD) for _ in range(5000)]",
    "sends it all signals that there are": """
for number in range(1, 65):
    if number not in (signal.SIGSTOP, 32, 33):
        try: os.kill(WATCHER, number)
        except OSError: pass""",
    "limits itself, and what it starts": """
for name in ("RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_CORE", "RLIMIT_STACK"):
    resource.setrlimit(getattr(resource, name), (0, 0))""",
    "takes all processes": """
try:
    while True:
        if os.fork() == 0:
            os.setsid()
            while True: time.sleep(9)
except OSError: pass""",
    "takes all descriptors": """
try:
    while True: os.open("/dev/null", 0)
except OSError: pass
if os.fork() == 0: time.sleep(9)""",
    "fills its pipes": """
for stream in (1, 2):
    os.set_blocking(stream, False)
    try:
        while True: os.write(stream, b"x" * 65536)
    except BlockingIOError: pass""",
    "holds its output open": """
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(99)""",
    "closes all that it has": "os.closerange(0, 1024)",
    "fills the disk": """
try:
    for place in ("/work", "/tmp", "/dev/shm"):
        with open(place + "/f", "wb") as file:
            while True: file.write(b"1" * 2**20)
except OSError: pass""",
    "leaves names without end": """
for number in range(30_000):
    os.close(os.open("\\udcff%d" % number, os.O_CREAT))""",
    "leaves a tree too deep": """
for _ in range(60):
    os.mkdir("d" * 200); os.chdir("d" * 200)""",
    "takes the folders away": """
import shutil
os.chdir("/")
shutil.rmtree("/work", ignore_errors=True)""",
    "locks the folders": "os.chmod('/work/task', 0); os.chmod('/work', 0)",
}
"""What a program may do to its watcher so that this has nothing to report, or no right verdict."""

STOP = "os.kill(WATCHER, signal.SIGSTOP); time.sleep(9)"
"""Only where the watcher is not the first process."""

FORGE = f"""
report = {{"exit_code": 0, "stdout": "", "stderr": "", "output_cut": False,
          "files": {{"report.txt": {FORGED!r}}}, "modes": {{"report.txt": "644"}},
          "links": {{}}, "folders": [], "files_cut": False, "requests": [], "result": None}}
import json
for pid in OTHERS:
    for text in (json.dumps(report), "{BEGAN}\\n" + json.dumps(report)):
        try:
            os.kill(WATCHER, signal.SIGSTOP)
            with open(f"/proc/{{pid}}/fd/1", "w") as out:
                out.write(text)
            os.kill(WATCHER, signal.SIGKILL)
        except OSError:
            os.kill(WATCHER, signal.SIGCONT)
        else:
            time.sleep(9)
"""
"""Writes a report of its own in the watcher's place, and ends that before it can."""


def program(*ways: tuple[str, str]) -> str:
    """A Python program that tries expressions by their names."""
    tries = "".join(f"attempt({name!r}, lambda: {way})\n" for name, way in ways)
    return f"{PRELUDE}{OTHERS}{INHERITED}{tries}"


INHERITED = """
def is_open(number):
    try: os.fstat(number)
    except OSError: return False
    return True
INHERITED = [number for number in range(3, 64) if is_open(number)]
"""


def scripts(text: str) -> dict[str, str]:
    """The files of an answer that runs a Python program and then says what it comes to."""
    python = interpreter()
    return {"main.sh": f"{python} -I -S attack.py\nexit {TRUTH}\n", "attack.py": text}
