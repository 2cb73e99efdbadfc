"""Watches that wait to be looked at."""

import pytest

from rules.engine.evaluation_queue import EvaluationQueue


def test_the_lowest_comes_first_and_each_once() -> None:
    queue = EvaluationQueue()
    queue.add([3, 1, 3])
    queue.add([2, 1])
    assert [queue.pop(), queue.pop(), queue.pop()] == [1, 2, 3]
    assert not queue
    with pytest.raises(IndexError):
        queue.pop()


def test_what_was_taken_may_come_again() -> None:
    queue = EvaluationQueue()
    queue.add([1])
    queue.pop()
    queue.add([1])
    assert queue.pop() == 1
