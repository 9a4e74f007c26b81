"""`content/` on disk: items, documents, ledgers and assets, read as values and written so that a crash tears nothing.

Never follows a symbolic link, and never writes outside `content/`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from typing import Any

import msgspec

from builder import datasets, moves, notes, vocabulary
from builder.errors import ContentError, LockError, UsageError
from builder.model import NO_DATE, Document, Item, Note, fingerprint
from builder.moves import Line
from builder.settings import Moves, Settings, Vocabulary

MOVES, TAGS, TERMS = "moves.tsv", "tags.toml", "terms.tsv"
_DOCUMENT_KEYS = ("title", "description", "template", "lang", "date", "draft", "aliases", "data")
_BATCH = 200


def find_root(start: Path) -> Path:
    """The folder that holds `content/`, found upward from `start`."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "content").is_dir():
            return folder
    raise UsageError(f"no 'content' folder in {start} or above it", next="run 'broadsheet new DIR' to make a site")


class Content:
    """The content of one site; `root` is the folder that holds `content/`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "content"

    # -- reading

    def read(self, path: str) -> bytes:
        # For each of a hundred thousand files a Path, or a file object, costs as much as to read it.
        file = f"{self.folder}/{path}"
        descriptor = os.open(file, os.O_RDONLY)
        try:
            parts = []
            while part := os.read(descriptor, 1 << 18):
                parts.append(part)
            return b"".join(parts)
        except OSError as error:
            raise OSError(error.errno, error.strerror, file) from None
        finally:
            os.close(descriptor)

    def text(self, path: str) -> str:
        """A file's text, exactly: no newline is translated."""
        return decode(self.read(path), path)

    def body(self, path: str) -> str:
        """The Markdown below a file's front matter."""
        from builder import frontmatter, plain

        text = self.text(path)
        if not path.startswith("items/"):
            # Of documents and notes.
            return frontmatter.split(text)[1] if frontmatter.has_front_matter(text) else text
        body = plain.body(text)
        return item(path, text).body if body is None else body

    def dataset(self, place: str, named_by: str) -> Any:
        """What a data file says that a document names; it lies where it seems to lie, not behind a symbolic link."""
        file, where = self.folder / place, f"content/{place}"
        try:
            if file.resolve() != self.folder.resolve() / place:
                raise ContentError("leads elsewhere", where=where, next="remove the symbolic link")
            if not S_ISREG((about := file.stat()).st_mode):
                raise ContentError("is no file", where=where, next="remove it")
            if about.st_size > datasets.MOST_BYTES:
                raise ContentError(f"is larger than {datasets.MOST_BYTES // 1024} KiB", where=where, next="cut it")
            return datasets.parse(place, self.text(place))
        except (FileNotFoundError, NotADirectoryError):
            what = f"names {where}, which is not there"
            raise ContentError(what, where=f"content/{named_by}", next="add the file, or correct its name") from None
        except OSError as error:
            raise ContentError(f"cannot be read: {error.strerror}", where=where, next="mend the file") from None
        except ContentError as error:
            named = f"{error.what} (named by content/{named_by})"
            raise ContentError(named, where=error.where, next=error.next) from None

    def moves(self) -> Moves:
        """`moves.tsv`, resolved to the end of each chain. A line whose old item file is there again does not count."""
        return moves.resolved(self._move_lines(), lambda old: (self.folder / f"items/{old}.md").is_file())

    def applied(self, settings: Settings) -> Settings:
        """Settings with what `moves.tsv`, `tags.toml` and `terms.tsv` say today."""
        words = self.vocabulary()
        found, targets = self.moves(), vocabulary.aliases(words)
        if targets:
            # A spelling of a tag is what an address of it would be that moved.
            tags = {**targets, **found.targets.get("tags", {})}
            found = msgspec.structs.replace(found, targets=found.targets | {"tags": moves.resolved_names(tags)})
        return msgspec.structs.replace(settings, moves=found, vocabulary=vocabulary.moved(words, found))

    def vocabulary(self) -> Vocabulary:
        """What an editor says of tags, and which have a page for good."""
        return Vocabulary(
            tags=vocabulary.tags(self._ledger(TAGS), f"content/{TAGS}"),
            promoted=self.promoted(),
        )

    def promoted(self) -> frozenset[str]:
        """The tags that have a page for good, by the names that they had then."""
        return vocabulary.promoted(self._ledger(TERMS), f"content/{TERMS}")

    def _ledger(self, path: str) -> str:
        try:
            return self.text(path)
        except FileNotFoundError:
            return ""

    def last_move(self, kind: str, old: str) -> str | None:
        """Where the last line for an old name leads, whether or not it counts; `None` where there is no line."""
        found = [line.new for line in self._move_lines() if (line.kind, line.old) == (kind, old)]
        return found[-1] if found else None

    def removed(self) -> set[str]:
        """The places of items whose removal, or move, is written down."""
        return {line.old for line in self._move_lines() if line.kind == "items"}

    def _move_lines(self) -> list[Line]:
        return moves.parse(self._ledger(MOVES), f"content/{MOVES}")

    # -- writing

    def write(self, files: Mapping[str, str], before: Mapping[str, str] | None = None) -> set[str]:
        """Replace each file by new text: whole or not at all, and on the disk before this returns.

        `before` says what each text was made from (nothing: a new file). A file that says something
        else by now was changed by a person meanwhile: it is passed over, and named in what is returned.
        """
        pairs, passed = list(files.items()), set()
        for start in range(0, len(pairs), _BATCH):
            passed |= self._write_batch(pairs[start : start + _BATCH], before)
        return passed

    def _write_batch(self, pairs: list[tuple[str, str]], before: Mapping[str, str] | None) -> set[str]:
        """All are written before the first is synced: most of a sync's cost is then shared."""
        passed: set[str] = set()
        targets = [self._target(path) for path, _ in pairs]
        temporary = {target: target.with_name(f".{target.name}.new") for target in targets}
        try:
            for target, (_, text) in zip(targets, pairs, strict=True):
                target.parent.mkdir(parents=True, exist_ok=True)
                write_named(temporary[target], text.encode("utf-8"))
            for file in temporary.values():
                _sync(file)
            for (path, _), (target, file) in zip(pairs, temporary.items(), strict=True):
                if before is not None and _bytes(target) != (before[path].encode() if path in before else None):
                    passed.add(path)
                else:
                    os.replace(file, target)
        finally:
            for file in temporary.values():
                file.unlink(missing_ok=True)
        _sync_folders(targets)
        return passed

    def append(self, path: str, lines: Iterable[str]) -> None:
        """Add lines to a ledger. A last line that a crash left unfinished is closed first.

        `moves.tsv` and `terms.tsv` are replaced as a whole: half a line there would say something else.
        """
        lines = list(lines)
        if not lines:
            return
        if path in (MOVES, TERMS):
            self._append_whole(path, lines)
            return
        target = self._target(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "a+b") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write("".join(line + "\n" for line in lines).encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        _sync_folders([target])

    def _append_whole(self, path: str, lines: list[str]) -> None:
        before = _bytes(self.folder / path)
        text = decode(before or b"", path)
        text += "" if not text or text.endswith("\n") else "\n"
        there = {} if before is None else {path: decode(before, path)}
        if self.write({path: text + "".join(line + "\n" for line in lines)}, there):
            raise ContentError("was changed meanwhile", where=f"content/{path}", next="run the command again")

    def rename(self, old: str, new: str) -> None:
        """Give a file another place. Raises ContentError where something stands there."""
        source, target = self._target(old), self._target(new)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            raise ContentError("there is a file of that name", where=f"content/{new}", next="choose another")
        source.rename(target)
        _sync_folders([source, target])

    def remove(self, path: str) -> None:
        """Remove a file, if it is there, and not its folder."""
        target = self._target(path)
        with suppress(FileNotFoundError):
            target.unlink()
            _sync_folders([target])

    def _target(self, path: str) -> Path:
        target = self.folder / path
        if not target.parent.resolve().is_relative_to(self.folder.resolve()) or target.is_symlink():
            raise ContentError(f"{path!r} leads out of content/", next="remove the symbolic link")
        return target

    # -- one run at a time

    @contextmanager
    def lock(self, wait: bool = False) -> Iterator[None]:
        """Hold the site's one lock; the kernel frees it when the process ends, however it ends."""
        folder = self.root / ".broadsheet"
        folder.mkdir(exist_ok=True)
        with open(folder / "lock", "w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LockError("another run holds the lock", next="try again later, or use --wait") from None
            yield


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def write_named(file: Path, data: bytes) -> None:
    """Write a file; where the disk is full, the error names it."""
    try:
        file.write_bytes(data)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from None


def write_whole(file: Path, data: bytes) -> None:
    """Replace one file that is not below `content/`: whole or not at all, and on the disk before this returns."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.new")
    try:
        write_named(temporary, data)
        _sync(temporary)
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folders([file])


def decode(raw: bytes, path: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ContentError("not UTF-8", where=f"content/{path}:{line}", next="save the file as UTF-8") from None


def item(path: str, text: str) -> Item:
    """The item in `items/….md`; what a file of an older or foreign make leaves unsaid is filled in memory."""
    # Loaded where a file is read, which in most builds none is.
    from builder import frontmatter

    place = path.removeprefix("items/").removesuffix(".md")
    try:
        found = frontmatter.load(text, place)
        notes.check(found, text)
    except ContentError as error:
        raise ContentError(error.what, where=f"content/{path}:{error.where or 1}", next=error.next) from None
    if not found.written:
        # And this for files of another make alone.
        from builder.sources import googlenews

        found = googlenews.normalise(found)
    if not found.title.strip():
        raise ContentError("no title", where=f"content/{path}:1", next="add a line 'title: …'")
    if found.date == NO_DATE:
        raise ContentError("no date", where=f"content/{path}:1", next="add a line 'date: 2026-01-12'")
    return found


def note(path: str, text: str) -> Note:
    """What an editor says of a story in `stories/….md`."""
    try:
        return notes.parse(text, path.removeprefix("stories/").removesuffix(".md"))
    except ContentError as error:
        raise ContentError(error.what, where=f"content/{path}:{error.where or 1}", next=error.next) from None


def document(path: str, text: str) -> Document:
    """The document in `pages/….md`. `extra["body"]` is the fingerprint of its Markdown."""
    from builder import frontmatter

    place = path.removeprefix("pages/").removesuffix(".md")
    try:
        metadata, body = frontmatter.split(text) if frontmatter.has_front_matter(text) else ({}, text)
        known = {name: metadata[name] for name in _DOCUMENT_KEYS if metadata.get(name)}
        if not all(isinstance(known.get(name, ""), str) for name in _DOCUMENT_KEYS[:-2]):
            raise ContentError("a key that should be text is not", where="1")
        aliases = known.get("aliases", [])
        aliases = [aliases] if isinstance(aliases, str) else aliases
        if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
            raise ContentError("'aliases' is no list of addresses", where="1")
        notes.check_moment("date", known.get("date", ""))
        known["data"] = datasets.named(known["data"]) if "data" in known else {}
    except ContentError as error:
        error = error if error.where else frontmatter.at_line(error, text)
        raise ContentError(error.what, where=f"content/{path}:{error.where or 1}", next=error.next) from None
    known["aliases"] = tuple(aliases)
    known["draft"] = known.get("draft", "").lower() in ("true", "yes", "on", "1")
    known.setdefault("title", place.rsplit("/", 1)[-1].replace("-", " ").capitalize())
    return Document(path=place, extra={"body": fingerprint(body)}, **known)


def _sync_folders(files: Iterable[Path]) -> None:
    for folder in {file.parent for file in files}:
        _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
