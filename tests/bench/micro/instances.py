# Making and dropping instances.
class Node:
    def __init__(self, value, next):
        self.value = value
        self.next = next


def run(n):
    total = 0
    for i in range(n // 10):
        head = None
        for j in range(3):
            head = Node(j, head)
        total += head.value + head.next.value
    return total
