# re: something in the middle of a text; split and sub.
import re


def run(n):
    text = "the quick brown fox jumps over the lazy dog, " * 8 + "id=4711; " + "and runs away. " * 4
    ident = re.compile(r"id=(\d+)")
    word = re.compile(r"[xyz]+[a-f ]\w*")
    comma = re.compile(r",\s*")
    total = 0
    for i in range(n // 1000):
        total += len(ident.search(text).group(1))
        total += len(word.search(text).group(0))
        total += len(comma.split(text))
        total += len(re.sub(r"o\w", "0", text))
    return total
