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
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future
    from multiprocessing.context import BaseContext

T = TypeVar("T")
R = TypeVar("R")

FEW, MANY = 3, 8
"""Results in flight for each process; chunks of work from which on processes are worth their start."""

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
            from multiprocessing import forkserver

            _context()
            with _undisturbed():
                forkserver.ensure_running()

    def spread(
        self, make: Callable[..., Callable[[list[T]], R]], arguments: tuple[Any, ...], work: list[T], chunk: int
    ) -> Iterator[R]:
        """`make(*arguments)(chunk)` for each chunk of the work, in order; each process makes its own once.

        Work that is done sooner than a process starts is done here.
        """
        chunks = [work[start : start + chunk] for start in range(0, len(work), chunk)]
        if self.jobs <= 1 or len(chunks) < MANY:
            here = make(*arguments)
            try:
                yield from map(here, chunks)
            finally:
                if close := getattr(here, "close", None):
                    close()
            return
        waiting: deque[Future[R]] = deque()
        left = iter(chunks)
        with self.start(self.jobs, _begin, (make, arguments)) as pool:
            try:
                with _undisturbed():
                    waiting.extend(pool.submit(_go_on, one) for one in islice(left, FEW * self.jobs))
                while waiting:
                    result = waiting.popleft().result()
                    waiting.extend(pool.submit(_go_on, one) for one in islice(left, 1))
                    yield result
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


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
