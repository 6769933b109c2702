//! Problem packages of the ICPC kind: statement, tests, validators and submissions with the verdicts
//! that they must get, each package a row of JSON with its files.
//!
//! Packages that name no validator are for Kattis' default one, see [`comparison`]. One that names a
//! validator of which we can make no use has several right answers and nothing to know them by.
//!
//! Left out: input validators, which check the tests and not the answers; groups of tests with scores of
//! their own, of which the share of passed tests is what remains; validators of several sources, and
//! those that want flags; and settings in YAML that are not each on a line.

mod comparison;

use std::path::Path;
use std::time::Duration;

use self::comparison::Comparison;
use crate::content::Content;
use crate::programs::{self, sensible_time};
use crate::row::{Row, rows};
use crate::{Answers, Error, Language, Problem, Programs, Streams, TestCase, Value};

/// A problem with programs that were written to try its tests.
#[derive(Clone, Debug)]
pub struct Package {
    /// The problem.
    pub problem: Problem,
    /// The programs.
    pub submissions: Vec<Submission>,
}

/// A program and what must become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The name of its file, whose end says its language.
    pub file: String,
    /// The folder it lies in: `accepted`, `wrong_answer`, ...
    pub expected: String,
    /// Its source.
    pub source: String,
}

/// A program that says whether an output is right, in the manner of Kattis: it is called with the
/// files of the input and the answer and a folder, reads the output on its standard input, and exits
/// with 42 where it accepts it and 43 where it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    /// The language of its source.
    pub language: Language,
    /// Its source.
    pub source: String,
    /// Other files that it includes, by name.
    pub headers: Vec<(String, String)>,
}

/// What a package grants that names no limits.
const TIME: Duration = Duration::from_secs(2);
const MEMORY: u64 = 1 << 30;

impl Package {
    /// The packages in the file `path`.
    pub fn load(path: &Path) -> Result<Vec<Self>, Error> {
        rows(path, &Content::read(path)?)?.iter_mut().map(Self::of).collect()
    }

    fn of(row: &mut Row) -> Result<Self, Error> {
        Ok(Self { problem: self::problem(row)?, submissions: submissions(row)? })
    }
}

/// The problem of the package in a row. A program that answers it is one in Python.
pub(crate) fn problem(row: &mut Row) -> Result<Problem, Error> {
    let name = row.string("name")?;
    let files = Files::of(row)?;
    let settings = files.get("problem.yaml").unwrap_or_default();
    let memory = setting(settings, "memory:").and_then(|mib| mib.parse::<u64>().ok());
    let programs = Programs {
        cases: files.cases(),
        time: time(settings).map_err(|reason| row.bad("files", reason))?,
        memory: memory.filter(|mib| (1..=4096).contains(mib)).map_or(MEMORY, |mib| mib << 20),
        answers: files.answers(settings),
        streams: Streams::Standard,
    };
    let prompt = files.statement().unwrap_or_default().to_owned();
    Ok(programs::problem(name, prompt, programs))
}

fn time(settings: &str) -> Result<Duration, String> {
    match setting(settings, "time_limit:") {
        None | Some("") => Ok(TIME),
        Some(text) => text
            .parse()
            .map_err(|_| format!("`{text}` is no number"))
            .and_then(sensible_time)
            .map_err(|reason| format!("`time_limit` in problem.yaml: {reason}")),
    }
}

/// The value of a setting in a file of settings, at whatever depth.
fn setting<'a>(settings: &'a str, name: &str) -> Option<&'a str> {
    let line = settings.lines().find_map(|line| line.trim_start().strip_prefix(name))?;
    Some(without_comment(line).trim().trim_matches(['"', '\'']))
}

/// The words of a setting that is a text or a list.
fn words(settings: &str, name: &str) -> Option<Vec<String>> {
    let mut lines = settings.lines().map(without_comment);
    let value = lines.find_map(|line| line.trim_start().strip_prefix(name))?;
    // The entries of a list may stand on the lines below.
    let below = lines.take_while(|line| value.is_empty() && line.starts_with([' ', '-']));
    let texts = std::iter::once(value).chain(below.map(|line| line.trim_start_matches([' ', '-'])));
    let words = texts.flat_map(|text| text.split([' ', '\t', ',', '[', ']', '"', '\'']));
    Some(words.filter(|word| !word.is_empty()).map(str::to_owned).collect())
}

fn without_comment(line: &str) -> &str {
    line.split('#').next().unwrap_or_default().trim_end()
}

/// The files of a package by their paths, in the order of those.
struct Files(Vec<(String, String)>);

impl Files {
    fn of(row: &mut Row) -> Result<Self, Error> {
        let Value::Dict(pairs) = row.take("files")? else {
            let reason = "must be an object of texts".to_owned();
            return Err(Error::BadField { at: row.location(), field: "files".to_owned(), reason });
        };
        let mut files: Vec<(String, String)> = pairs
            .into_iter()
            .filter_map(|pair| match pair {
                (Value::Str(path), Value::Str(text)) => Some((path, text)),
                _ => None,
            })
            .collect();
        files.sort();
        Ok(Self(files))
    }

