# re: patterns that must try again.
import re


def run(n):
    quoted = re.compile(r'.*"(.*)".*')
    nested = re.compile(r"(a|ab)(c|bcd)(d*)$")
    lazy = re.compile(r"<(.+?)>")
    total = 0
    for i in range(n // 200):
        total += len(quoted.match('say "hello" to "them" now').group(1))
        total += len(nested.match("abcd").group(1))
        total += len(lazy.search("text with <several> <tags> in it").group(1))
    return total
