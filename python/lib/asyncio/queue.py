# Queues between tasks.

from . import core
from .event import Event
from collections import deque


class QueueEmpty(Exception):
    pass


class QueueFull(Exception):
    pass


class Queue:
    def __init__(self, maxsize=0):
        self.maxsize = maxsize
        self._init()
        self._getters = core.TaskQueue()
        self._putters = core.TaskQueue()
        # Items that were put and not reported done.
        self._unfinished = 0
        self._finished = Event()
        self._finished.set()

    def _init(self):
        self._items = deque((), None)

    def _put(self, item):
        self._items.append(item)

    def _get(self):
        return self._items.popleft()

    def qsize(self):
        return len(self._items)

    def empty(self):
        return not self._items

    def full(self):
        return 0 < self.maxsize <= len(self._items)

    def get_nowait(self):
        if not self._items:
            raise QueueEmpty
        item = self._get()
        _wake(self._putters)
        return item

    def put_nowait(self, item):
        if self.full():
            raise QueueFull
        self._put(item)
        self._unfinished += 1
        self._finished.clear()
        _wake(self._getters)

    async def get(self):
        while not self._items:
            await _wait(self._getters, self.empty)
        return self.get_nowait()

    async def put(self, item):
        while self.full():
            await _wait(self._putters, self.full)
        self.put_nowait(item)

    def task_done(self):
        if self._unfinished == 0:
            raise ValueError("task_done() called too many times")
        self._unfinished -= 1
        if self._unfinished == 0:
            self._finished.set()

    async def join(self):
        await self._finished.wait()


def _wake(queue):
    if queue.peek():
        core._task_queue.push(queue.pop())


# A coroutine.
def _wait(queue, hopeless):
    task = core.current_task()
    queue.push(task)
    task.data = queue
    try:
        yield
    except core.CancelledError as er:
        # It may have been woken before it was cancelled: then it is another's turn.
        if not hopeless():
            _wake(queue)
        raise er


class LifoQueue(Queue):
    def _init(self):
        self._items = []

    def _get(self):
        return self._items.pop()


class PriorityQueue(Queue):
    def _init(self):
        self._items = []

    def _put(self, item):
        from heapq import heappush

        heappush(self._items, item)

    def _get(self):
        from heapq import heappop

        return heappop(self._items)
