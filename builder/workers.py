"""Work spread over processes: chunks in, results out, in order, with few in flight so that memory stays flat.

Never decides what the work is, and never leaves a process behind.
"""

from __future__ import annotations

import gc
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future
    from multiprocessing.context import BaseContext

T = TypeVar("T")
R = TypeVar("R")

FEW, MANY = 2, 8
"""Chunks on their way to and from each process; chunks of work from which on processes are worth their start."""

_PRELOADED = ["builder.rendering", "builder.reading"]
_own = threading.local()

Start = Callable[[int, Callable[..., None], tuple[Any, ...]], "Executor"]
"""Makes an executor: of how many workers, and what each of them calls first, with which arguments."""


def processes(jobs: int, first: Callable[..., None], arguments: tuple[Any, ...]) -> Executor:
    """Processes of this machine, forked from a server that has loaded what they need."""
    # Loaded by those builds alone that have much to do.
    from concurrent.futures import ProcessPoolExecutor

    return ProcessPoolExecutor(jobs, mp_context=_context(), initializer=first, initargs=arguments)


def _context() -> BaseContext:
    from multiprocessing import get_context

    context = get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def few_collections() -> None:
    """Look for garbage less often: what a build makes is freed at once, and looking at all that it keeps takes time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def available() -> int:
    """How many processes this machine can run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Crew(NamedTuple):
    """How many processes there may be, and where they come from."""

    jobs: int = 1
    start: Start = processes

    def get_ready(self) -> None:
        """Begin with what processes need before they can start: for who knows that there will be much to do."""
        if self.jobs > 1 and self.start is processes:
            from multiprocessing import forkserver, resource_tracker

            _context()
            # Starting it lets the signals through again that are kept away.
            resource_tracker.ensure_running()
            with _undisturbed():
                forkserver.ensure_running()

    def spread(
        self, make: Callable[..., Callable[[list[T]], R]], arguments: tuple[Any, ...], work: list[T], chunk: int
    ) -> Iterator[R]:
        """`make(*arguments)(chunk)` for each chunk of the work, in order; each process makes its own once.

        This process is one of them: it does a part while others start, and whenever it would wait for them.
        """
        chunks = deque(work[start : start + chunk] for start in range(0, len(work), chunk))
        if self.jobs <= 1 or len(chunks) < MANY:
            with _made(make, arguments) as here:
                yield from map(here, chunks)
            return
        with self.start(self.jobs - 1, _begin, (make, arguments)) as pool:
            try:
                yield from self._shared(pool, make, arguments, chunks)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _shared(
        self,
        pool: Executor,
        make: Callable[..., Callable[[list[T]], R]],
        arguments: tuple[Any, ...],
        left: deque[list[T]],
    ) -> Iterator[R]:
        waiting: deque[Future[R]] = deque()

        def send() -> None:
            away, room = sum(not one.done() for one in waiting), MANY * self.jobs - len(waiting)
            for _ in range(min(FEW * (self.jobs - 1) - away, room, len(left))):
                waiting.append(pool.submit(_go_on, left.popleft()))

        with _undisturbed():
            send()
        with _made(make, arguments) as here:
            while waiting:
                if not left or waiting[0].done() or len(waiting) >= MANY * self.jobs:
                    yield waiting.popleft().result()
                else:
                    waiting.append(_done(here, left.popleft()))
                send()


@contextmanager
def _made(make: Callable[..., T], arguments: tuple[Any, ...]) -> Iterator[T]:
    """What does the work, closed in the end if it can be."""
    here = make(*arguments)
    try:
        yield here
    finally:
        if close := getattr(here, "close", None):
            close()


def _done(work: Callable[[T], R], chunk: T) -> Future[R]:
    """Work that was done here, in the form of that which is done elsewhere: its errors wait for their turn."""
    from concurrent.futures import Future

    found: Future[R] = Future()
    try:
        found.set_result(work(chunk))
    except Exception as error:
        found.set_exception(error)
    return found


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Whoever ends us waits until all processes are started: half of one complains. They never hear of it at all."""
    import signal

    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(make: Callable[..., Callable[[Any], Any]], arguments: tuple[Any, ...]) -> None:
    from multiprocessing import parent_process

    if parent := parent_process():
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
        few_collections()
    _own.work = make(*arguments)


def _end_with(parent: int) -> None:
    """A process whose parent was killed would wait for work for ever."""
    from multiprocessing.connection import wait

    wait([parent])
    os._exit(1)


def _go_on(chunk: Any) -> Any:
    return _own.work(chunk)
