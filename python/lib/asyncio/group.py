# TaskGroup: the block ends when all its tasks have; when one fails, the others are cancelled.

from . import core


class BaseExceptionGroup(BaseException):
    def __init__(self, message, exceptions):
        super().__init__(message, exceptions)
        self.message = message
        self.exceptions = tuple(exceptions)


class ExceptionGroup(BaseExceptionGroup, Exception):
    pass


class _Nowhere:
    @staticmethod
    def remove(task):
        pass


class TaskGroup:
    def __init__(self):
        self._tasks = []
        self._errors = []
        # The task that the block runs in, while it does; whether it waits for the others at its end.
        self._owner = None
        self._waits = False
        # Whether the block was cancelled by the group.
        self._aborted = False

    async def __aenter__(self):
        self._owner = core.current_task()
        return self

    def create_task(self, coro):
        if self._owner is None:
            raise RuntimeError("TaskGroup is not active")
        if self._aborted:
            raise RuntimeError("TaskGroup is shutting down")
        task = core.create_task(coro)
        task.state = self._ended
        self._tasks.append(task)
        return task

    def _ended(self, task, exc):
        self._tasks.remove(task)
        if not isinstance(exc, (StopIteration, core.CancelledError)):
            self._errors.append(exc)
            self._abort()
        if self._waits and not self._tasks:
            core._task_queue.push(self._owner)

    def _abort(self):
        if self._aborted:
            return
        self._aborted = True
        for task in self._tasks:
            task.cancel()
        if not self._waits:
            self._owner.cancel()

    async def __aexit__(self, exc_type, exc, tb):
        cancelled = exc_type is not None and issubclass(exc_type, core.CancelledError)
        outside = cancelled and not self._aborted
        if exc_type is not None:
            if not cancelled:
                self._errors.append(exc)
            self._waits = True
            self._abort()
        while self._tasks:
            self._waits = True
            try:
                await self._all()
            except core.CancelledError as er:
                outside = True
                exc = er
                self._abort()
        self._owner = None
        if outside and not self._errors:
            raise exc
        if self._errors:
            raise ExceptionGroup("unhandled errors in a TaskGroup", self._errors)

    # A coroutine: the last of the tasks wakes it.
    def _all(self):
        self._owner.data = _Nowhere
        yield
