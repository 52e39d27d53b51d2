"""civicd in a scratch directory on a free port, for tests that are its clients."""

import contextlib
import json
import re
import subprocess
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

READY = re.compile(r"civicd listening on (http://127\.0\.0\.1:\d+)\n")
MAX_START_SECONDS = 60
MAX_STOP_SECONDS = 30


class RunningCivicd:
    def __init__(self, process: subprocess.Popen, url: str, data: Path, civic_replay: str, log: Path):
        self.process, self.url, self.data, self.civic_replay, self.log = process, url, data, civic_replay, log

    def token(self, subject: str) -> str:
        made = subprocess.run([self.civic_replay, "token", "--data", self.data, "--subject", subject], capture_output=True, text=True, check=True)
        return made.stdout.strip()

    def get(self, target: str) -> dict:
        with urllib.request.urlopen(self.url + target, timeout=30) as answer:
            return json.load(answer)

    def post(self, target: str, body: dict, token: str) -> dict:
        request = urllib.request.Request(self.url + target, json.dumps(body).encode(), {
            "Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


@contextlib.contextmanager
def running_civicd(civicd: str, civic_replay: str, *, example: bool = False, flags: tuple[str, ...] = ()):
    with tempfile.TemporaryDirectory(prefix="civicd-") as scratch:
        data = Path(scratch) / "record"
        if example:
            subprocess.run([civic_replay, "example", "--data", data], check=True, stdout=subprocess.DEVNULL)
        out, log = Path(scratch) / "out", Path(scratch) / "log"
        with open(out, "wb") as out_file, open(log, "wb") as log_file:
            process = subprocess.Popen([civicd, "--data", data, "--listen", "127.0.0.1:0", *flags], stdin=subprocess.DEVNULL,
                                       stdout=out_file, stderr=log_file)
        try:
            deadline = time.monotonic() + MAX_START_SECONDS
            while not (ready := READY.fullmatch(out.read_text())):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"civicd does not serve: {log.read_text()}")
                time.sleep(0.02)
            yield RunningCivicd(process, ready.group(1), data, civic_replay, log)
            if process.poll() is not None:
                raise RuntimeError(f"civicd ended by itself with {process.returncode}: {log.read_text()[-4000:]}")
            process.terminate()
            if process.wait(MAX_STOP_SECONDS) != 0:
                raise RuntimeError(f"civicd ended with {process.returncode}: {log.read_text()[-4000:]}")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
