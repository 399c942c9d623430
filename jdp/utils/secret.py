"""Values that must not leave the process: not in a log, not in a queue on disk."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Secret(Generic[T]):
    """Holds a value that neither `repr` nor pickling gives away; a pickled one comes back empty."""

    def __init__(self, value: T | None = None) -> None:
        self._value = value

    def reveal(self) -> T:
        """Return the value; raises ValueError on one that came back from disk."""
        if self._value is None:
            raise ValueError("this secret was not kept on disk")
        return self._value

    def reveal_or(self, default: T) -> T:
        """Return the value, or `default` when there is none."""
        return default if self._value is None else self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> tuple[type[Secret[T]], tuple[()]]:
        return (Secret, ())
