# The event loop. Tasks, their queue and the loop itself are native; here is what they need from Python.

import _asyncio, select, sys
from _asyncio import Task, TaskQueue, create_task, sleep, sleep_ms
from time import ticks_ms as ticks, ticks_add, ticks_diff


class CancelledError(BaseException):
    pass


class TimeoutError(Exception):
    pass


# Which tasks wait for which stream. `map` has for the id of a stream [stream, who reads, who writes].
class IOQueue:
    def __init__(self):
        self.poller = select.poll()
        self.map = {}

    def _wait(self, stream, at):
        task = _asyncio.current()
        if task is None:
            raise RuntimeError("no running event loop")
        entry = self.map.get(id(stream))
        if entry is None:
            self.poller.register(stream, select.POLLIN if at == 1 else select.POLLOUT)
            entry = [stream, None, None]
            self.map[id(stream)] = entry
        elif entry[at] is None:
            self.poller.modify(stream, select.POLLIN | select.POLLOUT)
        else:
            raise RuntimeError("another task waits for the stream")
        entry[at] = task
        # That is how cancelling finds where the task waits.
        task.data = self

    def queue_read(self, stream):
        self._wait(stream, 1)

    def queue_write(self, stream):
        self._wait(stream, 2)

    # What is waited for on the stream has changed.
    def _changed(self, entry):
        if entry[1] is not None:
            self.poller.modify(entry[0], select.POLLIN)
        elif entry[2] is not None:
            self.poller.modify(entry[0], select.POLLOUT)
        else:
            self.poller.unregister(entry[0])
            del self.map[id(entry[0])]

    def remove(self, task):
        for entry in list(self.map.values()):
            if task is entry[1]:
                entry[1] = None
            elif task is entry[2]:
                entry[2] = None
            else:
                continue
            self._changed(entry)

    def wait_io_event(self, ms):
        ready = False
        for stream, events in self.poller.ipoll(ms):
            entry = self.map[id(stream)]
            # Errors and hang-ups wake both.
            if entry[1] is not None and events & ~select.POLLOUT:
                _task_queue.push(entry[1])
                entry[1] = None
                ready = True
            if entry[2] is not None and events & ~select.POLLIN:
                _task_queue.push(entry[2])
                entry[2] = None
                ready = True
            if entry[1] is None or entry[2] is None:
                self._changed(entry)
        return ready


_context = {"message": "Task exception wasn't retrieved", "exception": None, "future": None}


# Called by the loop with an exception that no task has asked for.
def _report(exc, task):
    _context["exception"] = exc
    _context["future"] = task
    Loop.call_exception_handler(_context)


def run_until_complete(main_task=None):
    return _asyncio.run(main_task)


def run(coro):
    return _asyncio.run(create_task(coro))


def _promote_to_task(aw):
    return aw if isinstance(aw, Task) else create_task(aw)


async def _stopper():
    pass


_stop_task = None


# There is one loop; its methods are called on the class.
class Loop:
    _exc_handler = None

    def create_task(coro):
        return create_task(coro)

    def run_forever():
        global _stop_task
        _stop_task = Task(_stopper())
        run_until_complete(_stop_task)

    def run_until_complete(aw):
        return run_until_complete(_promote_to_task(aw))

    def stop():
        global _stop_task
        if _stop_task is not None:
            _task_queue.push(_stop_task)
            _stop_task = None

    def close():
        pass

    def set_exception_handler(handler):
        Loop._exc_handler = handler

    def get_exception_handler():
        return Loop._exc_handler

    def default_exception_handler(loop, context):
        print(context["message"], file=sys.stderr)
        print("future:", context["future"], "coro=", context["future"].coro, file=sys.stderr)
        sys.print_exception(context["exception"], sys.stderr)

    def call_exception_handler(context):
        (Loop._exc_handler or Loop.default_exception_handler)(Loop, context)


# The arguments are those of an old version.
def get_event_loop(runq_len=0, waitq_len=0):
    return Loop


get_running_loop = get_event_loop


def current_task():
    task = _asyncio.current()
    if task is None:
        raise RuntimeError("no running event loop")
    return task


def new_event_loop():
    global _task_queue, _io_queue
    _io_queue = IOQueue()
    _task_queue = _asyncio.start(CancelledError, _report, _io_queue)
    return Loop


def __getattr__(name):
    if name == "cur_task":
        return _asyncio.current()
    raise AttributeError(name)


new_event_loop()
