"""What sources answer: asked politely and side by side, read by processes of their own, handed on in order.

Decides what need not be asked and what need not be read; never writes anything.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

import msgspec

from builder import fetch, schedule, urls
from builder.errors import SourceError
from builder.fetch import Answer, Client
from builder.found import Parsed
from builder.model import stamp
from builder.parsers import Parsers
from builder.settings import Source
from builder.state import SourceState

WAITING_BYTES = 64 * 1024 * 1024
"""So much may wait to be read; whoever brings more waits with it."""
MANY_MISSING = 10
"""So many answers of 404 in a row are said once more: nobody is mending it."""

Document = tuple[str, "Parsed | SourceError"]
"""A file's name, or `""`, and what it holds or why it cannot be read."""


@dataclass(frozen=True)
class Ask:
    """A source to be asked: its state, the fingerprint of all that decides how it is read, and whether
    what its state says it brought is in `content/`."""

    source: Source
    state: SourceState
    made: str
    trusted: bool = False


@dataclass(frozen=True)
class Answered:
    """A body that is to be read, its fingerprint, and where permanent redirects led."""

    ask: Ask
    answer: Answer
    print: str
    moved: str


@dataclass(frozen=True)
class Collected:
    """What came of asking one source. `state` is to be remembered once `content/` holds what was brought."""

    source: Source
    status: str
    state: SourceState
    documents: tuple[Document, ...] = ()
    news: bool = False


