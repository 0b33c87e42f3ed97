# The host's side of the test VM's protocol, and the few QMP calls needed.
import json, os, socket, struct, sys, threading, time

def fail(text):
    print("vm: " + text, file=sys.stderr)
    sys.exit(125)

def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False

def connect(path, pid, deadline):
    while True:
        try:
            sock = socket.socket(socket.AF_UNIX)
            sock.connect(path)
            return sock
        except OSError:
            sock.close()
            if not alive(pid):
                fail("the emulator ended before the VM was up")
            if time.monotonic() > deadline:
                fail("the emulator does not answer")
            time.sleep(0.02)

class Agent:
    def __init__(self, pid, seconds):
        self.deadline = time.monotonic() + seconds
        self.sock = connect("agent.sock", pid, self.deadline)
        self.lock = threading.Lock()
        nonce = os.urandom(8)
        mark = b"H" + struct.pack(">I", 8) + nonce
        self.send(b"H", nonce + struct.pack(">d", time.time()) + os.urandom(32))
        self.data = b""
        while mark not in self.data:    # drop what an earlier client left unread
            self.data = self.data[-len(mark):]
            if not self.read(self.deadline):
                fail("the VM ended while booting" if time.monotonic() < self.deadline
                     else f"no answer from the guest within {seconds:g} s")
        self.data = self.data.split(mark, 1)[1]

    def send(self, kind, data=b""):
        with self.lock:
            self.sock.sendall(kind + struct.pack(">I", len(data)) + data)

    def read(self, deadline):
        self.sock.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            chunk = self.sock.recv(1 << 16)
        except TimeoutError:
            return False
        except OSError:
            chunk = b""
        self.data += chunk
        return bool(chunk)

    def forward_stdin(self):
        try:
            while chunk := os.read(0, 16384):
                self.send(b"I", chunk)
            self.send(b"I")
        except OSError:
            pass

    def run(self, timeout, stdin, fields):
        fields = "\0".join(fields).encode("utf-8", "surrogateescape")
        self.send(b"R", fields)
        if stdin:
            threading.Thread(target=self.forward_stdin, daemon=True).start()
        else:
            self.send(b"I")
        deadline, late = time.monotonic() + timeout, False
        while True:
            while len(self.data) >= 5:
                size = struct.unpack(">I", self.data[1:5])[0]
                if len(self.data) < 5 + size:
                    break
                kind, data = self.data[:1], self.data[5:5 + size]
                self.data = self.data[5 + size:]
                if kind == b"X":
                    return 124 if late else int(data)
                out = {b"O": 1, b"E": 2}.get(kind)
                while out and data:
                    data = data[os.write(out, data):]
            if self.read(deadline):
                continue
            if time.monotonic() < deadline:
                fail("the VM ended while the command ran")
            if late:
                return 124
            late, deadline = True, time.monotonic() + 10
            print(f"vm: command timed out after {timeout:g} s", file=sys.stderr)
            self.send(b"K")

class Qmp:
    def __init__(self, pid):
        self.file = connect("qmp.sock", pid, time.monotonic() + 20).makefile("rw")
        self.file.readline()
        self.call("qmp_capabilities")

    def call(self, name, **arguments):
        self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.file.flush()
        for line in self.file:
            reply = json.loads(line)
            if "error" in reply:
                fail(f"{name}: {reply['error']['desc']}")
            if "return" in reply:
                return reply["return"]
        return None

    def save(self, path):
        self.call("migrate-set-parameters", **{"max-bandwidth": 1 << 40, "downtime-limit": 5000})
        self.call("migrate", uri=f"exec:cat >'{path}'")
        while True:
            status = self.call("query-migrate").get("status")
            if status == "completed":
                return 0
            if status in ("failed", "cancelled"):
                fail("saving the VM's state failed")
            time.sleep(0.05)

os.chdir(sys.argv[1])
pid, verb, *args = sys.argv[2:]
try:
    if verb == "run":       # boot-timeout timeout stdin user cwd env-count env... argv...
        agent = Agent(pid, float(args[0]))
        sys.exit(agent.run(float(args[1]), args[2] == "1", args[3:]))
    elif verb == "wait":    # boot-timeout
        Agent(pid, float(args[0]))
    elif verb == "save":    # file
        Qmp(pid).save(args[0])
    elif verb == "quit":
        Qmp(pid).call("quit")
except BrokenPipeError:
    sys.exit(141)
except KeyboardInterrupt:
    sys.exit(130)
