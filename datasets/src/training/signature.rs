//! The parameters of a Python function, read from its `def`.
//!
//! This is no parser of Python: it reads what starter code looks like, and answers nothing where a
//! `def` looks otherwise.

/// The names of the parameters of `function` in `source`, without `self`.
pub(super) fn parameters(source: &str, function: &str) -> Option<Vec<String>> {
    let (_, rest) = source.split_once(&format!("def {function}("))?;
    let mut names = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, character) in rest.char_indices() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => {
                names.push(&rest[start..at]);
                break;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(&rest[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    let name = |parameter: &&str| -> Option<String> {
        let name = parameter.split([':', '=']).next()?.trim();
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        (plain && !name.is_empty()).then(|| name.to_owned())
    };
    let names = names.iter().filter(|it| !it.trim().is_empty() && it.trim() != "self");
    names.map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_past_types_and_defaults() {
        let source =
            "class Solution:\n    def f(self, a: Dict[str, int], b: int = 3, c=(1, 2)) -> int:";
        assert_eq!(parameters(source, "f").unwrap(), ["a", "b", "c"]);
        assert_eq!(parameters("def f():", "f").unwrap(), [""; 0]);
        assert_eq!(parameters("def f(*a):", "f"), None);
        assert_eq!(parameters("def g(a):", "f"), None);
    }
}
