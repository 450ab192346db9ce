# async with timeout(seconds): what is inside is cancelled when the time is over, which comes out as TimeoutError.

from . import core


class _Timeout:
    def __init__(self, ms):
        self._ms = ms
        self._expired = False

    def expired(self):
        return self._expired

    async def _watch(self, task):
        await core.sleep_ms(self._ms)
        self._expired = True
        task.cancel()

    async def __aenter__(self):
        if self._ms is not None:
            self._watcher = core.create_task(self._watch(core.current_task()))
        return self

    async def __aexit__(self, exc_type, exc, tb):
        if self._ms is None:
            return
        if not self._expired:
            self._watcher.cancel()
        elif exc_type is not None and issubclass(exc_type, core.CancelledError):
            raise core.TimeoutError


def timeout(seconds):
    return _Timeout(None if seconds is None else int(seconds * 1000))


def timeout_ms(ms):
    return _Timeout(ms)
