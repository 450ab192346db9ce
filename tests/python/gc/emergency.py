# Exceptions while the heap is locked have a text again after each lock.
import micropython
micropython.alloc_emergency_exception_buf(200)
n=0
def f():
    for i in range(3):
        try: undefined_name
        except NameError as e:
            print(e)
for r in range(3):
    micropython.heap_lock()
    f()
    micropython.heap_unlock()
