# SPDX-License-Identifier: Apache-2.0
"""Compiles the firmware's kernels and interpreter for the host, into `build/twin/`.

The library's name holds the hash of everything it is made of, so a library that is there is up to
date, and processes that build at once do not disturb each other.

With AIRLOOP_TWIN_SANITIZE=1 the library carries the address and undefined-behaviour sanitizers,
which end the process at the first fault; it must then have been started with libasan loaded before
all else, as `make sanitize` does.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from sim.errors import TwinBuildError

_ROOT = Path(__file__).resolve().parents[1]
_FIRMWARE = _ROOT / "firmware"
_FOLDERS = ("image", "kernels", "run", "learn", "twin")
_SINGLE = ("wire/crc32.c", "wire/crc32.h", "wire/messages.h", "wire/number.h", "status.h")
_FLAGS = ("-std=c11", "-ffp-contract=off", "-fPIC", "-shared", "-fvisibility=hidden")
_FAST = ("-O3",)
_SANITIZED = (
    "-O1",
    "-g",
    "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
)
SANITIZE = "AIRLOOP_TWIN_SANITIZE"
_CPU_INFO = Path("/proc/cpuinfo")


@cache
def build() -> Path:
    """Return the path of the twin's library; compile it when it is missing or out of date.

    Raises
    ------
    TwinBuildError
        If there is no C compiler, or it fails.
    """
    how = _SANITIZED if os.environ.get(SANITIZE) == "1" else (*_FAST, *_vector_flags())
    command = [_compiler(), *_FLAGS, *how, f"-I{_FIRMWARE}"]
    sources = _sources()
    library = _ROOT / "build" / "twin" / f"libairloop-twin-{_digest(command, sources)}.so"
    if not library.exists():
        _compile([*command, *(str(path) for path in sources if path.suffix == ".c")], library)
    return library


def _compiler() -> str:
    """Return the path of the compiler: $CC, gcc or cc."""
    wanted = [os.environ["CC"]] if "CC" in os.environ else ["gcc", "cc"]
    for name in wanted:
        path = shutil.which(name)
        if path:
            return path
    raise TwinBuildError(
        f"the twin needs a C compiler, and there is no {' or '.join(wanted)}; "
        "try: make setup, or apt install gcc"
    )


def _vector_flags() -> tuple[str, ...]:
    """Return flags for the vector instructions this machine has; results do not depend on them."""
    has_avx2 = _CPU_INFO.exists() and " avx2 " in _CPU_INFO.read_text(encoding="utf-8")
    return ("-mavx2",) if has_avx2 else ()


def _sources() -> list[Path]:
    found = [path for folder in _FOLDERS for path in (_FIRMWARE / folder).glob("*.[ch]")]
    return sorted([*found, *(_FIRMWARE / name for name in _SINGLE)])


def _digest(command: list[str], sources: list[Path]) -> str:
    """Return a hash of sources, flags and compiler, str of 16 hex digits."""
    version = _call([command[0], "--version"]).partition("\n")[0]
    digest = hashlib.sha256(" ".join((version, *command)).encode())
    for path in sources:
        digest.update(path.relative_to(_FIRMWARE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _compile(command: list[str], library: Path) -> None:
    """Compile under another name, then rename: the library is whole or not there."""
    library.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:
        fresh = Path(folder) / library.name
        _call([*command, "-o", str(fresh)])
        fresh.replace(library)


def _call(command: list[str]) -> str:
    """Run the compiler and return what it printed."""
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        output = getattr(error, "stderr", None) or str(error)
        raise TwinBuildError(
            f"{command[0]} failed to build the twin: {output.strip().splitlines()[0]}"
        ) from error
    return done.stdout
