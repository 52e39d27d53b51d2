"""Makes the virtual environment of schemathesis in the directory given, once: the second time nothing is done and no network is
needed. Run by ctest before schemathesis_test.py."""

import fcntl
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("schemathesis_requirements.txt")


def install(directory: Path) -> None:
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    marker = directory / "installed.txt"
    directory.parent.mkdir(parents=True, exist_ok=True)
    # Several build directories share it and may be tested at once.
    with open(directory.with_suffix(".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if marker.exists() and marker.read_text(encoding="utf-8") == wanted:
            return
        venv.EnvBuilder(clear=True, with_pip=True).create(directory)
        subprocess.run([directory / "bin/pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps",
                        "--requirement", REQUIREMENTS], check=True, stdin=subprocess.DEVNULL)
        marker.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    install(Path(sys.argv[1]).resolve())
