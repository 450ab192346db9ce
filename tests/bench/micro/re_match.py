# re: lines of a log, taken apart with groups.
import re


def run(n):
    line = re.compile(r"(\d+)-(\d+)-(\d+) (\w+): ([^=]+)=(\S*)")
    pair = re.compile(r"([a-z]+)\s*=\s*(\d+|true|false)")
    total = 0
    for i in range(n // 100):
        m = line.match("2024-05-06 INFO: temperature=23.5")
        total += len(m.group(5))
        m = pair.match("interval = 1500")
        total += len(m.group(2))
        if pair.match("interval : 1500"):
            total += 1
    return total
