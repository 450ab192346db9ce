# Runs a script several times in one interpreter and tells whether memory in use grows from turn to turn.
# The last line on standard error is "leak: N": bytes by which the last turns grew, 0 if they did not.
import sys, gc

TURNS = 12


def turn(code):
    try:
        exec(code, {"__name__": "__main__"})
    except BaseException:
        # The script's own business: what it prints and raises is compared elsewhere.
        pass


def measure(path):
    with open(path) as file:
        code = compile(file.read(), path, "exec")
    used = [0] * TURNS
    for i in range(TURNS):
        turn(code)
        # What one turn leaves to be closed may hold on to something else.
        gc.collect()
        gc.collect()
        used[i] = gc.mem_alloc()
    # The first turns fill what is kept on purpose: names, modules, tables.
    return min(used[i + 1] - used[i] for i in range(TURNS // 2 - 1, TURNS - 1)), used


growth, used = measure(sys.argv[1])
print("leak:", max(growth, 0), used, file=sys.stderr)
