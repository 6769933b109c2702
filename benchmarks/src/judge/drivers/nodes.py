# Linked lists and binary trees. They come as lists of values and are told as such: a tree level by level,
# after the root two for each node, None where it has no child there, and nothing behind the last value.


class ListNode:
    def __init__(self, val=0, next=None):
        self.val = val
        self.next = next


class TreeNode:
    def __init__(self, val=0, left=None, right=None):
        self.val = val
        self.left = left
        self.right = right


NODES = {"ListNode": ListNode, "TreeNode": TreeNode}

# What has more is taken for one that leads back into itself.
MOST_NODES = 1 << 20


def on_nodes(function, space, nodes):
    """`function`, of nodes that are made of values, and with values for the nodes that it returns."""
    *given, returned = nodes

    def answer(*arguments):
        made = [making(kind, space, it) if kind else it for kind, it in zip(given, arguments)]
        result = function(*made)
        return values_of(returned, result) if returned else result

    return answer


def making(kind, space, values):
    """The first node for `values`. A program may have a class of its own by that name."""
    return (list_of if kind == "ListNode" else tree_of)(space[kind], values)


def list_of(node, values):
    first = None
    for value in reversed(values):
        following, first = first, node(value)
        first.next = following
    return first


def tree_of(node, values):
    made = [it if it is None else node(it) for it in values]
    children = iter(made[1:])
    for parent in made:
        if parent is not None:
            parent.left, parent.right = next(children, None), next(children, None)
    return made[0] if made else None


def values_of(kind, first):
    name, values = ("linked list", along) if kind == "ListNode" else ("tree", by_levels)
    try:
        return values(first)
    except AttributeError:
        raise TypeError(f"it returned a {type(first).__name__} and no {name}") from None


def along(node):
    values = []
    while node is not None:
        require_end(values)
        values.append(node.val)
        node = node.next
    return values


def by_levels(first):
    values, level = [], [first]
    while level:
        below = []
        for node in level:
            require_end(values)
            if node is None:
                values.append(None)
            elif node.val is None:
                # As a value this would be the lack of a node.
                raise ValueError("a node of the tree that it returned has no value")
            else:
                values.append(node.val)
                below += (node.left, node.right)
        level = below
    while values and values[-1] is None:
        values.pop()
    return values


def require_end(values):
    if len(values) == MOST_NODES:
        raise ValueError("what it returned has no end")
