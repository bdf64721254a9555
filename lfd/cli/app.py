"""The program: its commands in the order of the pipeline, and what every exit looks like."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Annotated, Any

import typer

from lfd import __version__
from lfd.cli.command import epilog
from lfd.errors import Exit, LfdError
from lfd.stages import USES, commands

COMMANDS = (*commands(), *USES, "sweep", "cat", "info")
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
HELP = "Train a latent-factor recommender and read what each latent dimension encodes."
ALLOCATIONS = 100_000  # between two looks for garbage, most of which pass over modules that stay anyway
EXAMPLES = ("lfd gen-data | lfd train | lfd report", "lfd load ml-100k/ -o movies && lfd train movies")


class Signalled(BaseException):
    """A signal that ends the program, so that everything on the way out is cleaned up."""

    def __init__(self, number: int) -> None:
        self.number = number


def _version(wanted: bool) -> None:
    if wanted:
        print(f"lfd {__version__}")
        raise typer.Exit


def program(only: str = "") -> typer.Typer:
    """The program with all its commands.

    Parameters
    ----------
    only : the one command that is needed, since making the parsers of all takes longer than most answers;
        all where it is none
    """
    made = typer.Typer(
        name="lfd",
        help=HELP,
        epilog=epilog(EXAMPLES),
        context_settings=CONTEXT,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=True,
    )
    made.callback()(_program)
    for name in (only,) if only in COMMANDS else COMMANDS:
        import_module(f"lfd.cli.{name.replace('-', '_')}").register(made)
    return made


def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version, and stop.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the program and exit with its status."""
    gc.set_threshold(ALLOCATIONS)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the program with these arguments; returns the exit status."""
    try:
        if "_LFD_COMPLETE" in os.environ:
            return int(program()(arguments, prog_name="lfd", standalone_mode=False) or Exit.DONE)
        if not arguments:
            return _short_help()
        _invoke(arguments)
        sys.stdout.flush()
        return Exit.DONE
    except LfdError as error:
        return _fail(str(error), error.exit)
    except Signalled as error:
        return 128 + error.number
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        return _reader_gone()
    except MemoryError:
        return _fail("out of memory; make batches smaller: --batch", Exit.FAILED)
    except OSError as error:
        _let_go_of_stdout()
        where = f" {error.filename}" if error.filename else ""
        return _fail(f"cannot read or write{where}: {_plainly(error)}", Exit.FAILED)
    except typer.Abort:
        return 128 + signal.SIGINT
    except typer.Exit as stop:
        return stop.exit_code
    except typer.TyperException as error:
        return _usage(error)


def _invoke(arguments: list[str]) -> None:
    """Parse and run, without the parser's own ways to end: it would turn a broken pipe into status 1."""
    command = typer.main.get_command(program(only=arguments[0]))
    with command.make_context("lfd", arguments) as context:
        command.invoke(context)


def _raise(number: int, frame: FrameType | None) -> None:
    raise Signalled(number)


def _short_help() -> int:
    print("usage: lfd COMMAND [OPTIONS] [RUN]", file=sys.stderr)
    for command in program().registered_commands:
        print(f"  {command.name:14} {command.short_help}", file=sys.stderr)
    print("start: lfd gen-data | lfd train | lfd report      more: lfd --help", file=sys.stderr)
    return int(Exit.USAGE)


def _fail(sentence: str, status: int) -> int:
    print(f"lfd: {sentence}", file=sys.stderr)
    return int(status)


def _usage(error: Any) -> int:
    """A complaint of the argument parser, in the manner of the others."""
    context = getattr(error, "ctx", None)
    page = f"{context.command_path} --help" if context is not None else "lfd --help"
    message = error.format_message().rstrip(".")
    return _fail(f"{message[:1].lower()}{message[1:]}; see {page}", Exit.USAGE)


def _reader_gone() -> int:
    _let_go_of_stdout()
    return 128 + signal.SIGPIPE


def _let_go_of_stdout() -> None:
    """Where what it holds cannot be written, the interpreter is not to try again on its way out."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plainly(error: OSError) -> str:
    advice = {
        errno.ENOSPC: "the disk is full; free some space, or set TMPDIR to a larger one",
        errno.EACCES: "permission denied; choose another place with -o",
        errno.EROFS: "it is read-only; choose another place with -o",
    }
    return advice.get(error.errno or 0, f"{(error.strerror or 'error').lower()}; check the path and the disk")