@dataclass(frozen=True)
class Collector:
    """Asks sources. `folder` is `content/`, `as_of` the moment of the run."""

    client: Client
    parsers: Parsers
    folder: Path
    as_of: datetime
    force: bool = False

    def collect(self, asks: list[Ask]) -> Generator[Collected]:
        """Every source's answer, in the order of `asks`; as many are asked at once as the client allows.

        Reading has threads of its own: sources that are slow to read keep nobody from being asked.
        """
        with ThreadPoolExecutor(fetch.AT_ONCE) as asking, ThreadPoolExecutor(self.parsers.count) as reading:
            room = _Room(WAITING_BYTES)

            def one(ask: Ask) -> Future[Collected]:
                answered = self.asked(ask)
                if isinstance(answered, Collected):
                    return reading.submit(lambda: answered)
                size = len(answered.answer.body) if isinstance(answered, Answered) else 0
                room.take(size)
                future = reading.submit(self.read, answered)
                future.add_done_callback(lambda _: room.give(size))
                return future

            order = _spread([ask.source for ask in asks])
            try:
                waiting = {number: asking.submit(one, asks[number]) for number in order}
                for number in range(len(asks)):
                    yield waiting.pop(number).result().result()
            except BaseException:
                # Somebody gave up: nobody waits for an answer, for room or for a parser any more.
                self.client.stop()
                self.parsers.stop()
                room.open()
                asking.shutdown(cancel_futures=True)
                reading.shutdown(cancel_futures=True)
                raise

    def asked(self, ask: Ask) -> Collected | Answered | Ask:
        """What can be said of a source without reading; else what there is to read: an answer, or its own files."""
        if not ask.source.url:
            return ask
        if ask.state.url != ask.source.url:
            ask = Ask(ask.source, SourceState(url=ask.source.url), ask.made)
        if not self.force and ask.state.stopped:
            return Collected(ask.source, "stopped", ask.state)
        if not self.force and not schedule.is_due(ask.state.next, ask.state.asked, self.as_of):
            return Collected(ask.source, "waiting", ask.state)
        try:
            return self.address(ask)
        except SourceError as error:
            return self.failed(ask, error)
        except Exception as error:
            return self.failed(ask, _our_fault(error))

    def read(self, answered: Answered | Ask) -> Collected:
        """Let another process read an answer, or a source's files."""
        if isinstance(answered, Ask):
            try:
                return self.files(answered)
            except Exception as error:
                return self.failed(answered, _our_fault(error))
        ask, answer = answered.ask, answered.answer
        try:
            parsed = self.parsers.feed(answer.body, ask.source, self.as_of)
        except SourceError as error:
            return self.failed(ask, error, answer)
        except Exception as error:
            return self.failed(ask, _our_fault(error), answer)
        brought = _brought(msgspec.structs.replace(ask.state, moved=answered.moved), ask.made, answered.print, [parsed])
        state = self.well(Ask(ask.source, brought, ask.made), answer, renewed=True)
        return Collected(ask.source, "read", state, (("", parsed),))

    # -- an address

    def address(self, ask: Ask) -> Collected | Answered:
        """Ask a publisher's server. Raises SourceError where there is no answer at all."""
        source, state = ask.source, ask.state
        # A server that redirects to `${NAME}` must not have that expanded, nor go without the password it asks for.
        direct = bool(state.moved) and "${" not in source.url + state.moved and urls.bare(source.url) == source.url
        address = state.moved if direct else source.url
        private = source.private_network and urls.host(address) == urls.host(source.url)
        answer = self.client.get(address, headers=self.conditions(ask), validates=state.answered, private=private)
        if answer.status == 304 and answer.conditional:
            return Collected(source, "unchanged", self.well(ask, answer))
        if answer.status != 200:
            return self.failed(ask, _refused(answer), answer)
        print, moved = _print([answer.body]), answer.moved or (state.moved if direct else "")
        moved = moved if moved != source.url else ""
        if ask.trusted and print == state.body:
            ask = Ask(source, msgspec.structs.replace(state, moved=moved), ask.made)
            return Collected(source, "unchanged", self.well(ask, answer, renewed=True))
        return Answered(ask, answer, print, moved)

    def conditions(self, ask: Ask) -> dict[str, str]:
        """The conditional headers: validators as they were given, while what they stand for is there."""
        if not ask.trusted or not schedule.still_valid(ask.state.validated, self.as_of):
            return {}
        both = {"If-None-Match": ask.state.etag, "If-Modified-Since": ask.state.modified}
        return {name: value for name, value in both.items() if value}

    def well(self, ask: Ask, answer: Answer, renewed: bool = False) -> SourceState:
        """The state after an answer. A 304 may bring newer validators, but only a body makes them young again."""
        state, now = ask.state, stamp(self.as_of)
        validators = {"etag": answer.headers.get("etag", ""), "modified": answer.headers.get("last-modified", "")}
        if not renewed:
            validators = {name: value for name, value in validators.items() if value}
        validators["answered"] = answer.url
        next = schedule.next_check(
            self.as_of,
            ask.source.interval,
            answer.headers,
            ttl=state.ttl,
            skip_hours=state.skip_hours,
            skip_days=state.skip_days,
        )
        return msgspec.structs.replace(
            state,
            **validators,
            validated=now if renewed else state.validated,
            asked=now,
            succeeded=now,
            next=stamp(next),
            failures=0,
            missing=0,
            error="",
            stopped=False,
        )

    def failed(self, ask: Ask, error: SourceError, answer: Answer | None = None) -> Collected:
        """The state after a failure: what was known stays, and the next question waits."""
        state, headers = ask.state, answer.headers if answer else {}
        missing = state.missing + 1 if answer and answer.status == 404 else 0
        if missing >= MANY_MISSING:
            next = (
                f"run 'broadsheet sources move' with its new address, or 'broadsheet sources remove {ask.source.name}'"
            )
            error = SourceError(f"HTTP 404 for the {missing}th time in a row", next=next)
        stopped = answer is not None and answer.status == 410
        wait = schedule.back_off(self.as_of, ask.source.interval, state.failures + 1, headers, ask.source.name)
        state = msgspec.structs.replace(
            state,
            moved="",
            asked=stamp(self.as_of),
            next=stamp(wait),
            failures=state.failures + 1,
            missing=missing,
            error=_said(error),
            stopped=stopped,
        )
        status = "stopped" if stopped else "failed"
        return Collected(ask.source, status, state, (("", error),), news=stopped or missing == MANY_MISSING)

    # -- files

    def files(self, ask: Ask) -> Collected:
        """Read a source that is a file or a folder of files below `content/`, or anywhere."""
        source, now = ask.source, stamp(self.as_of)
        path = self.folder / source.file
        files = _files_below(path)
        if not files and not path.is_dir():
            what = "is neither a file nor a folder" if path.exists() else "cannot be read: No such file or directory"
            return self.failed(ask, SourceError(what, next="check 'file' in content/site.toml"))
        print = _print(body if isinstance(body := read(file), bytes) else body.what.encode() for file in files)
        if ask.trusted and print == ask.state.body:
            return Collected(source, "unchanged", msgspec.structs.replace(ask.state, asked=now, succeeded=now))
        documents = tuple((str(file.relative_to(path)) if file != path else "", self.file(ask, file)) for file in files)
        good = [parsed for _, parsed in documents if isinstance(parsed, Parsed)]
        bad = [reason for _, reason in documents if isinstance(reason, SourceError)]
        if bad and not good:
            return replace(self.failed(ask, bad[0]), documents=documents)
        state = SourceState(asked=now, succeeded=now, error=_said(bad[0]) if bad else "")
        return Collected(source, "read", _brought(state, ask.made, print, good), documents)

    def file(self, ask: Ask, file: Path) -> Parsed | SourceError:
        try:
            body = read(file)
            if isinstance(body, SourceError):
                return body
            return self.parsers.feed(body, ask.source, self.as_of, file.name)
        except SourceError as error:
            return error


