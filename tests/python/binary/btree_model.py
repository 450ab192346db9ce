# btree against a dict, over random changes, reopening now and then.
import btree
import io

seed = 7


def rand(n):
    global seed
    seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
    return (seed >> 8) % n


def key():
    k = rand(150)
    return b"k%03d" % k + b"x" * (k % 7 * 15)


def value():
    n = (0, 3, 40, 120, 300, 1500)[rand(6)]
    return bytes([rand(256)]) * rand(n + 1)


def same(db, model):
    keys = sorted(model)
    assert list(db) == keys
    assert list(db.items()) == [(k, model[k]) for k in keys]
    assert list(db.keys(None, None, btree.DESC)) == keys[::-1]
    a = key()
    b = key()
    assert list(db.keys(a, b)) == [k for k in keys if a <= k < b]
    assert list(db.values(a, b, btree.INCL)) == [model[k] for k in keys if a <= k <= b]
    down = [k for k in keys[::-1] if b < k <= a]
    assert list(db.keys(a, b, btree.DESC)) == down


for pagesize in (512, 1024, 4096):
    f = io.BytesIO()
    db = btree.open(f, pagesize=pagesize)
    model = {}
    for step in range(3000):
        k = key()
        op = rand(10)
        # Grows first, then shrinks.
        if op < (7 if step < 1500 else 3):
            v = value()
            db[k] = v
            model[k] = v
        elif op < 9:
            assert (k in db) == (k in model)
            if k in model:
                del db[k]
                del model[k]
            else:
                try:
                    del db[k]
                    assert False
                except KeyError:
                    pass
        else:
            assert db.get(k) == model.get(k)
        if step % 200 == 0:
            same(db, model)
        if step % 331 == 0:
            db.flush()
        if step % 700 == 0:
            db.close()
            db = btree.open(f)
            same(db, model)
    for k in sorted(model):
        del db[k]
        del model[k]
    same(db, model)
    db.close()
    size = len(f.getvalue())
    print(pagesize, size % pagesize, list(btree.open(f)))

# Keys in order fill their pages.
f = io.BytesIO()
db = btree.open(f, pagesize=512)
for i in range(1000):
    db[b"%06d" % i] = b"value"
db.close()
print(len(f.getvalue()) < 1000 * 19 * 1.2 + 3000)

# Changes while going through it.
db = btree.open(f)
seen = 0
for k in db.keys(b"000100"):
    seen += 1
    del db[k]
print(seen, len(list(db)))
print(db.seq(3), db.seq(7), db.seq(9), db.seq(6))
db.close()
