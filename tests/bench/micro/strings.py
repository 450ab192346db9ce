# Strings: joining, formatting, splitting, searching.
def run(n):
    total = 0
    for i in range(n // 20):
        text = "item-" + str(i) + ",%d" % (i * 2)
        parts = text.split(",")
        line = ";".join(parts) + f"<{i:04x}>"
        total += len(line) + line.find(";") + text.replace("i", "I").count("I")
    return total
