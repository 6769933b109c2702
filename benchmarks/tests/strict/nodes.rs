//! Methods that take and return linked lists and trees.

use benchmarks::Outcome;
use datasets::{Case, Contest, Problem, Shape, Shapes, Tests, Value};

use crate::verdict;

fn python(text: &str) -> Value {
    Value::from_python(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The method `f` of one argument with a known result.
fn problem((from, input): (Shape, &str), (to, result): (Shape, &str)) -> Problem {
    let case = Case { arguments: vec![python(input)], expected: python(result) };
    let shapes = Shapes { arguments: vec![from], result: to };
    let tests = Tests::Functional { cases: vec![case], tolerance: 1e-5, shapes };
    Problem { contest: Some(Contest::default()), ..crate::problem("f", tests) }
}

async fn outcome(problem: &Problem, body: &str) -> (Outcome, String) {
    let source = format!("class Solution:\n    def f(self, x):\n        {body}\n");
    let verdict = verdict(problem, &source).await;
    (verdict.outcome, verdict.message)
}

#[tokio::test]
async fn trees_and_lists_come_as_nodes_and_are_compared_by_their_values() {
    let tree = (Shape::BinaryTree, "[1, None, 2, 3]");
    let turned = problem(tree, (Shape::BinaryTree, "[1, 2, None, None, 3]"));
    let turn = "if x: x.left, x.right = self.f(x.right), self.f(x.left)\n        return x";
    assert_eq!(outcome(&turned, turn).await.0, Outcome::Accepted);
    assert_eq!(
        outcome(&turned, "return x").await,
        (Outcome::WrongAnswer, "it returned [1, None, 2, 3] on test 0".to_owned())
    );
    let list = problem((Shape::Plain, "[1, 2]"), (Shape::LinkedList, "[2, 1]"));
    let make = "return ListNode(x[1], ListNode(x[0]))";
    assert_eq!(outcome(&list, make).await.0, Outcome::Accepted);
    let none = problem((Shape::LinkedList, "[]"), (Shape::LinkedList, "[]"));
    assert_eq!(outcome(&none, "assert x is None").await.0, Outcome::Accepted);
}

#[tokio::test]
async fn an_answer_may_bring_its_own_nodes() {
    let own = "class ListNode:\n    def __init__(self, val):\n        self.val, self.next = val, None\n    \
               def own(self):\n        return self\n\
               class Solution:\n    def f(self, x):\n        return x.own()\n";
    let same = problem((Shape::LinkedList, "[1, 2]"), (Shape::LinkedList, "[1, 2]"));
    assert_eq!(verdict(&same, own).await.outcome, Outcome::Accepted);
}

#[tokio::test]
async fn what_has_no_end_and_what_is_no_node_fails() {
    let list = problem((Shape::Plain, "1"), (Shape::LinkedList, "[1, 1]"));
    let circle = "node = ListNode(1)\n        node.next = node\n        return node";
    let (failed, message) = outcome(&list, circle).await;
    assert!(failed != Outcome::Accepted && message.contains("no end"), "{message}");
    let (failed, message) = outcome(&list, "return [1, 1]").await;
    assert!(failed != Outcome::Accepted && message.contains("a list and no linked"), "{message}");

    let tree = problem((Shape::Plain, "1"), (Shape::BinaryTree, "[1, None, 2]"));
    let twice = "node = TreeNode(1)\n        node.left = node.right = node\n        return node";
    assert_ne!(outcome(&tree, twice).await.0, Outcome::Accepted);
    // A node without a value is not the lack of one.
    let empty = "return TreeNode(1, TreeNode(None), TreeNode(2))";
    assert_ne!(outcome(&tree, empty).await.0, Outcome::Accepted);
    assert_eq!(outcome(&tree, "return TreeNode(1, None, TreeNode(2))").await.0, Outcome::Accepted);
    let equal = "class E:\n            def __eq__(self, other): return True\n        \
                 return TreeNode(1, None, TreeNode(E()))";
    assert_ne!(outcome(&tree, equal).await.0, Outcome::Accepted);
}

#[tokio::test]
async fn both_kinds_of_nodes_are_there_where_one_is() {
    let list = problem((Shape::LinkedList, "[1]"), (Shape::Plain, "1"));
    assert_eq!(outcome(&list, "return TreeNode(x.val).val").await.0, Outcome::Accepted);
}
