# asyncio: cooperative tasks. The parts are loaded when they are first asked for.

from .core import *

__version__ = (3, 0, 0)

_homes = {
    "wait_for": "funcs",
    "wait_for_ms": "funcs",
    "gather": "funcs",
    "Event": "event",
    "ThreadSafeFlag": "event",
    "Lock": "lock",
    "Semaphore": "lock",
    "BoundedSemaphore": "lock",
    "Queue": "queue",
    "LifoQueue": "queue",
    "PriorityQueue": "queue",
    "QueueEmpty": "queue",
    "QueueFull": "queue",
    "TaskGroup": "group",
    "ExceptionGroup": "group",
    "BaseExceptionGroup": "group",
    "timeout": "timeouts",
    "timeout_ms": "timeouts",
    "open_connection": "stream",
    "start_server": "stream",
    "StreamReader": "stream",
    "StreamWriter": "stream",
}


def __getattr__(name):
    if name not in _homes:
        raise AttributeError(name)
    value = getattr(__import__(_homes[name], None, None, True, 1), name)
    globals()[name] = value
    return value
