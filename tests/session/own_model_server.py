"""A team's own model server, as small as such things are: HTTP from the standard library.

It fills the sandbox's model server role: `PORT` says where to listen, `MODEL_DIR` where the model is.
"""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import onnxruntime

FOLDER = Path(os.environ["MODEL_DIR"])
MANIFEST = json.loads((FOLDER / "manifest.json").read_text())
SESSION = onnxruntime.InferenceSession(FOLDER / "model.onnx")


class Handler(BaseHTTPRequestHandler):
    """Health, metadata, infer."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Say that it is there, or what the model wants."""
        if self.path == "/healthz":
            self._answer({"ok": True})
        else:
            features = {"features": MANIFEST["features"]}
            self._answer({"inputs": [MANIFEST["input"]], "parameters": features})

    def do_POST(self) -> None:
        """Run the model."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        tensor = body["inputs"][0]
        rows = np.array(tensor["data"], dtype=np.float32).reshape(tensor["shape"])
        found = SESSION.run(None, {tensor["name"]: rows})[0]
        self._answer({"outputs": [{"name": "probability", "data": found.tolist()}]})

    def _answer(self, said: object) -> None:
        content = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
