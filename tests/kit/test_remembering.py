"""What a process remembers: by weight, the newest longest."""

from cardamom.kit.remembering import Remembered


def test_what_was_not_asked_for_longest_goes_first():
    remembered = Remembered[str, int](most=2)
    remembered.keep("a", 1)
    remembered.keep("b", 2)
    assert remembered.recall("a") == 1
    remembered.keep("c", 3)
    assert [remembered.recall(key) for key in "abc"] == [1, None, 3]


def test_the_limit_is_one_of_weight():
    remembered = Remembered[str, bytes](most=10, weigh=len)
    for key, size in (("a", 4), ("b", 4), ("c", 6)):
        remembered.keep(key, bytes(size))
    assert remembered.recall("a") is None
    assert remembered.weight == 10
    remembered.keep("larger than all", bytes(50))
    assert remembered.weight == 50
    assert remembered.recall("c") is None


def test_who_came_first_stays():
    remembered = Remembered[str, bytes](most=10, weigh=len)
    first = remembered.keep("a", b"one")
    assert remembered.keep("a", bytes([*b"one"])) is first
    assert remembered.weight == 3
