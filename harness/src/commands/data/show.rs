//! `ra3 data show`: a benchmark's problems by name, or one of them in full.

use std::fmt::Write;
use std::iter;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use datasets::{
    Case, Dataset, DatasetName, Problem, Programs, Refusal, Shape, TestCase, Tests, Value,
};
use serde_json::json;

/// Inputs of a problem that are printed for people, who have seen enough then.
const SHOWN: usize = 5;
/// Characters of an input that are printed for people.
const WIDTH: usize = 200;

/// Show a problem: what is asked, how it is tested, and a right answer.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 data show mini
  ra3 data show humaneval HumanEval/0
  ra3 data show mbpp+ Mbpp/2 --json | jq -r .reference
  ra3 data show taco --data train.parquet --max-tests 15

Rows of a training set that are no problems to this program are listed last, with the reason.")]
pub(super) struct ShowArgs {
    /// A benchmark or a training set; `ra3 data list` shows their names.
    benchmark: DatasetName,
    /// A problem; without one, all are listed.
    id: Option<String>,
    /// The file to read the benchmark from, instead of the fetched one, or a folder of them; may be given
    /// more than once.
    #[arg(long, value_name = "PATH")]
    data: Vec<PathBuf>,
    /// Show of each problem's tests only so many, those with the longest inputs.
    #[arg(long, value_name = "COUNT")]
    max_tests: Option<NonZeroUsize>,
    /// Print JSON: the problem, or a list of ids. Values are Python literals.
    #[arg(long)]
    json: bool,
}

