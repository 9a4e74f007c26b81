"""Work spread over processes: all of it, in order, wherever it is done, and nothing left behind."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any

import pytest

from builder.workers import MANY, Crew
from tests.sitetest import threads

CREWS = [Crew(), Crew(2, threads), Crew(4, threads), Crew(2), Crew(3)]
every_crew = pytest.mark.parametrize("crew", CREWS, ids=["alone", "a thread", "threads", "a process", "processes"])


class Times:
    """Multiplies; what it cannot multiply is an error."""

    def __init__(self, factor: int) -> None:
        self.factor = factor

    def __call__(self, chunk: list[int]) -> list[int]:
        if -1 in chunk:
            raise ValueError(f"cannot: {chunk}")
        return [self.factor * number for number in chunk]


def spread(crew: Crew, work: list[int]) -> Iterator[list[int]]:
    return crew.spread(Times, (10,), work, 2)


@every_crew
@pytest.mark.parametrize("count", [0, 1, 15, 16, 100])
def test_all_work_is_done_and_its_results_are_in_order(crew: Crew, count: int) -> None:
    found = [number for part in spread(crew, list(range(count))) for number in part]
    assert found == [10 * number for number in range(count)]


@every_crew
def test_an_error_comes_when_it_is_its_turn(crew: Crew) -> None:
    """Whoever was faster: what stands before the first error is had, and of two errors the first is told."""
    work = [*range(60), -1, *range(30), -1, *range(30)]
    found: list[int] = []
    with pytest.raises(ValueError, match=r"cannot: \[-1, 0\]"):
        for part in spread(crew, work):
            found += part
    assert found == [10 * number for number in range(60)]


@every_crew
def test_who_stops_listening_leaves_no_process(crew: Crew) -> None:
    results = spread(crew, list(range(200)))
    assert next(results) == [0, 10]
    results.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


def test_this_process_works_while_others_are_busy() -> None:
    """All others wait until this one has done what is left; if it did nothing, none would ever go on."""
    home, done = threading.get_ident(), threading.Event()
    places: dict[int, int] = {}

    def make() -> Callable[[list[int]], int]:
        def work(chunk: list[int]) -> int:
            if threading.get_ident() != home:
                assert done.wait(60)
            elif chunk[0] >= 10:
                done.set()
            places[chunk[0]] = threading.get_ident()
            return chunk[0]

        return work

    assert list(Crew(2, threads).spread(make, (), list(range(60)), 1)) == list(range(60))
    assert len(set(places.values())) == 2


class AtOnce(Executor):
    """Workers so fast that all they are given is done at once."""

    def __init__(self, jobs: int, first: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        first(*arguments)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.mark.parametrize("jobs", [2, 8])
def test_few_results_wait_however_fast_the_others_are(jobs: int) -> None:
    worked: list[int] = []

    def make() -> Callable[[list[int]], int]:
        return lambda chunk: worked.append(chunk[0]) or chunk[0]  # type: ignore[func-returns-value]

    most = 0
    for taken, result in enumerate(Crew(jobs, AtOnce).spread(make, (), list(range(1000)), 1)):
        assert result == taken
        most = max(most, len(worked) - taken)
    assert 1 < most <= MANY * jobs
