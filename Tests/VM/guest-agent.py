# The guest's side of the test VM: runs one command at a time for the host.
# Frames both ways: 1 byte kind, 4 bytes length (big endian), payload.
import fcntl, os, select, signal, struct, subprocess, time

class Gone(Exception):
    """The host closed its end of the port."""

port = os.open("/dev/virtio-ports/vm.agent", os.O_RDWR)
pending = b""

def send(kind, data=b""):
    data = kind + struct.pack(">I", len(data)) + data
    while data:
        data = data[os.write(port, data):]

def fill():
    global pending
    chunk = os.read(port, 65536)
    if not chunk:
        pending = b""
        raise Gone
    pending += chunk

def parse():
    """One complete frame from what has been read, or None."""
    global pending
    if len(pending) < 5:
        return None
    size = struct.unpack(">I", pending[1:5])[0]
    if len(pending) < 5 + size:
        return None
    kind, data = pending[:1], pending[5:5 + size]
    pending = pending[5 + size:]
    return kind, data

def hello(data):
    """Answer the nonce; a resumed VM also needs the time and fresh entropy."""
    nonce, now, seed = data[:8], struct.unpack(">d", data[8:16])[0], data[16:]
    if abs(time.time() - now) > 1:
        time.clock_settime(time.CLOCK_REALTIME, now)
    with open("/dev/urandom", "wb") as dev:
        fcntl.ioctl(dev, 0x40085203, struct.pack("ii", 8 * len(seed), len(seed)) + seed)
        fcntl.ioctl(dev, 0x5207)
    send(b"H", nonce)

def command(data):
    user, cwd, count, *rest = data.decode("utf-8", "surrogateescape").split("\0")
    env, argv = rest[:int(count)], rest[int(count):]
    if user in ("root", "@root"):
        argv = ["env", "-u", "XDG_SESSION_CLASS", "-u", "XDG_SESSION_TYPE",
                "-C", cwd or "/root", "--", *env, *argv]
        if user == "root":      # a cgroup of its own, apart from this service
            argv = ["systemd-run", "--scope", "--quiet", "--collect", "--", *argv]
    else:                       # a login session of that user, as sshd gives one
        script = 'cd -- "${1:-$HOME}" && shift && exec env -- "$@"'
        argv = ["runuser", "-l", "-c", script, "--", user, "vm", cwd, *env, *argv]
    return argv

def run(data):
    def child():
        with open("/proc/self/oom_score_adj", "w") as f:
            f.write("0")
    base = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root", "USER": "root", "LOGNAME": "root", "LANG": "C.UTF-8",
            "TERM": "dumb", "SHELL": "/bin/sh",
            "XDG_SESSION_CLASS": "user", "XDG_SESSION_TYPE": "tty"}   # for pam_systemd
    proc = subprocess.Popen(command(data), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=base, cwd="/", bufsize=0,
                            start_new_session=True, preexec_fn=child)
    streams = {proc.stdout.fileno(): b"O", proc.stderr.fileno(): b"E"}
    stdin, feed, feed_end, killed, ended = proc.stdin, b"", False, 0, 0
    try:
        while True:
            while frame := parse():
                kind, data = frame
                if kind == b"I":
                    feed, feed_end = feed + data, not data
                elif kind == b"K" and not killed:
                    killed = time.monotonic()
                    os.killpg(proc.pid, signal.SIGTERM)
                elif kind == b"H":      # another client has taken over
                    hello(data)
                    raise Gone
            if stdin and feed_end and not feed:
                stdin.close()
                stdin = None
            if proc.poll() is not None:
                # What the command left running may hold its pipes open.
                ended = ended or time.monotonic()
                if not streams or time.monotonic() > ended + 0.5:
                    break
            elif killed and time.monotonic() > killed + 5:
                os.killpg(proc.pid, signal.SIGKILL)
            poll = select.poll()
            poll.register(port, select.POLLIN if len(feed) < 1 << 20 else 0)
            for fd in streams:
                poll.register(fd, select.POLLIN)
            if stdin and feed:
                poll.register(stdin, select.POLLOUT)
            # The command's end does not wake poll(): look for it now and then.
            for fd, event in poll.poll(200 if len(streams) == 2 and not ended else 10):
                if fd == port:
                    if event & select.POLLIN:
                        fill()
                    elif event & select.POLLHUP:
                        raise Gone
                elif fd in streams:
                    chunk = os.read(fd, 65536)
                    if chunk:
                        send(streams[fd], chunk)
                    else:
                        del streams[fd]
                else:
                    try:
                        feed = feed[os.write(fd, feed[:4096]):]
                    except BrokenPipeError:
                        feed, feed_end = b"", True
        status = proc.returncode
        send(b"X", b"%d" % (status if status >= 0 else 128 - status))
    finally:
        if proc.poll() is None:
            os.killpg(proc.pid, signal.SIGTERM)
            try:
                proc.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(proc.pid, signal.SIGKILL)
                proc.wait()
        for pipe in (proc.stdin, proc.stdout, proc.stderr):
            pipe.close()

while True:
    try:
        while not (frame := parse()):
            fill()
        if frame[0] == b"H":
            hello(frame[1])
        elif frame[0] == b"R":
            run(frame[1])
    except Gone:
        time.sleep(0.05)
    except OSError as error:
        send(b"E", b"vm agent: %s\n" % str(error).encode())
        send(b"X", b"126")
