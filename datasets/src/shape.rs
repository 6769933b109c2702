//! Linked lists and binary trees, which problem statements write as lists of values.

use crate::Value;

/// What a value stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Itself.
    #[default]
    Plain,
    /// The values of a linked list, from its head on. An empty one is `None`.
    LinkedList,
    /// The values of a binary tree, level by level: after the root two for each node, `None` where it has no
    /// child there, and nothing behind the last value. An empty one is `None`.
    BinaryTree,
}

impl Shape {
    /// The class of its nodes, as LeetCode calls it; empty for a plain value.
    pub const fn node(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::LinkedList => "ListNode",
            Self::BinaryTree => "TreeNode",
        }
    }

    /// Bring `values` into the one form in which they stand for this.
    pub(crate) fn normal(self, mut values: Vec<Value>) -> Result<Vec<Value>, String> {
        if self == Self::BinaryTree {
            if values.first() == Some(&Value::None) {
                return Err("the root of a tree is `None`".to_owned());
            }
            values.truncate(reach(&values));
            let last = values.iter().rposition(|value| *value != Value::None);
            values.truncate(last.map_or(0, |last| last + 1));
        }
        Ok(values)
    }
}

/// How many of a tree's values have a node to hang on.
fn reach(values: &[Value]) -> usize {
    let (mut nodes, mut parent, mut end) = (values.len().min(1), 0, values.len().min(1));
    while parent < nodes && end < values.len() {
        let children = &values[end..values.len().min(end + 2)];
        nodes += children.iter().filter(|child| **child != Value::None).count();
        end += children.len();
        parent += 1;
    }
    end
}

/// What the arguments of a problem's calls stand for, and what its results do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shapes {
    /// One for each argument; of those behind the last, themselves.
    pub arguments: Vec<Shape>,
    /// Of the result.
    pub result: Shape,
}

impl Shapes {
    /// Whether every value stands for itself.
    pub fn are_plain(&self) -> bool {
        let mut all = self.arguments.iter().chain([&self.result]);
        all.all(|shape| *shape == Shape::Plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(shape: Shape, values: &str) -> Result<String, String> {
        let Value::List(values) = Value::from_python(values).unwrap() else { panic!() };
        shape.normal(values).map(|values| Value::List(values).to_python())
    }

    #[test]
    fn a_tree_is_written_in_one_way() {
        for (written, tree) in [
            ("[]", "[]"),
            ("[3, 9, 20, None, None, 15, 7]", "[3, 9, 20, None, None, 15, 7]"),
            ("[1, None, 2, None, None]", "[1, None, 2]"),
            ("[1, None, None, 4, 5]", "[1]"),
            ("[1, 2, None, None, 3, 4, None, 5]", "[1, 2, None, None, 3, 4, None, 5]"),
        ] {
            assert_eq!(normal(Shape::BinaryTree, written).unwrap(), tree);
        }
        assert!(normal(Shape::BinaryTree, "[None, 1]").is_err());
    }

    #[test]
    fn a_list_may_hold_anything() {
        assert_eq!(normal(Shape::LinkedList, "[1, None]").unwrap(), "[1, None]");
    }
}
