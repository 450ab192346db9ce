# hashlib: long and short messages.
import hashlib


def run(n):
    block = bytes(range(256)) * 16
    total = 0
    for i in range(n // 1000):
        for kind in (hashlib.sha256, hashlib.sha1, hashlib.md5):
            h = kind(block)
            h.update(b"tail")
            total += h.digest()[0]
            total += kind(b"short").digest()[1]
    return total
