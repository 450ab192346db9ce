# Event, for tasks; ThreadSafeFlag, for everything else.

import io
from . import core


class Event:
    def __init__(self):
        self.state = False
        self.waiting = core.TaskQueue()

    def is_set(self):
        return self.state

    def set(self):
        self.state = True
        while self.waiting.peek():
            core._task_queue.push(self.waiting.pop())

    def clear(self):
        self.state = False

    # A coroutine.
    def wait(self):
        if not self.state:
            task = core.current_task()
            self.waiting.push(task)
            task.data = self.waiting
            yield
        return True


# A stream that is readable while the flag is set: `set` may be called from an interrupt or another thread.
# A wait clears it.
class ThreadSafeFlag(io.IOBase):
    def __init__(self):
        self.state = 0

    def ioctl(self, request, arg):
        return arg * self.state if request == 3 else -1

    def set(self):
        self.state = 1

    def clear(self):
        self.state = 0

    # A coroutine.
    def wait(self):
        if not self.state:
            yield core._io_queue.queue_read(self)
        self.state = 0
