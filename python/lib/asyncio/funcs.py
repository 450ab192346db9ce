# wait_for and gather.

from . import core


# Waits for `aw` on behalf of `waiter`, which sleeps: wakes it with the outcome.
async def _wake(waiter, aw):
    result = None
    try:
        result = await aw
        status = True
    except BaseException as er:
        status = er
    if waiter.data is None and waiter.cancel():
        # The arguments tell this one from a cancellation by others.
        waiter.data = core.CancelledError(status, result)


async def wait_for(aw, timeout, sleep=core.sleep):
    aw = core._promote_to_task(aw)
    if timeout is None:
        return await aw
    helper = core.create_task(_wake(core.current_task(), aw))
    try:
        await sleep(timeout)
    except core.CancelledError as er:
        if not er.args or er.args[0] is None:
            helper.cancel()
            raise er
        if er.args[0] is True:
            return er.args[1]
        raise er.args[0]
    # Time is over.
    helper.cancel()
    await helper
    raise core.TimeoutError


def wait_for_ms(aw, timeout):
    return wait_for(aw, timeout, core.sleep_ms)


# What a gathering task waits on: there is no queue that it would have to be removed from.
class _Nowhere:
    @staticmethod
    def remove(task):
        pass


# A coroutine.
def gather(*aws, return_exceptions=False):
    me = core.current_task()
    tasks = [core._promote_to_task(aw) for aw in aws]
    left = 0
    failure = None

    # Called at a task's end.
    def ended(task, exc):
        nonlocal left, failure
        left -= 1
        # It may have been woken already, by a failure or a cancellation.
        if me.data is not _Nowhere:
            return
        if not return_exceptions and not isinstance(exc, StopIteration):
            failure = exc
        elif left:
            return
        core._task_queue.push(me)

    for task in tasks:
        if task.state is not True and task.state:
            # Somebody else waits for it.
            for t in tasks:
                if t.state is ended:
                    t.state = True
            raise RuntimeError("can't gather")
        if task.state is True:
            task.state = ended
            left += 1
        elif not return_exceptions and failure is None and not isinstance(task.data, StopIteration):
            # It has failed before.
            failure = task.data

    cancelled = None
    if left and failure is None:
        me.data = _Nowhere
        try:
            yield
        except core.CancelledError as er:
            cancelled = er
    for task in tasks:
        if task.state is ended:
            task.state = True
            if cancelled:
                task.cancel()
    if cancelled:
        raise cancelled
    if failure is not None:
        raise failure
    results = []
    for task in tasks:
        if task.state is None:
            # Its outcome has now been asked for.
            task.state = False
        outcome = task.data
        results.append(outcome.value if isinstance(outcome, StopIteration) else outcome)
    return results
