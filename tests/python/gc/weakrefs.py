# Weak references: they empty when the object goes, callbacks run once, and calls that were put off run at the end.
import gc
import weakref


class Thing:
    pass


def refuse(*args):
    try:
        weakref.ref(*args)
    except TypeError as e:
        print("TypeError", e)


refuse(1)
refuse("text")
refuse(None)
refuse(())
refuse(1.5)

log = []


def note(r):
    log.append(r())


# In a function, so that no frame holds on to what must go.
def refs(n):
    things = [Thing() for _ in range(n)]
    out = [weakref.ref(t, note) for t in things]
    print(all(r() is t for r, t in zip(out, things)), all(r() is t for r, t in zip(out, things)))
    return out


def stir():
    for i in range(50):
        [i] * 100
    gc.collect()


kept = refs(20)
stir()
# A word that a native has left behind may keep the last ones.
gone = [r() is None for r in kept].count(True)
print("gone", gone >= 18, "called", len(log) == gone, set(log))
log.clear()
# A reference that has gone itself calls nothing.
del kept
refs(5)
stir()
print("silent", log)


def put_off():
    t = Thing()
    f = weakref.finalize(t, lambda *a, **k: log.append((a, k)), 1, two=2)
    print(f.alive, f.peek()[0] is t, f.peek()[2:])
    return t, f


t, f = put_off()
u, g = put_off()
v, h = put_off()
print(f(), f(), f.alive, f.peek(), f.detach(), log)
print(g.detach()[2:], g.alive, g())
log.clear()
t = u = v = None
stir()
print(len(log) <= 1, h.alive == (len(log) == 0))
h()
log.clear()


# The object of a finalizer may be in a cycle, and its callback may make new finalizers.
def cycle():
    a, b = Thing(), Thing()
    a.b, b.a = b, a
    weakref.finalize(a, again, 3)


def again(n):
    log.append(n)
    if n:
        weakref.finalize(Thing(), again, n - 1)


cycle()
for _ in range(6):
    stir()
print(sorted(log))

last = Thing()
weakref.finalize(last, print, "at the end", "first made")
weakref.finalize(last, print, "at the end", "last made")