    fn get(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == path).map(|(_, text)| text.as_str())
    }

    fn statement(&self) -> Option<&str> {
        let is_statement = |path: &str| path.ends_with("problem.en.tex");
        self.0.iter().find(|(path, _)| is_statement(path)).map(|(_, text)| text.as_str())
    }

    /// The paths of the tests, without the end: samples before secret ones.
    fn tests(&self) -> impl Iterator<Item = &str> {
        let inputs = self.0.iter().filter_map(|(path, _)| path.strip_suffix(".in"));
        inputs.filter(|path| path.starts_with("data/"))
    }

    /// The tests. A file may be a link to another.
    fn cases(&self) -> Vec<TestCase> {
        let case = |path: &str| {
            let text = |end: &str| self.resolved(&format!("{path}{end}"));
            Some(TestCase { stdin: text(".in")?.to_owned(), expected: text(".ans")?.to_owned() })
        };
        self.tests().filter_map(case).collect()
    }

    fn resolved(&self, path: &str) -> Option<&str> {
        let text = self.get(path)?;
        let Some(link) = text.strip_prefix("../") else { return Some(text) };
        let folder = Path::new(path).parent()?.parent()?;
        self.get(&folder.join(link.trim()).display().to_string()).or(Some(text))
    }

    fn answers(&self, settings: &str) -> Answers {
        let says = |name, word| setting(settings, name).is_some_and(|it| it.contains(word));
        let interactive = says("type:", "interactive") || says("validation:", "interactive");
        let custom = says("validation:", "custom") || self.validator_files().next().is_some();
        let flags = self.flags(settings);
        if !interactive && !custom {
            let comparison = flags.and_then(|flags| Comparison::of(&flags));
            return comparison.map_or(Answers::Several, |it| it.answers());
        }
        // A validator without the flags that it wants may accept anything.
        let validator = self.validator().filter(|_| flags.is_some_and(|flags| flags.is_empty()));
        match validator {
            Some(validator) if interactive => Answers::Conversed(validator),
            None if interactive => Answers::Interactive,
            Some(validator) => Answers::Validated(validator),
            None => Answers::Several,
        }
    }

    /// The flags for the validator, unless they are not the same in all tests.
    fn flags(&self, settings: &str) -> Option<Vec<String>> {
        let of_all = words(settings, "validator_flags:").unwrap_or_default();
        let mut of_each = self.tests().map(|test| self.flags_of(test));
        let first = of_each.next().unwrap_or_default();
        of_each.all(|flags| flags == first).then(|| [of_all, first].concat())
    }

    /// The flags of a test: its own, else those of its group, else those of the group around that.
    fn flags_of(&self, test: &str) -> Vec<String> {
        let of_group = |group: &Path| {
            ["test_group.yaml", "testdata.yaml"].map(|name| group.join(name).display().to_string())
        };
        let of_groups = Path::new(test).ancestors().skip(1).flat_map(of_group);
        let mut files = std::iter::once(format!("{test}.yaml")).chain(of_groups);
        let flags = files.find_map(|file| {
            let settings = self.get(&file)?;
            let names = ["output_validator_args:", "output_validator_flags:"];
            names.into_iter().find_map(|name| words(settings, name))
        });
        flags.unwrap_or_default()
    }

    fn validator_files(&self) -> impl Iterator<Item = &(String, String)> {
        self.0.iter().filter(|(path, _)| path.starts_with("output_validator"))
    }

    /// The validator, where it is one source in a language that we know.
    fn validator(&self) -> Option<Validator> {
        let is_source = |path: &str| language(path).is_some();
        let mut sources = self.validator_files().filter(|(path, _)| is_source(path));
        let (Some((path, source)), None) = (sources.next(), sources.next()) else { return None };
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let headers = self.validator_files().filter(|(path, _)| !is_source(path));
        Some(Validator {
            language: language(path)?,
            source: source.clone(),
            headers: headers.map(|(path, text)| (name(path), text.clone())).collect(),
        })
    }
}

impl Submission {
    /// The language that the name of its file tells, where we know it.
    pub fn language(&self) -> Option<Language> {
        language(&self.file)
    }
}

fn language(path: &str) -> Option<Language> {
    match path.rsplit('.').next()? {
        "py" => Some(Language::Python),
        // What is valid C in these packages is valid C++ as well.
        "cc" | "cpp" | "c" => Some(Language::Cpp),
        "js" => Some(Language::JavaScript),
        "ts" => Some(Language::TypeScript),
        "go" => Some(Language::Go),
        "java" => Some(Language::Java),
        "rs" => Some(Language::Rust),
        _ => None,
    }
}

fn submissions(row: &mut Row) -> Result<Vec<Submission>, Error> {
    let Value::List(entries) = row.take("submissions")? else {
        let reason = "must be a list".to_owned();
        let field = "submissions".to_owned();
        return Err(Error::BadField { at: row.location(), field, reason });
    };
    let submission = |entry: Value| {
        let Value::Dict(fields) = entry else { return None };
        let field = |name: &str| {
            let found = fields.iter().find(|(key, _)| *key == Value::Str(name.to_owned()))?;
            if let Value::Str(text) = &found.1 { Some(text.clone()) } else { None }
        };
        let (file, expected, source) = (field("file")?, field("expected")?, field("code")?);
        Some(Submission { file, expected, source })
    };
    Ok(entries.into_iter().filter_map(submission).collect())
}
