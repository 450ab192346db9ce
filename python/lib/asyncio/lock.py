# Lock, Semaphore, BoundedSemaphore: first come, first served.

from . import core


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("value must not be negative")
        # How many may still enter.
        self.value = value
        self.waiting = core.TaskQueue()
        # Tasks that were let in but have not run since: each is popped from here when it does.
        self.chosen = []

    def locked(self):
        return self.value == 0

    # A coroutine.
    def acquire(self):
        if self.value > 0:
            self.value -= 1
            return True
        task = core.current_task()
        self.waiting.push(task)
        task.data = self.waiting
        try:
            yield
        except core.CancelledError as er:
            if task in self.chosen:
                # It was let in and cancelled before it could run: the next one's turn.
                self.chosen.remove(task)
                self._leave()
            raise er
        self.chosen.remove(task)
        return True

    def release(self):
        self._leave()

    def _leave(self):
        if self.waiting.peek():
            task = self.waiting.pop()
            self.chosen.append(task)
            core._task_queue.push(task)
        else:
            self.value += 1

    async def __aenter__(self):
        return await self.acquire()

    async def __aexit__(self, exc_type, exc, tb):
        self.release()


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        super().__init__(value)
        self.bound = value

    def release(self):
        if self.value >= self.bound:
            raise ValueError("released too many times")
        self._leave()


class Lock(Semaphore):
    def __init__(self):
        super().__init__(1)

    # While it is handed to a task that has not run yet, nobody holds it.
    def locked(self):
        return self.value == 0 and not self.chosen

    def release(self):
        if self.value or self.chosen:
            raise RuntimeError("Lock not acquired")
        self._leave()
