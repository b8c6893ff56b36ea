"""Stands between a client and a sandbox: hands on what comes and goes, and keeps it."""
import http.client
import http.server
import threading
import urllib.parse


class Request:
    def __init__(self, method, path, headers, body):
        self.method, self.headers, self.body = method, headers, body
        self.path, _, query = path.partition("?")
        self.query = urllib.parse.parse_qsl(query, keep_blank_values=True,
                                            strict_parsing=bool(query))
        self.status = None

    def __repr__(self):
        return "%s %s %s %r" % (self.method, self.path, self.query, self.body[:200])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    behind = None

    def log_message(self, *args):
        pass

    def finish(self):
        super().finish()
        if self.behind:
            self.behind.close()

    def hand_on(self):
        length = int(self.headers.get("Content-Length") or 0)
        seen = Request(self.command, self.path, self.headers, self.rfile.read(length))
        self.server.seen.append(seen)
        if not self.behind:
            self.behind = http.client.HTTPConnection(self.server.behind, timeout=30)
        self.behind.request(self.command, self.path, seen.body or None,
                            {k: v for k, v in self.headers.items() if k != "Host"})
        answer = self.behind.getresponse()
        body = answer.read()
        seen.status = answer.status
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = hand_on


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class Recorder:
    """url stands in for the API's, an http://HOST:PORT/api."""

    def __init__(self, test, api):
        place = urllib.parse.urlsplit(api)
        server = Server(("127.0.0.1", 0), Handler)
        server.behind, server.seen = place.netloc, []
        self.seen = server.seen
        self.url = "http://127.0.0.1:%d%s" % (server.server_port, place.path)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        test.addCleanup(thread.join)
        test.addCleanup(server.server_close)
        test.addCleanup(server.shutdown)
