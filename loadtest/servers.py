"""The servers that the benchmarks start: the edge and what it is compared with."""

import atexit
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from measure import HERE, pin, processor_milliseconds

ROOT = os.path.dirname(HERE)
PHOTO_FOLDERS = ["/usr/share/backgrounds/mate/nature", "/usr/share/backgrounds/mate/abstract",
                 os.path.join(os.path.dirname(ROOT), "shared", "photos")]


def photos():
    """Real JPEG photos, the largest first."""
    found = [os.path.join(folder, name) for folder in PHOTO_FOLDERS if os.path.isdir(folder)
             for name in os.listdir(folder) if name.endswith(".jpg")]
    if not found:
        raise SystemExit("no photos: install mate-backgrounds")
    return sorted(found, key=os.path.getsize, reverse=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def compiled(name, libraries=(), shared=False):
    """The path of the program or library built from c/NAME.c."""
    folder = os.path.join(ROOT, ".build", "loadtest")
    os.makedirs(folder, exist_ok=True)
    source, target = os.path.join(HERE, "c", name + ".c"), os.path.join(folder, name)
    changed = max(os.path.getmtime(path) for path in (source, os.path.join(HERE, "c", "loopback.h")))
    if not os.path.exists(target) or os.path.getmtime(target) < changed:
        flags = []
        if libraries:
            flags = subprocess.run(["pkg-config", "--cflags", "--libs", *libraries], check=True,
                                   text=True, stdout=subprocess.PIPE).stdout.split()
        flags += ["-shared", "-fPIC"] if shared else []
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-o", target, source, *flags], check=True)
    return target


def canonical(edge, target):
    """A default is not named in a URL."""
    response, _ = edge.get(target)
    return response.getheader("Location") if response.status in (301, 302, 307, 308) else target


class Server:
    """A child process with a folder of its own, both gone when the benchmark ends."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="pollex-bench-")
        self.process = None
        self.port = None
        atexit.register(self.stop)

    def start(self, command, cores, **options):
        self.process = subprocess.Popen(pin(command, cores), **options)

    def await_port(self):
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise SystemExit(f"{self.process.args} ended with {self.process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise SystemExit(f"{self.process.args} did not listen in time")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path, method="GET", headers=None, body=None, port=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=timeout)
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response, content

    @property
    def pids(self):
        """The processes whose time counts."""
        return [self.process.pid]

    def children(self):
        """Each thread has its own: the edge's workers are those of one that is not the first."""
        found = []
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{task}/children") as file:
                found += [int(pid) for pid in file.read().split()]
        return found


class Edge(Server):
    """`pollex serve` of the release build on ports of its own choice, with an empty data folder."""

    def __init__(self, loops=1, cores=None, access_log=None, environment=None):
        super().__init__()
        binary = os.path.join(ROOT, ".build", "release", "pollex")
        if not os.path.exists(binary):
            raise SystemExit("no release build: make build")
        settings = dict(os.environ, POLLEX_LOOPS=str(loops), **(environment or {}))
        settings["POLLEX_LOG_ACCESS"] = "stdout" if access_log else "off"
        output = open(access_log, "wb") if access_log else subprocess.DEVNULL
        self.data = os.path.join(self.folder, "data")
        self.begin = lambda: self.start(
            [binary, "serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
             "--data", self.data], cores, env=settings, stdout=output, stderr=subprocess.PIPE)
        self.serve()

    def serve(self):
        self.begin()
        ports = {}
        while "admin" not in ports:  # It is the last that is told of.
            line = self.process.stderr.readline()
            if not line:
                raise SystemExit("the edge ended before it listened")
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if event.get("event") == "listening":
                ports.setdefault(event["listener"], []).append(event["port"])
        self.ports = ports["public"]
        self.port, self.admin_port = self.ports[0], ports["admin"][0]
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def restart(self, without):
        """On new ports, with a folder less of its data."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        shutil.rmtree(os.path.join(self.data, without))
        self.serve()

    def upload(self, path):
        """The hash of the photo, now stored."""
        with open(path, "rb") as file:
            body = file.read()
        response, content = self.get("/images", "POST", {"Content-Type": "image/jpeg"}, body)
        if response.status not in (200, 201):
            raise SystemExit(f"upload of {path}: {response.status} {content[:300]}")
        return hashlib.sha256(body).hexdigest()

    def cold_milliseconds(self, name, target, others=()):
        """Processor time, edge's and workers', of one rendition that nobody has made."""
        self.get(f"/purge/{name}", "POST", port=self.admin_port)
        processes = [*self.pids, *self.children()]
        before = processor_milliseconds(processes)
        response, content = self.get(target)
        if response.status not in (200, *others):
            raise SystemExit(f"{target}: {response.status} {content[:300]}")
        return processor_milliseconds(processes) - before

    def metrics(self):
        _, text = self.get("/metrics", port=self.admin_port)
        values = {}
        for line in text.decode().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        return values

    def decodes(self):
        return sum(value for name, value in self.metrics().items()
                   if name.startswith("pollex_decodes_total"))

    def raw_answer(self, path, method="GET", headers=()):
        """An answer as the socket gave it, head and content."""
        with socket.create_connection(("127.0.0.1", self.port), 30) as connection:
            lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", *headers]
            connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            data = b""
            while b"\r\n\r\n" not in data:
                data += self.received(connection)
            head, _, rest = data.partition(b"\r\n\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
            wanted = int(fields.get(b"content-length", 0))
            if method == "HEAD" or b" 304 " in head.split(b"\r\n")[0]:
                wanted = 0
            while len(rest) < wanted:
                rest += self.received(connection)
            return head + b"\r\n\r\n" + rest

    @staticmethod
    def received(connection):
        data = connection.recv(1 << 20)
        if not data:
            raise SystemExit("the edge closed in the middle of an answer")
        return data


class Nginx(Server):
    """nginx serving the files as a careful operator would set it up for them; with a certificate
    and its key also by TLS, and by HTTP/2 without."""

    def __init__(self, files, loops=1, cores=None, access_log=None, identity=None):
        super().__init__()
        self.port = free_port()
        more = ""
        if identity:
            self.secure_port, self.http2_port = free_port(), free_port()
            more = f"""
                server {{
                    listen 127.0.0.1:{self.secure_port} ssl http2 reuseport backlog=4096;
                    root {self.folder}; ssl_certificate {identity[0]};
                    ssl_certificate_key {identity[1]}; ssl_protocols TLSv1.2 TLSv1.3;
                }}
                server {{
                    listen 127.0.0.1:{self.http2_port} http2 reuseport backlog=4096;
                    root {self.folder};
                }}"""
        os.chmod(self.folder, 0o755)
        for name, content in files.items():
            with open(os.path.join(self.folder, name), "wb") as file:
                file.write(content)
        log = f"{access_log} combined buffer=64k flush=1s" if access_log else "off"
        configuration = f"""
            daemon off; worker_processes {loops}; pid {self.folder}/pid; error_log stderr crit;
            user root;
            events {{ worker_connections 16384; }}
            http {{
                access_log {log}; server_tokens off; default_type image/jpeg;
                sendfile on; tcp_nopush on; tcp_nodelay on;
                keepalive_timeout 600s; keepalive_requests 1000000000;
                open_file_cache max=1000 inactive=600s; open_file_cache_valid 600s;
                server {{ listen 127.0.0.1:{self.port} reuseport backlog=4096; root {self.folder}; }}
                {more}
            }}"""
        path = os.path.join(self.folder, "nginx.conf")
        with open(path, "w") as file:
            file.write(configuration)
        self.start(["nginx", "-p", self.folder, "-c", path], cores)
        self.await_port()

    @property
    def pids(self):
        return self.children()


class Varnish(Server):
    """Varnish with everything in memory, filled from the nginx given."""

    def __init__(self, origin, cores=None):
        super().__init__()
        self.port = free_port()
        os.chmod(self.folder, 0o755)
        self.start(["varnishd", "-F", "-n", os.path.join(self.folder, "n"),
                    "-a", f"127.0.0.1:{self.port}", "-b", f"127.0.0.1:{origin.port}",
                    "-s", "malloc,256m", "-t", "3600", "-p", "listen_depth=4096"],
                   cores, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.await_port()

    @property
    def pids(self):
        return self.children()


class Floor(Server):
    """c/floor.c answering /0, /1 … with the given bytes; -s and -z are other ways to send them."""

    def __init__(self, answers, loops=1, cores=None, way=()):
        super().__init__()
        self.port = free_port()
        paths = []
        for index, answer in enumerate(answers):
            paths.append(os.path.join(self.folder, str(index)))
            with open(paths[-1], "wb") as file:
                file.write(answer)
        self.start([compiled("floor"), *way, str(self.port), str(loops), *paths], cores)
        self.await_port()

    @property
    def pids(self):
        return [self.process.pid] + self.children()
