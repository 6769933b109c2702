//! One list of imports for a Go program that is put together from parts.
//!
//! Go refuses a package that is imported and not used, and one that is used and not imported. The
//! authors of HumanEval-X drop what a prompt imports and import what the answer uses, of a short list;
//! so is it done here. They look for a package's name anywhere in the answer, so that `number of
//! bytes.` in a comment imports `bytes` and does not compile; here it must be used.

/// The packages that are imported where an answer uses them.
const HELPERS: [&str; 10] = [
    "math",
    "strings",
    "fmt",
    "strconv",
    "time",
    "bytes",
    "regexp",
    "sort",
    "math/rand",
    "crypto/md5",
];

/// What stands beside the program for it.
const TESTIFY: &str = "\"github.com/stretchr/testify/assert\"";

/// The program of these parts.
pub(super) fn gathered(beginning: &str, answer: &str, end: &str) -> String {
    let (begun, rest_of_beginning) = split(beginning);
    let (own, answer) = split(answer);
    let mut imports: Vec<String> = begun.iter().map(|&spec| spec.to_owned()).collect();
    for spec in own {
        if !HELPERS.iter().any(|path| spec == quoted(path)) && !imports.iter().any(|it| it == spec)
        {
            imports.push(spec.to_owned());
        }
    }
    for path in HELPERS {
        let spec = quoted(path);
        if uses(&answer, path) && !imports.contains(&spec) {
            imports.push(spec);
        }
    }
    imports.retain(|spec| spec != TESTIFY);
    let imports = imports.join("\n");
    format!("package main\nimport (\n{imports}\n)\n{rest_of_beginning}{answer}\n{end}")
}

fn quoted(path: &str) -> String {
    format!("\"{path}\"")
}

/// The imports of a source, and the source without them and without its package.
fn split(source: &str) -> (Vec<&str>, String) {
    let (mut imports, mut rest, mut within, mut declared) =
        (Vec::new(), String::new(), false, false);
    for line in source.lines() {
        let code = line.split("//").next().unwrap_or_default().trim();
        let first = code.split([' ', '(']).next().unwrap_or_default();
        match (within, first) {
            (true, _) if code.starts_with(')') => within = false,
            (true, _) if code.is_empty() => {}
            (true, _) => imports.push(code.trim_end_matches(';')),
            (false, "package" | "import") if declared => rest += &format!("{line}\n"),
            (false, "package") => {}
            (false, "import") => match code["import".len()..].trim().strip_prefix('(') {
                Some(group) => {
                    let (specs, closed) =
                        group.split_once(')').map_or((group, false), |it| (it.0, true));
                    within = !closed;
                    imports.extend(specs.split(';').map(str::trim).filter(|it| !it.is_empty()));
                }
                None => imports.push(code["import".len()..].trim().trim_end_matches(';')),
            },
            (false, _) => {
                declared |= matches!(first, "func" | "type" | "var" | "const");
                rest += &format!("{line}\n");
            }
        }
    }
    (imports, rest)
}

/// Whether `source` names something of the package: `sort.Ints`.
fn uses(source: &str, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    source.lines().any(|line| {
        let code = line.split("//").next().unwrap_or_default();
        code.match_indices(name).any(|(place, _)| {
            let before = code[..place].chars().next_back();
            let mut after = code[place + name.len()..].chars();
            !before.is_some_and(|it| it.is_alphanumeric() || it == '_' || it == '.')
                && after.next() == Some('.')
                && after.next().is_some_and(char::is_uppercase)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_is_imported_once_and_what_is_not_used_is_dropped() {
        let setup = "package main\n\nimport (\n    \"testing\"\n    \"math\"\n    \"github.com/stretchr/testify/assert\"\n)\n";
        let answer = "package main\n\nimport (\n    \"strings\"\n    s \"strconv\"\n    \"unicode\"\n)\n\n// a number of bytes.\nfunc F(x float64) float64 {\n    return math.Abs(x) + my.sort.X + operand.X\n}\n";
        let program = gathered(setup, answer, "func TestF(t *testing.T) {}\n");
        let (imports, rest) = split(&program);
        assert_eq!(imports, ["\"testing\"", "\"math\"", "s \"strconv\"", "\"unicode\""]);
        assert!(
            rest.contains("// a number of bytes.\nfunc F(") && rest.contains("func TestF("),
            "{rest}"
        );
        assert_eq!(program.matches("package main").count(), 1, "{program}");
    }

    #[test]
    fn imports_stand_in_several_forms() {
        let (imports, rest) =
            split("import \"fmt\"\nimport (\"a\"; \"b\")\nfunc f() {}\nimport x\n");
        assert_eq!(imports, ["\"fmt\"", "\"a\"", "\"b\""]);
        assert_eq!(rest, "func f() {}\nimport x\n");
    }
}
