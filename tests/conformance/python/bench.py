# The timing programs of the suite import this. They are run for their end, not for their figures.
import time

ITERS = 20000


def run(test):
    start = time.ticks_us()
    test(ITERS)
    print(time.ticks_diff(time.ticks_us(), start))
