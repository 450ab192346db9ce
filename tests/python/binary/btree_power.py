# A stream that dies at a write, each in turn: what was flushed before is there, and all of it.
import btree
import io


class Dead(Exception):
    pass


class Flash(io.IOBase):
    """Keeps only what was written; writes are cut short in the middle when the power fails."""

    def __init__(self, data, budget):
        self.data = bytearray(data)
        self.at = 0
        self.budget = budget
        self.dead = False

    def readinto(self, buf):
        part = self.data[self.at : self.at + len(buf)]
        buf[: len(part)] = part
        self.at += len(part)
        return len(part)

    def write(self, buf):
        if self.dead:
            raise Dead
        if self.budget == 0:
            buf = buf[: len(buf) // 2]
        end = self.at + len(buf)
        if len(self.data) < end:
            self.data.extend(bytes(end - len(self.data)))
        self.data[self.at : end] = buf
        self.at = end
        if self.budget == 0:
            self.dead = True
            raise Dead
        self.budget -= 1
        return len(buf)

    def seek(self, to, whence=0):
        self.at = to + (0, self.at, len(self.data))[whence]
        return self.at


def work(db, log):
    state = dict(db.items())
    for round in range(15):
        for i in range(12):
            k = b"key%02d" % ((i * 7 + round * 5) % 40)
            if (i + round) % 4 == 3 and k in state:
                del db[k]
                del state[k]
            else:
                v = b"%d " % round * (1 + i * i * round % 90)
                db[k] = v
                state[k] = v
        log.append(dict(state))
        db.flush()
        log[0] = len(log) - 1
    db.close()


cuts = 0
while True:
    f = Flash(b"", cuts)
    # The number of states that are safe, and all states that were being flushed.
    log = [0, {}]
    log[0] = 1
    db = btree.open(f, pagesize=512)
    try:
        work(db, log)
        done = True
    except Dead:
        done = False
    try:
        db.close()
    except (Dead, OSError):
        pass
    after = Flash(f.data, -1)
    db = btree.open(after)
    found = dict(db.items())
    # The last that was flushed, or the one after, if its record was whole already.
    assert found == log[log[0]] or found == log[-1], (cuts, len(found))
    # And it goes on from there.
    db[b"more"] = b"data" * 300
    db.close()
    after.at = 0
    assert btree.open(after)[b"more"] == b"data" * 300
    cuts += 1
    if done:
        break
print(cuts > 60)

# Damage is an error, and never more than that.
f = Flash(b"", -1)
work(btree.open(f, pagesize=512), [0])
good = bytes(f.data)
kinds = set()
for at in range(0, len(good), 37):
    data = bytearray(good)
    data[at] ^= 0xFF
    f = Flash(data, -1)
    try:
        db = btree.open(f)
        n = len(list(db.items()))
        db[b"new"] = b"1"
        del db[b"new"]
        db.close()
        kinds.add("read")
    except OSError as e:
        kinds.add(e.errno)
        db = None
print(sorted(str(k) for k in kinds))
for junk in (b"x" * 100, good[:600], bytes(5000), good[:23]):
    try:
        print(list(btree.open(io.BytesIO(junk))))
    except OSError as e:
        print("OSError", e.errno)


# A stream that calls back.
class Back(Flash):
    def readinto(self, buf):
        if self.db:
            try:
                self.db.get(b"key01")
            except RuntimeError as e:
                print(e)
                self.db = None
        return super().readinto(buf)


b = Back(good, -1)
b.db = None
db = btree.open(b)
b.db = db
print(len(list(db)) > 10)

# An error in the middle of a change: nothing half done is committed.
f = Flash(good, -1)
db = btree.open(f)
before = dict(db.items())
f.budget = 3
try:
    for i in range(200):
        db[b"fill%d" % i] = b"z" * 100
except Dead:
    print("Dead")
f.budget = -1
f.dead = False
try:
    db.flush()
    print("flushed")
except OSError as e:
    print("OSError", e.errno)
f.at = 0
db = btree.open(Flash(f.data, -1))
assert dict(db.items()) == before
for bad in ((b"k" * 200, b""), (5, b""), (b"", None)):
    try:
        db[bad[0]] = bad[1]
    except (OSError, TypeError) as e:
        print(type(e).__name__)