class _Room:
    """Room for so many bytes; one that is larger than all of it may come in alone."""

    def __init__(self, size: int) -> None:
        self.size, self.used = size, 0
        self.changed = threading.Condition()

    def take(self, size: int) -> None:
        with self.changed:
            self.changed.wait_for(lambda: not self.used or self.used + size <= self.size)
            self.used += size

    def open(self) -> None:
        """Let everybody in."""
        with self.changed:
            self.size = sys.maxsize
            self.changed.notify_all()

    def give(self, size: int) -> None:
        with self.changed:
            self.used -= size
            self.changed.notify_all()


def read(path: Path) -> bytes | SourceError:
    """A file's bytes, or why there are none."""
    try:
        if not _fits(path):
            return SourceError(f"larger than {fetch.BODY_BYTES // 1024 // 1024} MiB", next="is this a feed?")
        return path.read_bytes()
    except OSError as error:
        return SourceError(f"cannot be read: {error.strerror}", next="check 'file' in content/site.toml")


def _fits(path: Path) -> bool:
    return path.stat().st_size <= fetch.BODY_BYTES


def _files_below(path: Path) -> list[Path]:
    """The files of a source. A pipe or a device is none: reading it might never end."""
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [file for file in found if file.is_file() and (file == path or not file.name.startswith("."))]


def _spread(sources: list[Source]) -> list[int]:
    """The numbers of the sources, those of one host far apart, so that none waits in line behind another's host."""
    rank: Counter[str] = Counter()
    order = []
    for number, source in enumerate(sources):
        host = urls.host(source.url)
        order.append((rank[host], number))
        rank[host] += 1
    return [number for _, number in sorted(order)]


def _brought(state: SourceState, made: str, body: str, documents: Iterable[Parsed]) -> SourceState:
    """The state with what its documents hold; which items `content/` has of them is for `ingest` to say."""
    found = [one for parsed in documents for one in parsed.found]
    first = next(iter(documents), Parsed())
    newest = max((one.item.date for one in found if one.item.date_basis != "first-seen"), default=None)
    return msgspec.structs.replace(
        state,
        title=first.title,
        body=body,
        made=made,
        ids=(),
        held="",
        ttl=first.ttl,
        skip_hours=first.skip_hours,
        skip_days=first.skip_days,
        newest=stamp(newest) if newest else "",
        found=len(found),
    )


def _refused(answer: Answer) -> SourceError:
    next = {
        304: "nobody asked whether it has changed; it is tried again",
        401: "it asks for a password: put ${NAME} into its url",
        403: "it refuses readers: ask its publisher",
        404: "check the address in a browser",
        410: "it is gone for good and not asked again; 'broadsheet sources move' gives it a new address",
        429: "it is asked again later",
        503: "it is asked again later",
    }
    return SourceError(f"HTTP {answer.status}", next=next.get(answer.status, "it is tried again"))


def _said(error: SourceError) -> str:
    """A reason without the name of its source."""
    return str(SourceError(error.what, next=error.next))


def _our_fault(error: Exception) -> SourceError:
    """Nobody watches: a fault of ours, or of a library, on one answer must not cost the others theirs."""
    return SourceError(f"{type(error).__name__}: {error}", next="this is a fault of ours: please report it")


def _print(parts: Iterable[bytes]) -> str:
    hash = blake2b(digest_size=16)
    for part in parts:
        hash.update(len(part).to_bytes(8))
        hash.update(part)
    return hash.hexdigest()
