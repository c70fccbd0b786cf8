#!/usr/bin/env python3
"""Stands between a client and its API server, and does to it what networks and servers in trouble do.

  kube_faults.py --port PORT --server https://HOST:PORT --ca FILE

Plain HTTP on 127.0.0.1; credentials are passed on. `POST /faults?kind=KIND` changes what it does from then on and answers
how many requests have come since the last change:

  none     passes everything on
  cut      closes watches, those that are open too, at once
  gone     ends watches with the ERROR event of a resourceVersion that is too old (410)
  busy     answers 429 with Retry-After
  failing  answers 500 and 503 in turn
  torn     ends each answer in its middle
  slow     drips each answer, ten bytes a second
"""

import argparse
import http.client
import http.server
import itertools
import json
import socket
import ssl
import threading
import time
import urllib.parse

KINDS = ("none", "cut", "gone", "busy", "failing", "torn", "slow")
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "host", "accept-encoding"}
DRIP_S = 0.1


def status(code, reason):
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": reason}


class Faults:
    """What is wrong now. Thread-safe."""

    def __init__(self):
        self._lock = threading.Lock()
        self._kind = "none"
        self._requests = 0
        self._turn = itertools.count()
        self._watches = set()  # connections to the API server

    def change(self, kind):
        with self._lock:
            self._kind, came, self._requests = kind, self._requests, 0
            ended = list(self._watches) if kind in ("cut", "gone") else []
        for connection in ended:
            try:
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # beneath TLS: who reads from it wakes
            except OSError:
                pass
        return came

    def watched(self, connection, begins):
        with self._lock:
            (self._watches.add if begins else self._watches.discard)(connection)

    def came(self):
        with self._lock:
            self._requests += 1
            return self._kind

    @property
    def kind(self):
        with self._lock:
            return self._kind

    def turn(self):
        return next(self._turn)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    faults = Faults()
    server_address = ca = None

    def log_message(self, *_):
        pass

    def _answer(self, code, body, headers=()):
        data = json.dumps(body).encode()
        self.send_response(code)
        for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(data))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _change(self, query):
        kind = urllib.parse.parse_qs(query).get("kind", [""])[0]
        if kind not in KINDS:
            self._answer(400, status(400, f"kind must be one of {', '.join(KINDS)}"))
        else:
            self._answer(200, {"requests": self.faults.change(kind)})

    def _handle(self):
        url = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if url.path == "/faults":
            return self._change(url.query)
        kind = self.faults.came()
        watch = "watch" in urllib.parse.parse_qs(url.query)
        if kind == "busy":
            return self._answer(429, status(429, "TooManyRequests"), [("Retry-After", "1")])
        if kind == "failing":
            return self._answer(*((500, status(500, "InternalError")) if self.faults.turn() % 2 else (503, status(503, "ServiceUnavailable"))))
        if watch and kind == "gone":
            return self._answer(200, {"type": "ERROR", "object": status(410, "Expired")})
        if watch and kind == "cut":
            self.close_connection = True
            return None
        return self._pass_on(body, watch)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle

    def _pass_on(self, body, watch):
        host = urllib.parse.urlsplit(self.server_address)
        upstream = http.client.HTTPSConnection(host.hostname, host.port, context=ssl.create_default_context(cafile=self.ca))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        connection = None
        try:
            upstream.connect()
            connection = upstream.sock
            if watch:
                self.faults.watched(connection, True)
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._copy(answer, watch)
        except (OSError, http.client.HTTPException):
            pass
        finally:
            self.close_connection = True
            self.faults.watched(connection, False)
            upstream.close()

    def _chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _copy(self, answer, watch):
        while True:
            try:
                data = answer.read1(65536)
            except (OSError, http.client.HTTPException):
                data = b""
            kind = self.faults.kind
            if not data:
                if watch and kind == "cut":
                    return
                if watch and kind == "gone":
                    self._chunk(json.dumps({"type": "ERROR", "object": status(410, "Expired")}).encode() + b"\n")
                break
            if kind == "torn":
                self._chunk(data[: len(data) // 2 or 1])
                return
            self._drip(data) if kind == "slow" else self._chunk(data)
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _drip(self, data):
        for at in range(len(data)):
            if self.faults.kind != "slow":
                return self._chunk(data[at:])
            self._chunk(data[at : at + 1])
            time.sleep(DRIP_S)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--ca", required=True)
    arguments = parser.parse_args()
    Handler.server_address, Handler.ca = arguments.server, arguments.ca
    server = http.server.ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
