# SPDX-License-Identifier: Apache-2.0
"""`airloop`: its commands, and how errors reach the user.

What a user can mend is one line on standard error and exit code 2; an interruption is 130; anything
else is a defect, one line and exit code 1, and its traceback shows with --debug.
"""

import errno
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated

import typer

from host.cli import (
    boards,
    compare,
    deploy,
    doctor,
    flash,
    report,
    run,
    serve_dut,
    simulate,
    snn,
    stream,
    theory,
    train,
    train_detector,
)

USER_ERROR, DEFECT, INTERRUPTED = 2, 1, 130

# typer exports no root of its own errors; this one's parent is that of every wrong option.
_UsageError = typer.BadParameter.__bases__[0]

_Commands = tuple[tuple[Callable[..., None], tuple[str, ...]], ...]

_COMMANDS: _Commands = (
    (simulate.simulate, simulate.EXAMPLES),
    (train.train, train.EXAMPLES),
    (train_detector.train_detector, train_detector.EXAMPLES),
    (deploy.deploy, deploy.EXAMPLES),
    (stream.stream, stream.EXAMPLES),
    (serve_dut.serve_dut, serve_dut.EXAMPLES),
    (run.run, run.EXAMPLES),
    (report.report, report.EXAMPLES),
    (compare.compare, compare.EXAMPLES),
    (boards.boards, boards.EXAMPLES),
    (flash.flash, flash.EXAMPLES),
    (doctor.doctor, doctor.EXAMPLES),
)


def main() -> None:
    """Run the command line of this process; the entry point of `airloop`."""
    sys.exit(execute(sys.argv[1:]))


def application() -> typer.Typer:
    """Return the command line with its commands."""
    app = typer.Typer(
        name="airloop",
        help="A hardware-in-the-loop testbed for radio receivers and edge networks.",
        epilog="Begin with: airloop simulate urban-slow",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    _add(app, _COMMANDS)
    studies = typer.Typer(help=theory.HELP, epilog=_epilog(theory.EXAMPLES), no_args_is_help=True)
    _add(studies, theory.COMMANDS)
    app.add_typer(studies, name="theory")
    spiking = typer.Typer(help=snn.HELP, epilog=_epilog(snn.EXAMPLES), no_args_is_help=True)
    _add(spiking, snn.COMMANDS)
    app.add_typer(spiking, name="snn")
    return app


def execute(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        return int(application()(list(arguments), standalone_mode=False) or 0)
    except (_Interrupted, typer.Abort, KeyboardInterrupt) as interruption:
        return _say(str(interruption) or "interrupted", code=INTERRUPTED)
    except Exception as error:  # the last one to see it, and the one to tell the user
        if "--debug" in arguments:
            raise
        return _explain(error)


def _add(app: typer.Typer, commands: _Commands) -> None:
    for command, examples in commands:
        name = command.__name__.strip("_").replace("_", "-")  # eval_ leaves Python its eval
        app.command(name, epilog=_epilog(examples))(_interruptible(command))


def _epilog(examples: tuple[str, ...]) -> str:
    return "\n\n".join(("Examples:", *examples))


class _Interrupted(Exception):
    """Carries the words of an interruption past typer, which would swallow them."""


def _interruptible(command: Callable[..., None]) -> Callable[..., None]:
    @wraps(command)
    def run_command(*arguments: object, **options: object) -> None:
        try:
            command(*arguments, **options)
        except KeyboardInterrupt as interruption:
            raise _Interrupted(str(interruption)) from None

    return run_command


def _explain(error: Exception) -> int:
    from pydantic import ValidationError

    from host.error_roots import ERROR_ROOTS

    if isinstance(error, _UsageError):
        message = _message(error) or "no command was given."
        return _say(f"{message} Try: airloop --help", code=USER_ERROR)
    if isinstance(error, OSError) and (error.filename or error.errno == errno.ENOSPC):
        return _say(_environment(error), code=USER_ERROR)
    if isinstance(error, ERROR_ROOTS):
        return _say(str(error), code=USER_ERROR)
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        return _say(f"{error.title}: {key}: {first['msg']}", code=USER_ERROR)
    return _say(
        f"a defect of airloop: {type(error).__name__}: {error}. "
        "Run again with: airloop --debug ...",
        code=DEFECT,
    )


def _environment(error: OSError) -> str:
    """Say which file the system refused; free space and permissions are the user's to mend."""
    place = error.filename or "the disk of the results"
    return f"{place}: {error.strerror}. Name another place, or mend this one, and run again"


def _message(error: Exception) -> str:
    describe = getattr(error, "format_message", None)
    return str(describe() if callable(describe) else error)


def _say(message: str, *, code: int) -> int:
    sys.stderr.write(f"airloop: {' '.join(message.split())}\n")
    return code


def _print_version(*, wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        typer.echo(f"airloop {metadata.version('airloop')}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version.",
            is_eager=True,
            callback=lambda value: _print_version(wanted=value),
        ),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    del version, debug
