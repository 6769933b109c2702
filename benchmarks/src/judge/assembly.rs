//! The program that an answer is the middle of, language by language.
//!
//! Go's and Rust's tests of HumanEval-X name packages that are not part of those languages. What the
//! tests use of them is in the folder `beside`. Answers may name two more, `regex` and `md5` of Rust,
//! which are there by name only; see [`Assembly::lacks`].

use datasets::Language;
use sandbox::Toolchain;

use super::go_imports;

/// What is compiled, and what lies beside it.
pub(super) struct Assembly {
    pub source: String,
    /// Files by name.
    pub beside: Vec<(String, String)>,
    /// The toolchain, where it is not the usual one of the language.
    pub toolchain: Option<Toolchain>,
    /// What the answer uses that is not here. Where it does not compile, that may be why.
    pub lacks: Option<&'static str>,
}

pub(super) fn assemble(language: Language, beginning: &str, answer: &str, end: &str) -> Assembly {
    let usual = |source| Assembly { source, beside: Vec::new(), toolchain: None, lacks: None };
    match language {
        Language::Go if end.contains("*testing.T") => Assembly {
            beside: vec![file("testify_test.go", include_str!("beside/testify_test.go"))],
            toolchain: Some(Toolchain::GO_TESTS),
            ..usual(go_imports::gathered(beginning, answer, end))
        },
        Language::Rust if end.contains("#[test]") => Assembly {
            beside: vec![
                file("rand.rs", include_str!("beside/rand.rs")),
                file("regex.rs", "pub struct Regex;\n"),
                file("md5.rs", ""),
            ],
            toolchain: Some(Toolchain::RUST_TESTS),
            lacks: ["Regex::", "md5::"].into_iter().find(|name| answer.contains(name)),
            ..usual(closed(beginning, answer, end))
        },
        Language::Java if answer.contains("org.javatuples") => {
            Assembly { beside: javatuples(), ..usual(closed(beginning, answer, end)) }
        }
        Language::Cpp | Language::Rust | Language::Java => usual(closed(beginning, answer, end)),
        _ => usual([beginning, answer, "\n", end].concat()),
    }
}

fn file(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

/// The three parts as one. A MultiPL-E row's end begins by closing what its prompt opened, and an
/// answer that has closed that itself, as whole programs do, loses as much of either.
fn closed(beginning: &str, answer: &str, end: &str) -> String {
    let mut rest = end.trim_start();
    let mut answer = answer.trim_end();
    if rest.starts_with('}') {
        for _ in depth(answer)..-depth(end) {
            match rest.strip_prefix('}') {
                Some(after) => rest = after.trim_start(),
                None => answer = answer.strip_suffix('}').unwrap_or(answer).trim_end(),
            }
        }
    }
    [beginning, answer, "\n", rest].concat()
}

/// How many braces of a text in the manner of C are left open; fewer than none where it closes more.
fn depth(text: &str) -> i32 {
    let mut depth = 0;
    for line in text.lines() {
        let (mut quoted, mut before) = (false, ' ');
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => drop(letters.next()),
                '"' if before != '\'' => quoted = !quoted,
                _ if quoted => {}
                '/' if letters.peek() == Some(&'/') => break,
                '{' | '}' if before == '\'' && letters.peek() == Some(&'\'') => {}
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            before = letter;
        }
    }
    depth
}

/// The part of the library javatuples that MultiPL-E's tests use.
fn javatuples() -> Vec<(String, String)> {
    const TUPLE: &str = "package org.javatuples;\n\
        public abstract class Tuple implements Iterable<Object> {\n\
        private final java.util.List<Object> values;\n\
        protected Tuple(Object... values) { this.values = java.util.Arrays.asList(values); }\n\
        public int getSize() { return values.size(); }\n\
        public Object getValue(int place) { return values.get(place); }\n\
        public boolean contains(Object value) { return values.contains(value); }\n\
        public java.util.List<Object> toList() { return new java.util.ArrayList<>(values); }\n\
        public java.util.Iterator<Object> iterator() { return toList().iterator(); }\n\
        @Override public String toString() { return values.toString(); }\n\
        @Override public int hashCode() { return values.hashCode(); }\n\
        @Override public boolean equals(Object other) {\n\
        return other != null && getClass() == other.getClass() && values.equals(((Tuple) other).values); }\n}\n";
    let classes = ["Unit", "Pair", "Triplet", "Quartet", "Quintet", "Sextet", "Septet", "Octet"];
    let classes = classes.iter().enumerate().map(|(last, name)| {
        let joined = |form: &dyn Fn(usize) -> String| {
            (0..=last).map(form).collect::<Vec<_>>().join(", ")
        };
        let types = joined(&|place| format!("T{place}"));
        let taken = joined(&|place| format!("T{place} v{place}"));
        let given = joined(&|place| format!("v{place}"));
        let getters: String = (0..=last)
            .map(|n| {
                format!("@SuppressWarnings(\"unchecked\") public T{n} getValue{n}() {{ return (T{n}) getValue({n}); }}\n")
            })
            .collect();
        let text = format!(
            "package org.javatuples;\npublic final class {name}<{types}> extends Tuple {{\n\
             public {name}({taken}) {{ super({given}); }}\n\
             public static <{types}> {name}<{types}> with({taken}) {{ return new {name}<>({given}); }}\n\
             {getters}}}\n"
        );
        (format!("{name}.java"), text)
    });
    classes.chain([file("Tuple.java", TUPLE)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_has_closed_is_not_closed_again() {
        let end = "}\n\nint main() {\n    assert(f() == '{');\n}\n";
        let program = "int f() {\n  return '{';\n}\nint main() {\n    assert(f() == '{');\n}\n";
        assert_eq!(closed("", "int f() {\n  return '{';\n", end).replace("\n\n", "\n"), program);
        assert_eq!(closed("", "int f() {\n  return '{';\n}\n", end).replace("\n\n", "\n"), program);
    }

    #[test]
    fn a_class_is_opened_again_for_its_main() {
        let end = "    }\n    public static void main(String[] a) {\n    }\n\n}\n";
        let program = "class P {\n    int f() {\n    }\n    public static void main(String[] a) {\n    }\n\n}\n";
        let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        for answer in [
            "class P {\n    int f() {\n",
            "class P {\n    int f() {\n    }\n",
            "class P {\n    int f() {\n    }\n}\n",
        ] {
            assert_eq!(words(closed("", answer, end)), words(program.to_owned()), "{answer}");
        }
    }

    #[test]
    fn braces_in_text_and_comments_do_not_count() {
        assert_eq!(depth("f(\"{\\\"{\") { // {\n  c = '}';"), 1);
    }
}
