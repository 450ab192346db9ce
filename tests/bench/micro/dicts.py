# Dicts: store, load, membership and iteration, with words and numbers for keys.
def run(n):
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]
    total = 0
    counts = {}
    for i in range(n // 4):
        word = words[i & 7]
        counts[word] = counts.get(word, 0) + 1
        if i in counts:
            total += counts[i]
        counts[i & 63] = i
    for key, value in counts.items():
        total += value
    return total
