# str methods one by one.
def run(n):
    text = "The quick brown fox jumps over the lazy dog; " * 4
    total = 0
    for i in range(n // 200):
        total += len(text.split()) + len(text.split(";")) + text.find("lazy") + text.rfind("fox")
        total += len(text.replace("o", "00")) + text.count("the") + len(text.upper()) + len(text.lower())
        total += len("-".join(("a", "bc", "def"))) + len("  x ".strip()) + text.startswith("The") + text.endswith("; ")
        total += len("{}:{}".format(i, "v")) + len("%s=%d" % ("k", i)) + "123".isdigit() + len(text.partition(";")[0])
        total += text.index("jumps") + len(text[4:40]) + len(text.encode()) + ("lazy" in text)
    return total
