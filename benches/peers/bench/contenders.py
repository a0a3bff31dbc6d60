"""Who contends. A new contender is a line in `CONTENDERS`, and a package in `contenders/` or a file in `python/`."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent


class CannotBeMade(Exception):
    """Why a contender is not there: its column says so."""


@dataclasses.dataclass(frozen=True)
class Contender:
    """One column of the table."""

    key: str
    """What `--only` calls it."""
    files: str
    """Contenders of the same `files` read what the first of them has written."""
    ways: tuple
    """The arguments of the process."""
    package: str = ""
    """In Rust: the package in `contenders/`."""
    script: str = ""
    """In Python: the file in `python/`."""
    venv: str = ""
    """In Python: `requirements-VENV.txt` is what it needs."""
    json: bool = False
    """Whether it is asked for JSON: one of those that would do the same."""
    s3: bool = False
    """Whether it is asked to read from an object store."""


def _rust(key, package, *ways, files="", json=False, s3=False):
    return Contender(key, files or key, ways, package=package, json=json, s3=s3)


def _python(key, venv, script, *ways, files="", json=False, s3=False):
    return Contender(key, files or key, ways, script=script, venv=venv, json=json, s3=s3)


CONTENDERS = [
    _rust("gawky-blobs", "gawky", "blobs", json=True, s3=True),
    _rust("gawky-blobs-mapped", "gawky", "blobs", "mapped", files="gawky-blobs"),
    _rust("gawky-safetensors", "gawky", "safetensors", s3=True),
    _rust("gawky-safetensors-mapped", "gawky", "safetensors", "mapped", files="gawky-safetensors"),
    _rust("arrow-ipc", "arrow", "ipc", json=True),
    _rust("arrow-ipc-mapped", "arrow", "ipc", "mapped", files="arrow-ipc"),
    _rust("parquet", "arrow", "parquet", s3=True),
    _rust("safetensors", "safetensors"),
    _rust("zarrs", "zarrs", s3=True),
    _rust("vortex", "vortex", s3=True),
    _rust("vortex-mapped", "vortex", "mapped", files="vortex"),
    _python("awkward2-parquet", "awkward2", "awkward2.py", "parquet", json=True),
    _python("awkward2-safetensors", "awkward2", "awkward2.py", "safetensors"),
    _python("awkward2-buffers", "awkward2", "awkward2.py", "buffers"),
    _python("awkward1-lazy", "awkward1", "awkward1.py", json=True),
    _python("pyarrow-feather", "awkward2", "pyarrow_.py", "feather", json=True),
    _python("pyarrow-parquet", "awkward2", "pyarrow_.py", "parquet", s3=True),
    _python("zarr", "zarr", "zarr_.py", s3=True),
    _python("vortex-data", "vortex", "vortex_.py", s3=True),
    _python("vortex-data-mapped", "vortex", "vortex_.py", "mapped", files="vortex-data"),
    _python("pylance", "lance", "lance_.py", s3=True),
]
"""In the order of the columns. The first is what all others are compared with."""


def target():
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))


def cargo_build(packages):
    """Builds packages of the workspace, and gives the error of each that cannot be built."""
    # Together, as each may ask other features of what they share. What fails does not keep the others from being built.
    command = ["cargo", "build", "--release", "--locked", "--keep-going", "--message-format=json-render-diagnostics"]
    command += [f"--package={package}" for package in packages]
    with tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(command, cwd=HERE, stdout=messages, stderr=subprocess.PIPE, text=True)
        errors = []
        for line in process.stderr:
            sys.stderr.write(line)
            if line.startswith("error"):
                errors.append(line.strip())
        failed = process.wait() != 0
        messages.seek(0)
        built = {message["target"]["name"] for message in map(json.loads, messages) if message.get("executable")}
    return {package: (errors or ["cargo failed"])[0] for package in packages if failed and package not in built}


def binary(package):
    return str(target() / "release" / package)


def python_of(venv):
    """The Python of an environment, which is made unless it is there with the same requirements."""
    folder = ROOT / f".venv-peers-{venv}"
    python, made_of = folder / "bin" / "python", folder / "made-of.txt"
    wanted = (HERE / f"requirements-{venv}.txt").read_text()
    if made_of.exists() and made_of.read_text() == wanted:
        return str(python)
    shutil.rmtree(folder, ignore_errors=True)
    # The numpy of awkward 1 has no wheels beyond 3.11.
    maker = os.environ.get("PYTHON") or shutil.which("python3.11") or sys.executable
    steps = [
        [maker, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(HERE / f"requirements-{venv}.txt")],
    ]
    for step in steps:
        done = subprocess.run(step, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            sys.stderr.write(done.stderr)
            raise CannotBeMade(next((line for line in done.stderr.splitlines() if "ERROR" in line), "pip failed"))
    made_of.write_text(wanted)
    return str(python)


def package_of(contender):
    """The package that has to be built for it, if any."""
    return f"gawky-peers-{contender.package}" if contender.package else None


def command(contender, errors):
    """The command that starts it; `errors` are those of packages that could not be built."""
    package = package_of(contender)
    if package is None:
        return [python_of(contender.venv), str(HERE / "python" / contender.script), *contender.ways]
    if package in errors:
        raise CannotBeMade(errors[package])
    return [binary(package), *contender.ways]
