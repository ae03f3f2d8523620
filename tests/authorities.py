"""Time-stamping authorities made by OpenSSL, and servers that play them."""

import shutil
import ssl
import subprocess
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

REPLY = "application/timestamp-reply"

needs_openssl = pytest.mark.skipif(
    not shutil.which("openssl"),
    reason="TIME STAMPS ARE NOT TESTED: apt-get install openssl",
)

_CONFIG = """[req]
distinguished_name = none
[none]
[tsa]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
[newer]
serial = serial
signer_digest = sha512
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha384
[strict]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha512
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[stamps]
basicConstraints = CA:FALSE
extendedKeyUsage = critical, timeStamping
[signs]
basicConstraints = CA:FALSE
keyUsage = digitalSignature
[soft]
basicConstraints = CA:FALSE
extendedKeyUsage = timeStamping
[server]
basicConstraints = CA:FALSE
subjectAltName = DNS:localhost
[more]
basicConstraints = CA:FALSE
extendedKeyUsage = critical, timeStamping, emailProtection
"""
_KINDS = ("stamps", "signs", "soft", "more", "server")
_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256"
_GRANTED = bytes.fromhex("3003020100")


class OpenSSL:
    """A root, and under it a certificate of each kind of the configuration.

    All but the root share one key and one serial number.
    """

    def __init__(self, folder, name="time"):
        folder.mkdir(parents=True)
        self.folder = folder
        (folder / "conf").write_text(_CONFIG)
        (folder / "serial").write_text("01\n")
        self.run(
            f"req -x509 {_KEY} -keyout root.key -out root.pem -subj /CN={name}-root"
            " -config conf -extensions root"
        )
        self.run(f"req {_KEY} -keyout key -out csr -subj /CN={name} -config conf")
        for kind in _KINDS:
            self.run(
                "x509 -req -in csr -CA root.pem -CAkey root.key -set_serial 7 -sha256"
                f" -extfile conf -extensions {kind} -out {kind}.pem"
            )
        self.root = folder / "root.pem"

    def run(self, command):
        subprocess.run(
            ["openssl", *command.split()],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )

    def stamp(self, query, section="tsa"):
        """Answer a question as an authority does."""
        (self.folder / "query").write_bytes(query)
        self.run(
            f"ts -reply -config conf -section {section} -queryfile query"
            " -signer stamps.pem -inkey key -out reply"
        )
        return (self.folder / "reply").read_bytes()

    def signed_by(self, kind, query, options="-cades"):
        """Answer a question, signed with a certificate that is not for it."""
        self.stamp(query)
        self.run("ts -reply -in reply -token_out -out token")
        self.run("cms -verify -inform DER -in token -noverify -binary -out info")
        self.run(
            "cms -sign -binary -nodetach -econtent_type 1.2.840.113549.1.9.16.1.4"
            f" -md sha256 -in info -signer {kind}.pem -inkey key -outform DER"
            f" -out signed -nosmimecap {options}"
        )
        body = _GRANTED + (self.folder / "signed").read_bytes()
        return b"\x30\x82" + len(body).to_bytes(2) + body


@contextmanager
def authority(answer, tls=None):
    """Serve at a local address what a function makes of each question.

    It returns a status, a media type, a body and further headers. With `tls`, over
    https and with a certificate of that root.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            query = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            status, kind, body, *headers = answer(query)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers:
                self.send_header(name, value)
            # The bank may have heard enough.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.folder / "server.pem", tls.folder / "key")
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        scheme = "http" if tls is None else "https"
        yield f"{scheme}://localhost:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
