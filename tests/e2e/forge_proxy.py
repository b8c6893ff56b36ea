"""A proxy before a sandbox, for what no fault of the sandbox plays."""
import http.server
import threading
import urllib.error
import urllib.request


class Proxy:
    """change(path, body) gives the answer's body; None: the connection is closed instead."""

    def __init__(self, box, change):
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                status, kind, body = proxy.forward(self, self.rfile.read(length) or None)
                body = change(self.path, body)
                if body is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.box = box
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = "http://127.0.0.1:%d" % self.server.server_port
        self.api = self.root + "/api"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def forward(self, handler, body):
        """Status, type and body, with the proxy's address for the sandbox's."""
        headers = {n: handler.headers[n] for n in ("Authorization", "Content-Type", "Accept")
                   if n in handler.headers}
        request = urllib.request.Request(self.box.root + handler.path, body, headers,
                                         method=handler.command)
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as e:
            answer = e
        with answer:
            text = answer.read().replace(self.box.root.encode(), self.root.encode())
            return answer.status, answer.headers.get("Content-Type", ""), text

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