/// Print one problem or the list of them.
pub(super) fn run(arguments: &ShowArgs) -> anyhow::Result<ExitCode> {
    let benchmark = arguments.benchmark;
    let mut dataset = Dataset::open_all(benchmark, &arguments.data)?;
    if let Some(most) = arguments.max_tests {
        dataset.cap_tests(most);
    }
    let text = match &arguments.id {
        Some(id) => {
            let problem = dataset.get(id).with_context(|| {
                format!("{benchmark} has no problem `{id}`; `ra3 data show {benchmark}` lists them")
            })?;
            match arguments.json {
                true => serde_json::to_string_pretty(&as_json(problem))?,
                false => readable(problem),
            }
        }
        None if arguments.json => {
            let ids: Vec<_> = dataset.problems.iter().map(|problem| &problem.id).collect();
            serde_json::to_string_pretty(&ids)?
        }
        None => listing(&dataset.problems) + &refusals(&dataset.refused),
    };
    crate::commands::print(text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

fn listing(problems: &[Problem]) -> String {
    let name = |problem: &Problem| problem.entry_point.clone().unwrap_or_else(|| "-".to_owned());
    let width =
        |lengths: &mut dyn Iterator<Item = usize>, least| lengths.fold(least, usize::max) + 1;
    let ids = width(&mut problems.iter().map(|problem| problem.id.chars().count()), 27);
    let names = width(&mut problems.iter().map(|problem| name(problem).chars().count()), 35);
    let rows = problems.iter().map(|problem| {
        let tests = tests_in_short(&problem.tests);
        format!("{:<ids$}{:<names$}{tests}\n", problem.id, name(problem))
    });
    rows.collect()
}

/// The rows that are no problems, and how many they are.
fn refusals(refused: &[Refusal]) -> String {
    if refused.is_empty() {
        return String::new();
    }
    let rows = refused
        .iter()
        .map(|Refusal { id, position, reason }| format!("{id:<28} {position}: {reason}\n"));
    format!("\n{} refused:\n{}", refused.len(), rows.collect::<String>())
}

fn tests_in_short(tests: &Tests) -> String {
    match tests {
        Tests::Check { .. } => "a check function".to_owned(),
        Tests::Main { .. } => "a program around it".to_owned(),
        Tests::Asserts { asserts, .. } => format!("{} asserts", asserts.len()),
        Tests::Functional { cases, .. } => format!("{} calls", cases.len()),
        Tests::Differential(tests) => {
            format!("{} base and {} plus inputs", tests.base.len(), tests.plus.len())
        }
        Tests::Programs(programs) => format!("{} inputs with outputs", programs.cases.len()),
        Tests::InputOutput(cases) => format!("{} inputs with outputs", cases.len()),
    }
}

fn readable(problem: &Problem) -> String {
    let entry_point = problem.entry_point.as_ref();
    let entry_point = entry_point.map_or(String::new(), |name| format!(", entry point {name}"));
    let tests = tests_in_short(&problem.tests);
    let mut text = format!("{}{entry_point}, tested by {tests}\n", problem.id);
    section("Prompt", &problem.prompt, &mut text);
    section("Tests", &tests_in_full(&problem.tests), &mut text);
    if let Some(reference) = &problem.reference {
        section("Reference", reference, &mut text);
    }
    text
}

fn section(title: &str, body: &str, text: &mut String) {
    *text += &format!("\n--- {title} ---\n{}\n", body.trim_matches('\n'));
}

fn tests_in_full(tests: &Tests) -> String {
    match tests {
        Tests::Check { source } => source.clone(),
        Tests::Main { beginning, end } => format!("{beginning}...\n{end}"),
        Tests::Asserts { setup, asserts } => format!("{setup}\n{}", asserts.join("\n")),
        Tests::Functional { cases, tolerance, shapes } => {
            let calls = cases.iter().map(|Case { arguments, expected }| {
                let expected = written(shapes.result, expected);
                format!("{} -> {expected}", call(arguments, &shapes.arguments))
            });
            let within =
                if *tolerance > 0.0 { format!("within {tolerance:?}\n") } else { String::new() };
            format!("{within}{}", first_lines(calls))
        }
        Tests::Differential(tests) => {
            let calls =
                |inputs: &[Vec<Value>]| first_lines(inputs.iter().map(|input| call(input, &[])));
            let (base, plus) = (calls(&tests.base), calls(&tests.plus));
            format!("base:\n{base}plus:\n{plus}tolerance {:?}", tests.atol)
        }
        Tests::Programs(Programs { cases, .. }) | Tests::InputOutput(cases) => first_lines(
            cases.iter().map(|TestCase { stdin, expected }| format!("{stdin:?} -> {expected:?}")),
        ),
    }
}

fn call(arguments: &[Value], shapes: &[Shape]) -> String {
    let shapes = shapes.iter().copied().chain(iter::repeat(Shape::Plain));
    let arguments: Vec<_> = shapes.zip(arguments).map(|(it, value)| written(it, value)).collect();
    format!("({})", arguments.join(", "))
}

/// A value behind the name of what it stands for.
fn written(shape: Shape, value: &Value) -> String {
    [shape.node(), &value.to_python()].concat()
}

/// The first of many lines, each cut to a readable width, and how many more there are.
fn first_lines(lines: impl ExactSizeIterator<Item = String>) -> String {
    let more = lines.len().saturating_sub(SHOWN);
    let mut text = String::new();
    for line in lines.take(SHOWN) {
        match line.char_indices().nth(WIDTH) {
            Some((cut, _)) => text += &format!("  {}...\n", &line[..cut]),
            None => text += &format!("  {line}\n"),
        }
    }
    if more > 0 {
        writeln!(text, "  and {more} more").expect("a String takes whatever is written");
    }
    text
}

fn as_json(problem: &Problem) -> serde_json::Value {
    let literals = |values: &[Value]| values.iter().map(Value::to_python).collect::<Vec<_>>();
    let inputs = |inputs: &[Vec<Value>]| inputs.iter().map(|i| literals(i)).collect::<Vec<_>>();
    let tests = match &problem.tests {
        Tests::Main { beginning, end } => {
            json!({ "form": "main", "beginning": beginning, "end": end })
        }
        Tests::Check { source } => json!({ "form": "check", "source": source }),
        Tests::Asserts { setup, asserts } => {
            json!({ "form": "asserts", "setup": setup, "asserts": asserts })
        }
        Tests::Functional { cases, tolerance, shapes } => {
            let cases = cases.iter().map(|Case { arguments, expected }| {
                json!({ "arguments": literals(arguments), "expected": expected.to_python() })
            });
            let cases: Vec<_> = cases.collect();
            let mut tests = json!({ "form": "functional", "tolerance": tolerance, "cases": cases });
            if !shapes.are_plain() {
                let nodes: Vec<_> = shapes.arguments.iter().map(|shape| shape.node()).collect();
                tests["nodes"] = json!({ "arguments": nodes, "result": shapes.result.node() });
            }
            tests
        }
        Tests::Differential(tests) => json!({
            "form": "differential",
            "base": inputs(&tests.base),
            "plus": inputs(&tests.plus),
            "atol": tests.atol,
        }),
        Tests::Programs(Programs { cases, .. }) | Tests::InputOutput(cases) => {
            let cases = cases
                .iter()
                .map(|TestCase { stdin, expected }| json!({ "stdin": stdin, "stdout": expected }));
            json!({ "form": "stdio", "cases": cases.collect::<Vec<_>>() })
        }
    };
    json!({
        "id": problem.id,
        "prompt": problem.prompt,
        "entry_point": problem.entry_point,
        "reference": problem.reference,
        "tests": tests,
    })
}
