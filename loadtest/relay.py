"""A network that is cut."""

import socket
import struct
import threading


class Relay:
    """Passes bytes on to a port of this machine. A connection that brings more than the next of `cuts`
    is reset."""

    def __init__(self, to, cuts=()):
        self.to = to
        self.cuts = list(cuts)
        self.live = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=[client], daemon=True).start()

    def serve(self, client):
        try:
            edge = socket.create_connection(("127.0.0.1", self.to))
        except OSError:
            return client.close()
        threading.Thread(target=self.back, args=[edge, client], daemon=True).start()
        self.live.append((client, edge))
        passed = 0
        try:
            while data := client.recv(1 << 16):
                edge.sendall(data)
                passed += len(data)
                if self.cuts and passed > self.cuts[0]:
                    self.cuts.pop(0)
                    self.reset(client, edge)
                    break
        except OSError:
            pass
        for end in (client, edge):
            end.close()

    def cut(self):
        """All connections that there are, at once."""
        while self.live:
            try:
                self.reset(*self.live.pop())
            except OSError:
                pass  # It had ended by itself.

    @staticmethod
    def reset(*ends):
        for end in ends:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def back(edge, client):
        try:
            while data := edge.recv(1 << 16):
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass
