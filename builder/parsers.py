"""Parsing what strangers wrote in processes of its own, each with limits of CPU and memory.

A document that stalls or kills its process costs one source its turn, and nothing else of the run.
Never gives a process anything but bytes, and never takes back anything but our own values.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import resource
import signal
import threading
from contextlib import suppress
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Self

import msgspec

from builder.errors import SourceError
from builder.found import Parsed
from builder.model import Item, Value
from builder.settings import Source

CPU_SECONDS, MEMORY_BYTES = 10, 512 * 1024 * 1024
WALL_SECONDS = 60.0
"""What a process that is starved of CPU may take; past it, something else is wrong."""
_PRELOAD = ["builder.parsers", "builder.sources.feed", "builder.sources.jsonfeed", "builder.sources.page"]


class Job(Value, frozen=True):
    """What a process is to read: a `feed` -> Parsed, an `article`, a page's `head` or a `linked` page -> Item."""

    form: str
    body: bytes
    source: Source
    as_of: datetime
    filename: str = ""


class Result(Value, frozen=True):
    """What came of it, or what is wrong with it."""

    parsed: Parsed | None = None
    item: Item | None = None
    what: str = ""
    next: str = ""


# MessagePack for bytes; JSON for what comes back, since it keeps the zone of a date.
_pack, _unpack = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(Job).decode
_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(Result).decode


class Parsers:
    """A few processes, started when first needed; threads may share them."""

    def __init__(self, count: int = 0, cpu_seconds: int = CPU_SECONDS, memory: int = MEMORY_BYTES) -> None:
        self.count = count or min(os.cpu_count() or 1, 4)
        self.limits = (cpu_seconds, memory)
        self.free: queue.SimpleQueue[_Child | None] = queue.SimpleQueue()
        self.busy: set[_Child] = set()
        self.stopped = threading.Event()
        for _ in range(self.count):
            self.free.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        for _ in range(self.count):
            child = self.free.get()
            if child:
                child.close()

    def stop(self) -> None:
        """End every process at once, whatever it is reading; nothing is read after that."""
        self.stopped.set()
        for child in list(self.busy):
            with suppress(ValueError):  # it was closed just now
                child.process.kill()

    def feed(self, body: bytes, source: Source, as_of: datetime, filename: str = "") -> Parsed:
        """What a feed holds, as `sources.parse` says it; SourceError as well where it passes the limits."""
        parsed = self.run(Job(form="feed", body=body, source=source, as_of=as_of, filename=filename)).parsed
        return parsed or Parsed()

    def article(self, body: bytes, as_of: datetime, filename: str = "") -> Item:
        """The item in an article's text or saved page, as `sources.article` says it."""
        job = Job(form="article", body=body, source=Source(), as_of=as_of, filename=filename)
        return self.run(job).item or Item()

    def head(self, body: bytes, as_of: datetime) -> Item:
        """What the head of a page without a text says, as `sources.page.head` says it."""
        return self.run(Job(form="head", body=body, source=Source(), as_of=as_of)).item or Item()

    def linked(self, body: bytes, source: Source, as_of: datetime, url: str) -> Item:
        """What a page that a feed links to says of itself, as `sources.linked.parse` says it."""
        return self.run(Job(form="linked", body=body, source=source, as_of=as_of, filename=url)).item or Item()

    def run(self, job: Job) -> Result:
        """Wait for a free process and let it work."""
        child = self.free.get()
        try:
            child = child or _Child(self.limits)
            self.busy.add(child)
            # Looked at after it is known to be busy: whoever stops us now, or did before, is not missed.
            if self.stopped.is_set():
                raise SourceError("the run was ended")
            result = child.run(job)
        except BaseException:
            if child:
                self.busy.discard(child)
                child.close()
            self.free.put(None)
            raise
        self.busy.discard(child)
        self.free.put(child)
        if result.what:
            raise SourceError(result.what, where=job.source.name or job.filename, next=result.next)
        return result


class _Child:
    """One process and our end of its pipe."""

    starting = threading.Lock()

    def __init__(self, limits: tuple[int, int]) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_PRELOAD)
        self.seconds = limits[0]
        with self.starting:
            self.pipe, theirs = context.Pipe()
            try:
                self.process: BaseProcess = context.Process(target=_work, args=(theirs, limits), daemon=True)
                self.process.start()
            except OSError as error:
                self.pipe.close()
                # The longest path of a socket is some hundred bytes, and it lies in the folder for temporary files.
                next = "set TMPDIR to a shorter path" if "path too long" in str(error) else "it is tried again"
                raise SourceError(f"no process to read it can be started: {error}", next=next) from None
            finally:
                theirs.close()

    def run(self, job: Job) -> Result:
        try:
            self.pipe.send_bytes(_pack(job))
            if not self.pipe.poll(WALL_SECONDS):
                raise SourceError(f"takes more than {WALL_SECONDS:.0f} s to read", next="is this a feed?")
            return _decode(self.pipe.recv_bytes())
        except (EOFError, OSError):
            self.process.join()
            raise SourceError(_why(self.process.exitcode, self.seconds), next="is this a feed?") from None

    def close(self) -> None:
        with suppress(OSError):
            self.pipe.close()
        self.process.join(1)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()


def _why(code: int | None, seconds: int) -> str:
    if code == -signal.SIGXCPU:
        return f"takes more than {seconds} s of CPU to read"
    return f"cannot be read: its parser died ({f'signal {-code}' if code and code < 0 else f'code {code}'})"


def _work(pipe: Connection, limits: tuple[int, int]) -> None:
    """What a process does: one job after the other, until our end of the pipe is closed."""
    # Ctrl-C reaches the whole group; ending is for the process that a person started.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    seconds, memory = limits
    _limit(resource.RLIMIT_AS, memory)
    # A core file would lie in the site's folder, with whatever the environment holds.
    _limit(resource.RLIMIT_CORE, 0)
    os.environ.clear()
    with suppress(EOFError, OSError):
        while True:
            job = _unpack(pipe.recv_bytes())
            used = resource.getrusage(resource.RUSAGE_SELF)
            _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds)
            pipe.send_bytes(_encode(_done(job)))


def _limit(kind: int, value: int) -> None:
    # macOS refuses a limit of memory; the limit of CPU still holds there.
    with suppress(ValueError, OSError):
        resource.setrlimit(kind, (value, resource.getrlimit(kind)[1]))


def _done(job: Job) -> Result:
    from builder import sources

    try:
        if job.form == "article":
            return Result(item=sources.article(job.body, as_of=job.as_of, filename=job.filename))
        if job.form == "head":
            from builder.sources import page

            return Result(item=page.head(sources.decoded(job.body), as_of=job.as_of))
        if job.form == "linked":
            from builder.sources import linked

            return Result(item=linked.parse(job.body, job.source, url=job.filename))
        return Result(parsed=sources.parse(job.body, job.source, as_of=job.as_of, filename=job.filename))
    except SourceError as error:
        return Result(what=error.what, next=error.next)
    except MemoryError:
        return Result(what="takes more memory to read than a feed may", next="is this a feed?")
    except Exception as error:
        # Every reader promises SourceError alone; what breaks the promise must not end the process.
        return Result(what=f"{type(error).__name__}: {error}", next="this is a fault of ours: please report it")
